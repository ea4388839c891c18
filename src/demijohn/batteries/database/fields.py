"""`field`: everything of `mapped_column`, and one vocabulary that forms, API, OpenAPI and admin read.

`field()` returns SQLAlchemy's own `MappedColumn`, so nothing of SQLAlchemy is lost; what it cannot hold
(label, bounds, widget, ...) is kept as a `FieldSpec` on the column's `info`, under one key, and read with
`spec_of`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypedDict, overload

from sqlalchemy import ClauseElement, Column, ColumnElement, Computed, FetchedValue, String, false, text, true
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine
from typing_extensions import Unpack

from demijohn.foundation.errors import SetupError, Where

from .formats import FORMATS, FormatName
from .habits import check_positional, check_words
from .types import DecimalType

INFO_KEY: Final = "demijohn"


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final[Any] = _Missing()
"""Said of a default that is not there, as `None` is a default."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FieldSpec:
    """What a field says beyond its column: data only, for whoever shows or checks it."""

    label: str = ""
    help: str = ""
    max_length: int | None = None
    min_length: int | None = None
    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    pattern: str | None = None
    format: FormatName | None = None
    max_digits: int | None = None
    decimal_places: int | None = None
    choices: Sequence[Any] | Mapping[Any, str] | type[enum.Enum] | None = None
    widget: str | None = None
    readonly: bool = False
    private: bool = False
    init: bool = True
    default: Any = MISSING
    default_factory: Callable[[], Any] | None = None
    auto_now: bool = False
    auto_now_add: bool = False

    def initial(self) -> Any:
        """The value a new object starts with, or `MISSING`."""
        return self.default if self.default_factory is None else self.default_factory()

    def labelled_choices(self) -> dict[Any, str]:
        """Each value that may be chosen, with what people read; nothing where any value may be given.

        `choices` are values, values with labels (a mapping, or pairs as in Django), or an `Enum`.

        >>> FieldSpec(choices=["red", "white"]).labelled_choices()
        {'red': 'red', 'white': 'white'}
        >>> FieldSpec(choices=[(1, "low"), (2, "high")]).labelled_choices()
        {1: 'low', 2: 'high'}
        """
        given = self.choices
        if given is None:
            return {}
        if isinstance(given, Mapping):
            return dict(given)
        if isinstance(given, type):
            return {member.value: member.name.replace("_", " ").capitalize() for member in given}
        if all(isinstance(one, tuple) and len(one) == 2 for one in given):
            return dict(given)
        return {one: str(one) for one in given}


_PLAIN: Final = FieldSpec()
_WORDS: Final = frozenset(one.name for one in dataclasses.fields(FieldSpec))


def spec_of(item: Column[Any] | SchemaItem | Any) -> FieldSpec:
    """The `FieldSpec` of a column or relationship; an empty one for those that `field` did not make."""
    found = getattr(item, "info", {}).get(INFO_KEY, _PLAIN)
    assert isinstance(found, FieldSpec)
    return found


class FieldOptions(TypedDict, total=False):
    """What `field` takes by name in each of its forms: the vocabulary, then `mapped_column`'s own."""

    label: str
    help: str
    max_length: int
    min_length: int
    ge: Any
    gt: Any
    le: Any
    lt: Any
    pattern: str
    format: FormatName
    max_digits: int
    decimal_places: int
    choices: Sequence[Any] | Mapping[Any, str] | type[enum.Enum]
    widget: str
    readonly: bool
    private: bool
    unique: bool
    index: bool
    primary_key: bool
    nullable: bool
    name: str
    key: str
    type_: TypeEngine[Any] | type[TypeEngine[Any]]
    comment: str
    doc: str
    info: dict[Any, Any]
    autoincrement: bool | Literal["auto", "ignore_fk"]
    deferred: bool
    deferred_group: str
    deferred_raiseload: bool
    active_history: bool
    insert_default: Any
    onupdate: Any
    server_onupdate: Any
    sort_order: int
    use_existing_column: bool
    quote: bool
    system: bool


_KNOWN: Final = frozenset({
    *FieldOptions.__annotations__, *_WORDS, "computed", "database_default",
    *(one.name for one in inspect.signature(mapped_column).parameters.values() if one.kind is one.KEYWORD_ONLY),
})  # fmt: skip


@overload
def field(
    *args: Any, auto_now_add: Literal[True], init: Literal[False] = False, **options: Unpack[FieldOptions]
) -> Any: ...
@overload
def field(
    *args: Any, auto_now: Literal[True], init: Literal[False] = False, **options: Unpack[FieldOptions]
) -> Any: ...
@overload
def field(
    *args: Any, computed: str | ColumnElement[Any], init: Literal[False] = False, **options: Unpack[FieldOptions]
) -> Any: ...
@overload
def field(
    *args: Any,
    default: Any,
    database_default: Any = ...,
    init: Literal[True] = True,
    **options: Unpack[FieldOptions],
) -> Any: ...
@overload
def field(
    *args: Any,
    default_factory: Callable[[], Any],
    database_default: Any = ...,
    init: Literal[True] = True,
    **options: Unpack[FieldOptions],
) -> Any: ...
@overload
def field(*args: Any, database_default: Any, init: Literal[False] = False, **options: Unpack[FieldOptions]) -> Any: ...
@overload
def field(
    *args: Any,
    init: Literal[False],
    default: Any = ...,
    default_factory: Callable[[], Any] = ...,
    database_default: Any = ...,
    **options: Unpack[FieldOptions],
) -> Any: ...
@overload
def field(*args: Any, init: Literal[True] = True, **options: Unpack[FieldOptions]) -> Any: ...
def field(*args: Any, **options: Any) -> Any:
    """Declare a column of a model: `title: Mapped[str] = field(max_length=200)`.

    `args` are what `mapped_column` takes by position: types, `ForeignKey`, `Identity`, `Computed`, ... By
    name it takes all of `mapped_column`, and one vocabulary:

    * told to people: `label`, `help`, `choices`, `widget`;
    * bounds: `max_length` (makes the column a `VARCHAR` of it), `min_length`, `ge`, `gt`, `le`, `lt`, `pattern`,
      `format` ("email", "url" or "slug", which also bound the length), `max_digits` and `decimal_places` (of a
      `Decimal`); all are checked when an object is written;
    * who may see and set it: `private` (never serialised), `readonly` (never read from a visitor);
    * starting values: `default` and `default_factory` (set when the object is made), `database_default` (made
      by the database), `auto_now_add` (when first saved), `auto_now` (whenever saved), `computed` (by the
      database, from the row's other columns: SQL such as `"price * pieces"`);
    * the column: `unique`, `index`, `primary_key`; and `init=False` leaves it out of the constructor's types.

    Raises `SetupError` DMJ0508 for options that contradict each other.

    >>> column = field(max_length=200, label="Title")
    >>> spec_of(column.column).label, column.column.type
    ('Title', String(length=200))
    """
    words = {name: options.pop(name) for name in _WORDS & options.keys()}
    check_words(options, _KNOWN)
    check_positional(args)
    computed = options.pop("computed", None)
    if computed is not None:
        words = {"init": False, "readonly": True, **words}
        args = (*args, Computed(computed, persisted=True))
        options.setdefault("nullable", True)  # MariaDB knows no NOT NULL of what it computes
    spec = FieldSpec(**_checked(words))
    options["info"] = {**options.get("info", {}), INFO_KEY: spec}
    if "database_default" in options:
        options["server_default"] = _server_default(options.pop("database_default"))
    for name, value in _column_defaults(spec).items():
        options.setdefault(name, value)
    if "type_" not in options and not _names_a_type(args):
        leading = _leading_name(args)
        args = (*leading, *_type_of(spec), *args[len(leading) :])
    column: MappedColumn[Any] = mapped_column(*args, **options)
    return column


def _checked(words: dict[str, Any]) -> dict[str, Any]:
    """The vocabulary as given, or the error that says which part cannot be meant."""
    default = words.get("default", MISSING)
    if isinstance(default, list | dict | set):
        kind = type(default).__name__
        raise _contradiction(
            f"field(default={default!r}) would be one {kind} shared by every row.",
            f"Write field(default_factory={kind}).",
        )
    if callable(default):
        name = getattr(default, "__name__", "...").replace("<lambda>", "lambda: ...")
        raise _contradiction(
            f"field(default={name}) is a function, which would be the value itself.",
            f"Write field(default_factory={name}): it is called for each object.",
        )
    if default is not MISSING and "default_factory" in words:
        raise _contradiction("field() has both default and default_factory.", "Keep one of them.")
    if words.get("auto_now") and words.get("auto_now_add"):
        raise _contradiction(
            "field() has both auto_now and auto_now_add.",
            "auto_now includes the first save: keep one of them.",
        )
    if "pattern" in words:
        try:
            re.compile(words["pattern"])
        except re.error as error:
            raise _contradiction(
                f"field(pattern={words['pattern']!r}) is no regular expression: {error}.", "Mend the pattern."
            ) from None
    if words.get("decimal_places") is not None and words.get("max_digits") is None:
        raise _contradiction(
            "field() has decimal_places without max_digits.", "Say how many digits there are in all: max_digits=10."
        )
    if words.get("format") is not None:
        words = _with_format(words)
    if words.get("auto_now") or words.get("auto_now_add"):
        words = {"init": False, "readonly": True, **words}
    return words


def _with_format(words: dict[str, Any]) -> dict[str, Any]:
    """A format bounds the length, where nothing else does: no database indexes text without end."""
    known = FORMATS.get(words["format"])
    if known is None:
        raise _contradiction(
            f"field(format={words['format']!r}) is no format that is known.",
            f"There is: {', '.join(FORMATS)}. For another, give its pattern=.",
        )
    return {"max_length": known.max_length, **words}


def _type_of(spec: FieldSpec) -> tuple[TypeEngine[Any], ...]:
    """The column's type, if the words say it."""
    if spec.max_digits is not None:
        return (DecimalType(spec.max_digits, spec.decimal_places or 0),)
    return () if spec.max_length is None else (String(spec.max_length),)


def _contradiction(what: str, fix: str) -> SetupError:
    return SetupError("DMJ0508", what, fix=fix, where=Where.caller())


def _calling(factory: Callable[[], Any]) -> Callable[[Any], Any]:
    """SQLAlchemy hands a context to functions that take one, and cannot tell it of built-in ones such as
    `list`."""

    def make(context: Any) -> Any:
        return factory()

    return make


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _column_defaults(spec: FieldSpec) -> dict[str, Any]:
    """The same defaults for the column, so that rows inserted in bulk, without an object, have them too."""
    if spec.auto_now:
        return {"insert_default": _now, "onupdate": _now}
    if spec.auto_now_add:
        return {"insert_default": _now}
    if spec.default_factory is not None:
        return {"insert_default": _calling(spec.default_factory)}
    if spec.default is not MISSING:
        return {"insert_default": spec.default}
    return {}


def _server_default(value: Any) -> Any:
    """A Python value as the database's DEFAULT; SQL expressions and text pass as they are."""
    if isinstance(value, bool):
        return true() if value else false()
    if isinstance(value, int | float):
        return text(repr(value))
    if isinstance(value, str | ClauseElement | FetchedValue):
        return value
    raise _contradiction(
        f"field(database_default={value!r}): the database cannot be told this value.",
        "Give text, a number, a bool, or an SQL expression such as func.now(); Python values go to default=.",
    )


def _leading_name(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return args[:1] if args and isinstance(args[0], str) else ()


def _names_a_type(args: tuple[Any, ...]) -> bool:
    return any(isinstance(one, TypeEngine) or (isinstance(one, type) and issubclass(one, TypeEngine)) for one in args)


def hide_private_types(model: Any) -> None:
    """Columns whose type is nobody's to see (a password's hash) are private, said or not."""
    for column in model.__table__.columns:
        if getattr(column.type, "is_private", False):
            column.info[INFO_KEY] = dataclasses.replace(spec_of(column), private=True, readonly=True)
