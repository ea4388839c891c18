"""Models as stores: what forms, admin and API read and change, without a word of SQL.

shape.py        what a model looks like          statements.py   a query as a select
sql_store.py    `SQLStore`                       deletion.py     what goes along when rows are deleted
async_store.py  `AsyncSQLStore`                  binding.py      stores as parameters of handlers
"""

from __future__ import annotations

from .async_store import AsyncSQLStore
from .binding import bind_store, model_of
from .shape import model_shape
from .sql_store import SQLStore

__all__ = ["AsyncSQLStore", "SQLStore", "bind_store", "model_of", "model_shape"]
