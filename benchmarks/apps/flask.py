"""Flask, with Jinja templates, SQLAlchemy and Pydantic."""

from __future__ import annotations

from flask import Flask, Response, render_template, request

from .folder import STATIC, TEMPLATES
from .order_pydantic import Order
from .rows import read_row
from .work import ITEMS, MESSAGE, PARAMETER_ROUTES, STATIC_ROUTES, summarize

app = Flask(__name__, template_folder=str(TEMPLATES), static_folder=str(STATIC), static_url_path="/static")


@app.get("/plaintext")
def plaintext():
    return Response(MESSAGE, mimetype="text/plain")


@app.get("/json")
def json():
    return {"message": MESSAGE}


@app.get("/users/<int:id>")
def user(id):
    return {"id": id, "q": request.args.get("q"), "limit": request.args.get("limit", 10, type=int)}


@app.post("/orders")
def orders():
    return summarize(Order.model_validate_json(request.get_data()))


@app.get("/items")
def items():
    return render_template("items.html", items=ITEMS)


@app.get("/rows/<int:id>")
def row(id):
    return read_row(id)


def section():
    return Response("filler", mimetype="text/plain")


def thing(id):
    return Response(str(id), mimetype="text/plain")


for path in STATIC_ROUTES:
    app.add_url_rule(path, path, section)
for start, end in PARAMETER_ROUTES:
    app.add_url_rule(f"{start}<int:id>{end}", start, thing)
