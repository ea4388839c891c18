"""Demijohn with `def` handlers."""

from __future__ import annotations

from demijohn import App, Static, Templates, render
from demijohn.database import Database

from .demijohn_model import Row
from .folder import DATABASE, STATIC, TEMPLATES
from .order_msgspec import Order
from .work import ITEMS, MESSAGE, PARAMETER_ROUTES, STATIC_ROUTES, summarize

app = App()
app.use(Templates(folder=str(TEMPLATES)), Static(folder=str(STATIC)), Database(url=f"sqlite:///{DATABASE}"))


@app.get("/plaintext")
def plaintext():
    return MESSAGE


@app.get("/blocking")
def blocking():
    return MESSAGE


@app.get("/json")
def json():
    return {"message": MESSAGE}


@app.get("/users/{id}")
def user(id: int, q: str | None = None, limit: int = 10):
    return {"id": id, "q": q, "limit": limit}


@app.post("/orders")
def orders(order: Order):
    return summarize(order)


@app.get("/items")
def items():
    return render("items.html", items=ITEMS)


@app.get("/rows/{row}")
def row(row: Row):
    return row


def section():
    return "filler"


def thing(id: int):
    return str(id)


for index, path in enumerate(STATIC_ROUTES):
    app.get(path, name=f"section{index}")(section)
for index, (start, end) in enumerate(PARAMETER_ROUTES):
    app.get(start + "{id}" + end, name=f"thing{index}")(thing)

wsgi, rsgi = app.wsgi, app.rsgi
