"""Bases of SQLAlchemy's own, which an app may have beside `Model`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, DeclarativeBaseNoMeta

from .model import BareModel


def own_bases() -> list[Any]:
    """The classes that an app has put below SQLAlchemy's `DeclarativeBase`."""
    found = [*DeclarativeBase.__subclasses__(), *DeclarativeBaseNoMeta.__subclasses__()]
    return [base for base in found if "metadata" in vars(base) and not issubclass(BareModel, base)]


def models_in(metadata: MetaData) -> list[type]:
    """All classes whose tables stand in a metadata, by name; whichever base they have."""
    registries = {BareModel.registry, *(base.registry for base in own_bases())}
    tables = set(metadata.tables.values())
    found = [mapper.class_ for each in registries for mapper in each.mappers if mapper.local_table in tables]
    return sorted(found, key=lambda model: str(model.__name__))


def apart() -> list[Any]:
    """The bases whose tables nobody makes or migrates here, as their metadata is their own."""
    return [base for base in own_bases() if base.metadata is not BareModel.metadata and base.metadata.tables]
