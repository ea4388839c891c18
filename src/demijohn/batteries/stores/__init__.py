"""Stores: where things are kept, as forms, admin and API see it, whatever keeps them.

shape.py     what the things look like       store.py      the protocol
query.py     what is asked of a store        memory.py     a store in this process
checking.py  values and queries, checked     records.py    the shape of a Schema or dataclass
cursor.py    where a page ended
"""

from __future__ import annotations

from .checking import (
    can_order,
    checked_query,
    checked_value,
    checked_values,
    order_of,
    path_of,
    problem,
    refused,
    sorted_values,
)
from .cursor import fingerprint, read_cursor, write_cursor
from .memory import MemoryStore
from .query import EVERYTHING, Operator, Query, StorePage, Where
from .records import choices_of, field_of, record_fields, record_shape
from .shape import Choice, Field, Key, Relation, Rules, Shape, label_of, plural_of
from .store import MOST_COUNTED, PAGE_SIZE, Can, Deletion, Protected, StaleVersion, Store

__all__ = [
    "EVERYTHING", "MOST_COUNTED", "PAGE_SIZE", "Can", "Choice", "Deletion", "Field", "Key", "MemoryStore", "Operator",
    "Protected", "Query", "Relation", "Rules", "Shape", "StaleVersion", "Store", "StorePage", "Where", "can_order",
    "checked_query", "checked_value", "checked_values", "choices_of", "field_of", "fingerprint", "label_of", "order_of",
    "path_of", "plural_of", "problem", "read_cursor", "record_fields", "record_shape", "refused", "sorted_values",
    "write_cursor",
]  # fmt: skip
