"""Starlette, with `async def` handlers but where they would block."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from .folder import STATIC, TEMPLATES
from .order_pydantic import Order
from .rows import read_row
from .work import ITEMS, MESSAGE, PARAMETER_ROUTES, STATIC_ROUTES, summarize

templates = Jinja2Templates(TEMPLATES)


async def plaintext(request):
    return PlainTextResponse(MESSAGE)


def blocking(request):
    return PlainTextResponse(MESSAGE)


async def json(request):
    return JSONResponse({"message": MESSAGE})


async def user(request):
    query = request.query_params
    return JSONResponse({"id": request.path_params["id"], "q": query.get("q"), "limit": int(query.get("limit", 10))})


async def orders(request):
    return JSONResponse(summarize(Order.model_validate_json(await request.body())))


async def items(request):
    return templates.TemplateResponse(request, "items.html", {"items": ITEMS})


def row(request):
    return JSONResponse(read_row(request.path_params["id"]))


async def section(request):
    return PlainTextResponse("filler")


async def thing(request):
    return PlainTextResponse(str(request.path_params["id"]))


app = Starlette(
    routes=[
        Route("/plaintext", plaintext),
        Route("/blocking", blocking),
        Route("/json", json),
        Route("/users/{id:int}", user),
        Route("/orders", orders, methods=["POST"]),
        Route("/items", items),
        Route("/rows/{id:int}", row),
        *(Route(path, section) for path in STATIC_ROUTES),
        *(Route(start + "{id:int}" + end, thing) for start, end in PARAMETER_ROUTES),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
)
