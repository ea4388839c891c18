"""Versions of rows: what a form was shown for, held against what there is when it comes back."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import class_mapper


def version_of(item: Any) -> str:
    """The version of a row, of a model that counts its changes (`Versioned`); "" for all others, and for new ones."""
    mapper: Any = class_mapper(type(item))
    if mapper.version_id_col is None:
        return ""
    version = getattr(item, mapper.get_property_by_column(mapper.version_id_col).key)
    return "" if version is None else str(version)
