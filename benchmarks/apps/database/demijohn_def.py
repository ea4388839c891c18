"""Demijohn with `def` handlers."""

from __future__ import annotations

from sqlalchemy import select

from demijohn import App, Templates, render
from demijohn.database import DB

from ..folder import TEMPLATES
from .demijohn_models import Fortune, FortuneOut, World, WorldOut, database, world
from .work import EXTRA, any_number, some_keys

app = App()
app.use(Templates(folder=str(TEMPLATES)), database)


@app.get("/db")
def one(db: DB) -> WorldOut | None:
    return db.read_one(WorldOut, world(any_number()))


@app.get("/queries")
def several(db: DB, queries: int = 1) -> list[WorldOut | None]:
    return [db.read_one(WorldOut, world(key)) for key in some_keys(queries)]


@app.get("/built/db")
def built(db: DB) -> WorldOut | None:
    return db.read_one(WorldOut, select(World).where(World.id == any_number()))


@app.get("/built/queries")
def built_several(db: DB, queries: int = 1) -> list[WorldOut | None]:
    return [db.read_one(WorldOut, select(World).where(World.id == key)) for key in some_keys(queries)]


@app.get("/fortunes")
def fortunes(db: DB):
    rows = db.read(FortuneOut, Fortune)
    rows.append(FortuneOut(id=0, message=EXTRA))
    rows.sort(key=lambda row: row.message)
    return render("fortunes.html", fortunes=rows)


@app.get("/updates")
def updates(db: DB, queries: int = 1) -> list[WorldOut]:
    found = [db.read_one(WorldOut, world(key)) for key in some_keys(queries)]
    changed = [WorldOut(id=row.id, random_number=any_number()) for row in found if row]
    db.bulk_update(World, [{"id": row.id, "random_number": row.random_number} for row in changed])
    return changed


wsgi, rsgi = app.wsgi, app.rsgi
