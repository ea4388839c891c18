"""Litestar, with msgspec, and `async def` handlers but where they would block."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, MediaType, get, post
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.static_files import create_static_files_router
from litestar.template.config import TemplateConfig

from .folder import STATIC, TEMPLATES
from .order_msgspec import Order
from .rows import read_row
from .work import ITEMS, MESSAGE, PARAMETER_ROUTES, STATIC_ROUTES, summarize


@get("/plaintext", media_type=MediaType.TEXT)
async def plaintext() -> str:
    return MESSAGE


@get("/blocking", media_type=MediaType.TEXT, sync_to_thread=True)
def blocking() -> str:
    return MESSAGE


@get("/json")
async def json() -> dict[str, str]:
    return {"message": MESSAGE}


@get("/users/{user_id:int}")
async def user(user_id: int, q: str | None = None, limit: int = 10) -> dict[str, Any]:
    return {"id": user_id, "q": q, "limit": limit}


@post("/orders", status_code=200)
async def orders(data: Order) -> dict[str, Any]:
    return summarize(data)


@get("/items")
async def items() -> Template:
    return Template("items.html", context={"items": ITEMS})


@get("/rows/{row_id:int}", sync_to_thread=True)
def row(row_id: int) -> dict[str, Any]:
    return read_row(row_id)


@get(STATIC_ROUTES, media_type=MediaType.TEXT)
async def section() -> str:
    return "filler"


@get([start + "{thing_id:int}" + end for start, end in PARAMETER_ROUTES], media_type=MediaType.TEXT)
async def thing(thing_id: int) -> str:
    return str(thing_id)


app = Litestar(
    [
        *(plaintext, blocking, json, user, orders, items, row, section, thing),
        create_static_files_router("/static", [STATIC]),
    ],
    template_config=TemplateConfig(directory=TEMPLATES, engine=JinjaTemplateEngine),
    openapi_config=None,
    logging_config=None,
)
