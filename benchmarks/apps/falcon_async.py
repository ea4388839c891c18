"""Falcon, its ASGI side."""

from __future__ import annotations

import asyncio

import falcon.asgi

from . import falcon_common as common
from .order_pydantic import Order
from .rows import read_row
from .work import summarize


class Plaintext:
    async def on_get(self, req, resp):
        common.plaintext(resp)


class Blocking:
    async def on_get(self, req, resp):
        await asyncio.to_thread(common.plaintext, resp)


class JSON:
    async def on_get(self, req, resp):
        common.json(resp)


class User:
    async def on_get(self, req, resp, id):
        common.user(req, resp, id)


class Orders:
    async def on_post(self, req, resp):
        resp.media = summarize(Order.model_validate_json(await req.stream.read()))


class Items:
    async def on_get(self, req, resp):
        common.items(resp)


class Row:
    async def on_get(self, req, resp, id):
        resp.media = await asyncio.to_thread(read_row, id)


class Filler:
    async def on_get(self, req, resp, id=None):
        common.filler(resp, id)


app = falcon.asgi.App()
resources = {
    "/plaintext": Plaintext(),
    "/blocking": Blocking(),
    "/json": JSON(),
    "/users/{id:int}": User(),
    "/orders": Orders(),
    "/items": Items(),
    "/rows/{id:int}": Row(),
}
common.add_routes(app, resources, Filler())
