"""Models as stores: what forms, admin and API read and change, without a word of SQL.

shape.py        what a model looks like          statements.py   a query as a select
sql_store.py    `SQLStore`                       deletion.py     what goes along when rows are deleted
"""

from __future__ import annotations

from .shape import model_shape
from .sql_store import SQLStore

__all__ = ["SQLStore", "model_shape"]
