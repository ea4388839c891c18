"""What users type of the `Database` battery: `from demijohn.database import Model, field, DB`."""

from __future__ import annotations

from demijohn.batteries.database import (
    DB,
    AsyncDB,
    BareModel,
    Database,
    Engines,
    FieldSpec,
    Mapped,
    Model,
    ModelBase,
    NaiveDatetimeError,
    Page,
    Typed,
    UTCDateTime,
    belongs_to,
    field,
    has_many,
    has_one,
    key,
    many_to_many,
    spec_of,
)

__all__ = [
    "DB",
    "AsyncDB",
    "BareModel",
    "Database",
    "Engines",
    "FieldSpec",
    "Mapped",
    "Model",
    "ModelBase",
    "NaiveDatetimeError",
    "Page",
    "Typed",
    "UTCDateTime",
    "belongs_to",
    "field",
    "has_many",
    "has_one",
    "key",
    "many_to_many",
    "spec_of",
]
