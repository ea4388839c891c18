"""FastAPI with SQLAlchemy's ORM on asyncpg."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from . import sqlalchemy_async as data

app = FastAPI()


@app.get("/db")
async def one():
    return await data.one()


@app.get("/queries")
async def several(queries: int = 1):
    return await data.several(queries)


@app.get("/fortunes")
async def fortunes():
    return HTMLResponse(await data.fortunes())


@app.get("/updates")
async def updates(queries: int = 1):
    return await data.updates(queries)
