"""What users type of stores: `from demijohn.stores import Store, MemoryStore, Query, Where`."""

from __future__ import annotations

from demijohn.batteries.stores import (
    EVERYTHING,
    MOST_COUNTED,
    PAGE_SIZE,
    Can,
    Choice,
    Deletion,
    Field,
    Key,
    MemoryStore,
    Operator,
    Protected,
    Query,
    Relation,
    Rules,
    Shape,
    StaleVersion,
    Store,
    StorePage,
    Where,
    can_order,
    checked_query,
    checked_value,
    checked_values,
    choices_of,
    field_of,
    fingerprint,
    label_of,
    order_of,
    path_of,
    plural_of,
    problem,
    read_cursor,
    record_shape,
    refused,
    sorted_values,
    write_cursor,
)

__all__ = [
    "EVERYTHING", "MOST_COUNTED", "PAGE_SIZE", "Can", "Choice", "Deletion", "Field", "Key", "MemoryStore", "Operator",
    "Protected", "Query", "Relation", "Rules", "Shape", "StaleVersion", "Store", "StorePage", "Where", "can_order",
    "checked_query", "checked_value", "checked_values", "choices_of", "field_of", "fingerprint", "label_of", "order_of",
    "path_of", "plural_of", "problem", "read_cursor", "record_shape", "refused", "sorted_values", "write_cursor",
]  # fmt: skip
