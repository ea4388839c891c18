"""Stores in signatures: `posts: SQLStore[Post]` is the rows of `Post` in the unit of work of the exchange."""

from __future__ import annotations

import typing
from typing import Any

from demijohn.foundation.errors import SetupError, Where
from demijohn.kernel.services import Binding, Source

from ..async_units import AsyncDB
from ..units import DB
from .async_store import AsyncSQLStore
from .sql_store import SQLStore


def bind_store(annotation: Any, *, name: str, source: Source, optional: bool, is_async: bool) -> Binding | None:
    """A store of the model that the annotation, or the class, is for; its mistakes are told at seal."""
    if source != "query":
        return None
    kind = typing.get_origin(annotation) or annotation
    model = model_of(annotation)
    if model is None:
        raise SetupError(
            "DMJ0537", f"{name}: {kind.__name__} does not say which model it is a store of.",
            fix=f"{name}: {kind.__name__}[Post], or class Posts({kind.__name__}[Post]): ...",
            where=() if kind in {SQLStore, AsyncSQLStore} else Where.of(kind),
        )  # fmt: skip
    if is_async != issubclass(kind, AsyncSQLStore):
        right = "AsyncSQLStore" if is_async else "SQLStore"
        raise SetupError(
            "DMJ0539", f"{name}: {kind.__name__} is not for {'async def' if is_async else 'def'}.",
            fix=f"{name}: {right}[{model.__name__}]" + (", with await before its methods" if is_async else ""),
            where=Where.of(kind if kind not in {SQLStore, AsyncSQLStore} else model),
        )  # fmt: skip

    def make(db: Any) -> Any:
        return kind(model, db)

    return Binding(None, (AsyncDB if is_async else DB,), make)


def model_of(annotation: Any) -> type | None:
    """The model in `SQLStore[Post]`, or in what a class inherits from; None if there is none yet."""
    for argument in typing.get_args(annotation):
        return argument if isinstance(argument, type) else None
    for kind in getattr(annotation, "__mro__", ()):
        for base in kind.__dict__.get("__orig_bases__", ()):
            if issubclass(typing.get_origin(base) or object, SQLStore | AsyncSQLStore):
                return model_of(base)
    return None
