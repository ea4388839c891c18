"""The models and queries of both Demijohn apps."""

from __future__ import annotations

from sqlalchemy import Integer, select

from demijohn import Schema
from demijohn.database import BareModel, Database, Mapped, field, query

from .work import CONNECTIONS, URL

database = Database(url=URL, pool_size=CONNECTIONS, max_overflow=0, create_tables="never")


class World(BareModel):
    __tablename__ = "world"

    id: Mapped[int] = field(Integer, primary_key=True)
    random_number: Mapped[int] = field(Integer)


class Fortune(BareModel):
    __tablename__ = "fortune"

    id: Mapped[int] = field(Integer, primary_key=True)
    message: Mapped[str] = field(max_length=2048)


class WorldOut(Schema, rename="camel"):
    id: int
    random_number: int


class FortuneOut(Schema):
    id: int
    message: str


@query
def world(key: int):
    return select(World).where(World.id == key)
