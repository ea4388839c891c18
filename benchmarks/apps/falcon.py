"""Falcon, its WSGI side."""

from __future__ import annotations

import falcon

from . import falcon_common as common
from .order_pydantic import Order
from .rows import read_row
from .work import summarize


class Plaintext:
    def on_get(self, req, resp):
        common.plaintext(resp)


class JSON:
    def on_get(self, req, resp):
        common.json(resp)


class User:
    def on_get(self, req, resp, id):
        common.user(req, resp, id)


class Orders:
    def on_post(self, req, resp):
        resp.media = summarize(Order.model_validate_json(req.bounded_stream.read()))


class Items:
    def on_get(self, req, resp):
        common.items(resp)


class Row:
    def on_get(self, req, resp, id):
        resp.media = read_row(id)


class Filler:
    def on_get(self, req, resp, id=None):
        common.filler(resp, id)


app = falcon.App()
resources = {
    "/plaintext": Plaintext(),
    "/json": JSON(),
    "/users/{id:int}": User(),
    "/orders": Orders(),
    "/items": Items(),
    "/rows/{id:int}": Row(),
}
common.add_routes(app, resources, Filler())
