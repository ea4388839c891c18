"""The words of SQLAlchemy that a shell has at hand."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import and_, delete, func, insert, not_, or_, select, text, update

AT_HAND: Final[dict[str, Any]] = {
    "and_": and_,
    "delete": delete,
    "func": func,
    "insert": insert,
    "not_": not_,
    "or_": or_,
    "select": select,
    "text": text,
    "update": update,
}
