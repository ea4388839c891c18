"""FastAPI, with `async def` handlers but where they would block."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from .folder import STATIC, TEMPLATES
from .order_pydantic import Order
from .rows import read_row
from .work import ITEMS, MESSAGE, PARAMETER_ROUTES, STATIC_ROUTES, summarize

app = FastAPI()
templates = Jinja2Templates(TEMPLATES)


@app.get("/plaintext", response_class=PlainTextResponse)
async def plaintext():
    return PlainTextResponse(MESSAGE)


@app.get("/blocking", response_class=PlainTextResponse)
def blocking():
    return PlainTextResponse(MESSAGE)


@app.get("/json")
async def json():
    return {"message": MESSAGE}


@app.get("/users/{id}")
async def user(id: int, q: str | None = None, limit: int = 10):
    return {"id": id, "q": q, "limit": limit}


@app.post("/orders")
async def orders(order: Order):
    return summarize(order)


@app.get("/items")
async def items(request: Request):
    return templates.TemplateResponse(request, "items.html", {"items": ITEMS})


@app.get("/rows/{id}")
def row(id: int):
    return read_row(id)


async def section():
    return PlainTextResponse("filler")


async def thing(id: int):
    return PlainTextResponse(str(id))


for path in STATIC_ROUTES:
    app.get(path)(section)
for start, end in PARAMETER_ROUTES:
    app.get(start + "{id}" + end)(thing)
app.mount("/static", StaticFiles(directory=STATIC))
