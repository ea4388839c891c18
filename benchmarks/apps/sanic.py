"""Sanic on its own server: python -m benchmarks.apps.sanic PORT. A thread is asked by hand, Jinja directly."""

from __future__ import annotations

import asyncio
import sys

import jinja2
from sanic import Sanic
from sanic.response import html, text
from sanic.response import json as json_response

from .folder import STATIC, TEMPLATES
from .order_pydantic import Order
from .rows import read_row
from .work import ITEMS, MESSAGE, PARAMETER_ROUTES, STATIC_ROUTES, summarize

app = Sanic("benchmark", configure_logging=False)
page = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True).get_template("items.html")


@app.get("/plaintext")
async def plaintext(request):
    return text(MESSAGE)


@app.get("/blocking")
async def blocking(request):
    return await asyncio.to_thread(text, MESSAGE)


@app.get("/json")
async def json(request):
    return json_response({"message": MESSAGE})


@app.get("/users/<id:int>")
async def user(request, id):
    return json_response({"id": id, "q": request.args.get("q"), "limit": int(request.args.get("limit", 10))})


@app.post("/orders")
async def orders(request):
    return json_response(summarize(Order.model_validate_json(request.body)))


@app.get("/items")
async def items(request):
    return html(page.render(items=ITEMS))


@app.get("/rows/<id:int>")
async def row(request, id):
    return json_response(await asyncio.to_thread(read_row, id))


async def section(request):
    return text("filler")


async def thing(request, id):
    return text(str(id))


for index, path in enumerate(STATIC_ROUTES):
    app.add_route(section, path, name=f"section{index}")
for index, (start, end) in enumerate(PARAMETER_ROUTES):
    app.add_route(thing, f"{start}<id:int>{end}", name=f"thing{index}")
app.static("/static", STATIC)

if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), single_process=True, access_log=False, debug=False, motd=False)
