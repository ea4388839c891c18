"""The `Database` battery: models, units of work and pages, on SQLAlchemy with nothing lost."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from .fields import FieldSpec, field, spec_of
from .model import BareModel, Model, ModelBase, Typed
from .relations import belongs_to, has_many, has_one, key, many_to_many
from .types import NaiveDatetimeError, UTCDateTime

__all__ = [
    "BareModel", "FieldSpec", "Mapped", "Model", "ModelBase", "NaiveDatetimeError", "Typed", "UTCDateTime",
    "belongs_to", "field", "has_many", "has_one", "key", "many_to_many", "spec_of",
]  # fmt: skip
