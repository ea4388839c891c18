"""Relations between models: `belongs_to` holds the key, `has_many` and `has_one` look back, `many_to_many`
has a table.

Theory. A relation points at a class that may not exist yet, so it comes to life in two steps:

1. *declare*, before its class is mapped: the columns and SQLAlchemy's `relationship` are put into the class,
   so that constraints and indexes written in `__table_args__` find the columns. What the relationship must
   know of the other class (joins, foreign keys) is given as functions, which SQLAlchemy calls when it
   configures its mappers.
2. *connect*, when both classes are mapped, be it at once or modules later: the foreign key (or the linking
   table) is made, and the two sides of a relation learn of each other.

Between the two a relation waits in its registry's list. Every newly mapped class lets the list be tried
again, and SQLAlchemy's `before_configured` event (the first query, or the sealing of the app) turns whatever
still waits, and every mistake found on the way, into one `SetupError`.

A class has its own copies of the relations that its mixins declare; a mapped subclass inherits its parent's.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, overload

from .belonging import BelongsTo
from .having import HasMany
from .linking import ManyToMany
from .relation import Key, Relation
from .steps import check_relations, connect_relations, declare_relations
from .targets import relations_of

__all__ = [
    "BelongsTo", "HasMany", "Key", "ManyToMany", "Relation", "belongs_to", "check_relations",
    "connect_relations", "declare_relations", "has_many", "has_one", "key", "many_to_many", "relations_of",
]  # fmt: skip

OnDelete: TypeAlias = Literal["cascade", "restrict", "set null", "set default", "no action"]


@overload
def belongs_to(
    *,
    init: Literal[False],
    on_delete: OnDelete | None = ...,
    via: str | None = ...,
    unique: bool = ...,
    **options: Any,
) -> Any: ...
@overload
def belongs_to(
    *,
    default: None,
    on_delete: OnDelete | None = ...,
    via: str | None = ...,
    unique: bool = ...,
    **options: Any,
) -> Any: ...
@overload
def belongs_to(
    *,
    on_delete: OnDelete | None = ...,
    via: str | None = ...,
    unique: bool = ...,
    init: Literal[True] = True,
    **options: Any,
) -> Any: ...
def belongs_to(
    *, on_delete: OnDelete | None = None, via: str | None = None, unique: bool = False, **options: Any
) -> Any:
    """Declare that a row has one of the other model: `author: Mapped[User] = belongs_to()` makes the column
    `author_id`.

    `Mapped[User | None]` may be empty. A model whose key has several columns gives one column for each,
    `<name>_<column>`. `via` names the column otherwise; `on_delete` is what the database does with this row
    when the other is deleted (nothing said: it refuses); `unique=True` makes it one-to-one; the column has an
    index unless `index=False`; `init=False` lets the constructor do without it, where rows are made through
    the other side. `label`, `help`, `widget`, `private` and `readonly` are as in `field`; all else goes to
    SQLAlchemy's `relationship`.
    """
    return BelongsTo(on_delete=on_delete, via=via, unique=unique, **options)


@overload
def key(*, init: Literal[True], primary_key: bool = ...) -> Any: ...
@overload
def key(*, primary_key: bool = ..., init: Literal[False] = False) -> Any: ...
def key(*, primary_key: bool = False, init: bool = False) -> Any:
    """Tell the type checkers of the column that a `belongs_to` makes: `author_id: Mapped[int] = key()`.

    The name must be that of the column, else `SetupError` DMJ0503. `primary_key=True` makes it (part of) the
    key of this model.
    """
    return Key(primary_key=primary_key, init=init)


def has_many(*, by: str | None = None, init: Literal[False] = False, **options: Any) -> Any:
    """Declare the other side of a `belongs_to`: `posts: Mapped[list[Post]] = has_many(by="author")`.

    `by` may be left out where the other model has one `belongs_to` to this one. Deleting is left to the
    database (`belongs_to(on_delete=...)`): rows are not loaded for it. `options` go to SQLAlchemy's
    `relationship`.
    """
    return HasMany(many=True, by=by, **options)


def has_one(*, by: str | None = None, init: Literal[False] = False, **options: Any) -> Any:
    """Declare the other side of a `belongs_to(unique=True)`: `profile: Mapped[Profile | None] =
    has_one()`."""
    return HasMany(many=False, by=by, **options)


def many_to_many(
    *,
    by: str | None = None,
    through: str | type[Any] | None = None,
    init: Literal[False] = False,
    **options: Any,
) -> Any:
    """Declare a relation of many to many: `tags: Mapped[set[Tag]] = many_to_many()` makes the table
    `post_tags`.

    The other side, if wanted, names this one: `posts: Mapped[list[Post]] = many_to_many(by="tags")`. Where
    the link carries data of its own it is a model with two `belongs_to`; `through="Membership"` then reads
    across it (and is read-only, as only the model can fill in its data).
    """
    return ManyToMany(by=by, through=through, **options)
