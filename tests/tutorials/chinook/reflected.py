"""The music shop by classes of SQLAlchemy's own, whose columns and relations the database itself tells."""

import os
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.ext.automap import automap_base

from .served import serve

Base: Any = automap_base()


class PlaylistTrack(Base):  # said, as SQLAlchemy would take a table of two foreign keys for a link between others
    __tablename__ = "PlaylistTrack"


def _one(base: Any, local: Any, referred: Any, constraint: Any) -> str:
    """What leads to one row is called as its table: `Album.artist`."""
    return str(referred.__name__.lower())


def _many(base: Any, local: Any, referred: Any, constraint: Any) -> str:
    """What leads to many rows: `Artist.albums`."""
    names = {"PlaylistTrack": "entries", "InvoiceLine": "lines"}
    return names.get(referred.__name__, f"{referred.__name__.lower()}s")


engine = create_engine(os.environ["DATABASE_URL"])
Base.prepare(autoload_with=engine, name_for_scalar_relationship=_one, name_for_collection_relationship=_many)
engine.dispose()

app = serve({**Base.classes, "PlaylistTrack": PlaylistTrack})
