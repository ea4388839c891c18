"""The same work in Demijohn: `sync_app` with `def` handlers, `async_app` with `async def`."""

from __future__ import annotations

from work import MESSAGE, PARAMETER_ROUTES, STATIC_ROUTES, Order, summarize

from demijohn import App

sync_app = App("sync")
async_app = App("async")


@sync_app.get("/plaintext")
def plaintext():
    return MESSAGE


@sync_app.get("/json")
def json():
    return {"message": MESSAGE}


@sync_app.get("/users/{id}")
def user(id: int, q: str | None = None, limit: int = 10):
    return {"id": id, "q": q, "limit": limit}


@sync_app.post("/orders")
def orders(order: Order):
    return summarize(order)


@async_app.get("/plaintext")
async def plaintext_async():
    return MESSAGE


@async_app.get("/json")
async def json_async():
    return {"message": MESSAGE}


@async_app.get("/users/{id}")
async def user_async(id: int, q: str | None = None, limit: int = 10):
    return {"id": id, "q": q, "limit": limit}


@async_app.post("/orders")
async def orders_async(order: Order):
    return summarize(order)


def filler():
    return "filler"


def filler_with_id(id: int):
    return "filler"


for app in (sync_app, async_app):
    for index, path in enumerate(STATIC_ROUTES):
        app.get(path, name=f"static{index}")(filler)
    for index, path in enumerate(PARAMETER_ROUTES):
        app.get(path, name=f"parameter{index}")(filler_with_id)

sync_wsgi = sync_app.wsgi
sync_rsgi = sync_app.rsgi
async_rsgi = async_app.rsgi
async_asgi = async_app.asgi
