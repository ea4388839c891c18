"""`@query`: a statement written as a function, built once and asked many times."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar, cast

from sqlalchemy import bindparam
from sqlalchemy.sql.selectable import Select, TypedReturnsRows

P = ParamSpec("P")
R = TypeVar("R", bound=TypedReturnsRows[Any])


class Query(Generic[P, R]):
    """A function that builds a statement, run once with placeholders for its parameters.

    >>> from sqlalchemy import column, select, table
    >>> cities = table("cities", column("id"), column("people"))
    >>> @query
    ... def larger(people: int):
    ...     return select(cities.c.id).where(cities.c.people > people)
    >>> larger(1000)
    larger(people=1000)
    """

    def __init__(self, build: Callable[P, R]) -> None:
        functools.update_wrapper(self, build)
        self._build = build
        self._signature = inspect.signature(build)
        parameters = self._signature.parameters
        self._names = tuple(one.name for one in parameters.values() if one.kind is not one.KEYWORD_ONLY)
        self._count = len(parameters)
        for one in parameters.values():
            if one.kind in {one.VAR_KEYWORD, one.VAR_POSITIONAL}:
                raise TypeError(f"{build.__name__}: {one} has no fixed number of values: give each its name.")

    @functools.cached_property
    def statement(self) -> R:
        """The statement, with a bound parameter for each of the function's."""
        names = self._signature.parameters
        bound = inspect.BoundArguments(self._signature, {name: bindparam(name) for name in names})
        try:
            built = self._build(*bound.args, **bound.kwargs)
        except TypeError as error:
            if "Boolean value of this clause" not in str(error):
                raise
            raise TypeError(
                f"{self!r} looks at {' or '.join(names)}, which has no value yet: the statement is built once. Write "
                "two queries, or build the statement in the handler."
            ) from None
        if not isinstance(built, Select):
            raise TypeError(f"{self!r} must return select(...), not {type(built).__name__}.")
        return cast("R", built)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Asked[R]:
        if not kwargs and len(args) == len(self._names) == self._count:
            # What `bind` would make of it, ten times as fast.
            return Asked(self, dict(zip(self._names, args, strict=True)))
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return Asked(self, bound.arguments)

    def __repr__(self) -> str:
        return f"<query {self._build.__qualname__}>"


class Asked(Generic[R]):
    """A query with its values: what `read`, `all` and `page` take for a statement."""

    __slots__ = ("query", "values")

    def __init__(self, query: Query[Any, R], values: dict[str, Any]) -> None:
        self.query, self.values = query, values

    @property
    def statement(self) -> R:
        """The statement that holds the values."""
        return cast("R", cast("Any", self.query.statement).params(self.values))

    def __repr__(self) -> str:
        return f"{self.query._build.__name__}({', '.join(f'{name}={value!r}' for name, value in self.values.items())})"


def query(build: Callable[P, R]) -> Query[P, R]:
    """Make a query of a function that returns `select(...)`: it is called once, with placeholders, and its
    statement compiled once for each database.

    Its parameters may stand wherever SQLAlchemy takes a bound value; the function cannot look at them. `None`
    is compared as a value (`=`, which is never true), not as `IS NULL`.
    """
    return Query(build)
