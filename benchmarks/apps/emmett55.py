"""Emmett55. It calls no `def` handlers in threads and has no templates: a thread and Jinja are asked by hand."""

from __future__ import annotations

import asyncio

import jinja2
from emmett55 import App, request, response
from emmett55.tools import service

from .folder import FOLDER, TEMPLATES
from .order_pydantic import Order
from .rows import read_row
from .work import ITEMS, MESSAGE, PARAMETER_ROUTES, STATIC_ROUTES, summarize

app = App(__name__, root_path=str(FOLDER))
page = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True).get_template("items.html")


@app.route("/plaintext", output="str")
async def plaintext():
    response.content_type = "text/plain; charset=utf-8"
    return MESSAGE


@app.route("/blocking", output="str")
async def blocking():
    response.content_type = "text/plain; charset=utf-8"
    return await asyncio.to_thread(MESSAGE.strip)


@app.route("/json")
@service.json
async def json():
    return {"message": MESSAGE}


@app.route("/users/<int:user_id>")
@service.json
async def user(user_id):
    query = request.query_params
    return {"id": user_id, "q": query.q, "limit": int(query.limit or 10)}


@app.route("/orders", methods="post")
@service.json
async def orders():
    return summarize(Order.model_validate(await request.body_params))


@app.route("/items", output="str")
async def items():
    response.content_type = "text/html; charset=utf-8"
    return page.render(items=ITEMS)


@app.route("/rows/<int:row_id>")
@service.json
async def row(row_id):
    return await asyncio.to_thread(read_row, row_id)


async def section():
    return "filler"


async def thing(thing_id):
    response.content_type = "text/plain; charset=utf-8"
    return str(thing_id)


for index, path in enumerate(STATIC_ROUTES):
    app.route(path, name=f"section{index}", output="str")(section)
for index, (start, end) in enumerate(PARAMETER_ROUTES):
    app.route(f"{start}<int:thing_id>{end}", name=f"thing{index}", output="str")(thing)
