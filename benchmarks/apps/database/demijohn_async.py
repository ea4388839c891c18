"""Demijohn with `async def` handlers."""

from __future__ import annotations

from sqlalchemy import select

from demijohn import App, Templates, render
from demijohn.database import AsyncDB

from ..folder import TEMPLATES
from .demijohn_models import Fortune, FortuneOut, World, WorldOut, database, world
from .work import EXTRA, any_number, some_keys

app = App()
app.use(Templates(folder=str(TEMPLATES)), database)


@app.get("/db")
async def one(db: AsyncDB) -> WorldOut | None:
    return await db.read_one(WorldOut, world(any_number()))


@app.get("/queries")
async def several(db: AsyncDB, queries: int = 1) -> list[WorldOut | None]:
    return [await db.read_one(WorldOut, world(key)) for key in some_keys(queries)]


@app.get("/built/db")
async def built(db: AsyncDB) -> WorldOut | None:
    return await db.read_one(WorldOut, select(World).where(World.id == any_number()))


@app.get("/built/queries")
async def built_several(db: AsyncDB, queries: int = 1) -> list[WorldOut | None]:
    return [await db.read_one(WorldOut, select(World).where(World.id == key)) for key in some_keys(queries)]


@app.get("/fortunes")
async def fortunes(db: AsyncDB):
    rows = await db.read(FortuneOut, Fortune)
    rows.append(FortuneOut(id=0, message=EXTRA))
    rows.sort(key=lambda row: row.message)
    return render("fortunes.html", fortunes=rows)


@app.get("/updates")
async def updates(db: AsyncDB, queries: int = 1) -> list[WorldOut]:
    found = [await db.read_one(WorldOut, world(key)) for key in some_keys(queries)]
    changed = [WorldOut(id=row.id, random_number=any_number()) for row in found if row]
    await db.bulk_update(World, [{"id": row.id, "random_number": row.random_number} for row in changed])
    return changed


rsgi, asgi = app.rsgi, app.asgi
