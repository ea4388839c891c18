"""BlackSheep. It calls `def` handlers on the event loop, so that what may block is handed to a thread by hand."""

from __future__ import annotations

import asyncio
import os

os.environ["APP_JINJA_EXTENSION"] = ".html"

from blacksheep import Application, FromJSON, json, text
from blacksheep.server.rendering.jinja2 import JinjaRenderer
from blacksheep.server.responses import view
from blacksheep.settings.html import html_settings
from jinja2 import FileSystemLoader

from .folder import STATIC, TEMPLATES
from .order_pydantic import Order
from .rows import read_row
from .work import ITEMS, MESSAGE, PARAMETER_ROUTES, STATIC_ROUTES, summarize

html_settings.use(JinjaRenderer(FileSystemLoader(TEMPLATES)))
app = Application(show_error_details=False)
app.serve_files(STATIC, root_path="static")


@app.router.get("/plaintext")
async def plaintext():
    return text(MESSAGE)


@app.router.get("/blocking")
async def blocking():
    return await asyncio.to_thread(text, MESSAGE)


@app.router.get("/json")
async def message():
    return json({"message": MESSAGE})


@app.router.get("/users/{int:user_id}")
async def user(user_id: int, q: str | None = None, limit: int = 10):
    return json({"id": user_id, "q": q, "limit": limit})


@app.router.post("/orders")
async def orders(order: FromJSON[Order]):
    return json(summarize(order.value))


@app.router.get("/items")
async def items():
    return view("items", {"items": ITEMS})


@app.router.get("/rows/{int:row_id}")
async def row(row_id: int):
    return json(await asyncio.to_thread(read_row, row_id))


async def section():
    return text("filler")


async def thing(thing_id: int):
    return text(str(thing_id))


for path in STATIC_ROUTES:
    app.router.add_get(path, section)
for start, end in PARAMETER_ROUTES:
    app.router.add_get(start + "{int:thing_id}" + end, thing)
