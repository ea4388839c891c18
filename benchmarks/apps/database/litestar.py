"""Litestar with SQLAlchemy's ORM on asyncpg."""

from __future__ import annotations

from litestar import Litestar, MediaType, get

from . import sqlalchemy_async as data


@get("/db")
async def one() -> dict[str, int]:
    return await data.one()


@get("/queries")
async def several(queries: int = 1) -> list[dict[str, int]]:
    return await data.several(queries)


@get("/fortunes", media_type=MediaType.HTML)
async def fortunes() -> str:
    return await data.fortunes()


@get("/updates")
async def updates(queries: int = 1) -> list[dict[str, int]]:
    return await data.updates(queries)


app = Litestar([one, several, fortunes, updates], openapi_config=None, logging_config=None)
