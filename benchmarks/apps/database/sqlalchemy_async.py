"""What the async peers do with SQLAlchemy's ORM on asyncpg."""

from __future__ import annotations

import jinja2
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from ..folder import TEMPLATES
from .sqlalchemy_models import Fortune, World, shape
from .work import CONNECTIONS, EXTRA, any_number, driver_url, some_keys

_page = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True).get_template("fortunes.html")
_engine = create_async_engine(driver_url("asyncpg"), pool_size=CONNECTIONS, max_overflow=0)
Session = async_sessionmaker(_engine, expire_on_commit=False)


async def one() -> dict[str, int]:
    async with Session() as session:
        return shape(await session.get_one(World, any_number()))


async def several(count: int) -> list[dict[str, int]]:
    async with Session() as session:
        return [shape(await session.get_one(World, key)) for key in some_keys(count)]


async def fortunes() -> str:
    async with Session() as session:
        rows = list(await session.scalars(select(Fortune)))
    rows.append(Fortune(id=0, message=EXTRA))
    rows.sort(key=lambda row: row.message)
    return _page.render(fortunes=rows)


async def updates(count: int) -> list[dict[str, int]]:
    async with Session() as session:
        worlds = [await session.get_one(World, key) for key in some_keys(count)]
        for world in worlds:
            world.random_number = any_number()
        await session.commit()
        return [shape(world) for world in worlds]
