"""Bottle, with its door to Jinja templates."""

from __future__ import annotations

from bottle import Bottle, jinja2_template, request, response, static_file

from .folder import STATIC, TEMPLATES
from .order_pydantic import Order
from .rows import read_row
from .work import ITEMS, MESSAGE, PARAMETER_ROUTES, STATIC_ROUTES, summarize

app = Bottle()
# Templates are cached by the identity of the list, and read again each time unless told otherwise.
LOOKUP, SETTINGS = [str(TEMPLATES)], {"autoescape": True, "auto_reload": False}


@app.get("/plaintext")
def plaintext():
    response.content_type = "text/plain; charset=utf-8"
    return MESSAGE


@app.get("/json")
def json():
    return {"message": MESSAGE}


@app.get("/users/<id:int>")
def user(id):
    return {"id": id, "q": request.query.get("q"), "limit": request.query.get("limit", 10, type=int)}


@app.post("/orders")
def orders():
    return summarize(Order.model_validate_json(request.body.read()))


@app.get("/items")
def items():
    return jinja2_template("items.html", template_lookup=LOOKUP, template_settings=SETTINGS, items=ITEMS)


@app.get("/rows/<id:int>")
def row(id):
    return read_row(id)


@app.get("/static/<name:path>")
def static(name):
    return static_file(name, root=str(STATIC))


def section():
    response.content_type = "text/plain; charset=utf-8"
    return "filler"


def thing(id):
    response.content_type = "text/plain; charset=utf-8"
    return str(id)


for path in STATIC_ROUTES:
    app.route(path, callback=section)
for start, end in PARAMETER_ROUTES:
    app.route(f"{start}<id:int>{end}", callback=thing)
