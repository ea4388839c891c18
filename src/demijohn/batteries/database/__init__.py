"""The `Database` battery: models, units of work and pages, on SQLAlchemy with nothing lost."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from .annotated import shown_fields
from .async_units import AsyncDB
from .battery import Database
from .budget import query_budget
from .data_steps import DataStep
from .deadlines import StatementTimeout
from .engines import Engines
from .fields import FieldSpec, field, spec_of
from .fixtures import FixtureError, dump, load, read_records, write_records
from .integrity import Violation, violation_of
from .loading import NotLoaded
from .mixins import SoftDelete, Timestamps, Versioned
from .model import BareModel, Model, ModelBase, Typed, construct
from .pages import KeysetPage, Page
from .passwords import PasswordHash
from .patches import Patch
from .queries import query
from .relations import belongs_to, has_many, has_one, key, many_to_many
from .retries import is_conflict, retry_conflicts
from .routing import UnitEnded
from .seeds import Seed, seed
from .slots import TooManyStreams
from .store import AsyncSQLStore, SQLStore, model_shape
from .streams import StreamTimeout
from .tasks import UnitInUse
from .types import DecimalType, Duration, IPAddress, IPAddressType, NaiveDatetimeError, UTCDateTime
from .units import DB
from .uuids import uuid7
from .validation import ValidationError, problems_of

__all__ = [
    "DB",
    "AsyncDB",
    "AsyncSQLStore",
    "BareModel",
    "DataStep",
    "Database",
    "DecimalType",
    "Duration",
    "Engines",
    "FieldSpec",
    "FixtureError",
    "IPAddress",
    "IPAddressType",
    "KeysetPage",
    "Mapped",
    "Model",
    "ModelBase",
    "NaiveDatetimeError",
    "NotLoaded",
    "Page",
    "PasswordHash",
    "Patch",
    "SQLStore",
    "Seed",
    "SoftDelete",
    "StatementTimeout",
    "StreamTimeout",
    "Timestamps",
    "TooManyStreams",
    "Typed",
    "UTCDateTime",
    "UnitEnded",
    "UnitInUse",
    "ValidationError",
    "Versioned",
    "Violation",
    "belongs_to",
    "construct",
    "dump",
    "field",
    "has_many",
    "has_one",
    "is_conflict",
    "key",
    "load",
    "many_to_many",
    "model_shape",
    "problems_of",
    "query",
    "query_budget",
    "read_records",
    "retry_conflicts",
    "seed",
    "shown_fields",
    "spec_of",
    "uuid7",
    "violation_of",
    "write_records",
]
