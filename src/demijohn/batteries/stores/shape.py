"""`Shape`: what things in a store look like, told without the words of any database.

Forms, admin, API and OpenAPI read a shape instead of a table: so they serve a table, a collection of documents and a
list in memory alike.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias
from urllib.parse import quote, unquote

from demijohn.kernel.grammar import read

Key: TypeAlias = tuple[object, ...]
"""What identifies one thing in its store: most often one value, sometimes several."""


class Choice(NamedTuple):
    """One of the values that a field may have, and what people call it."""

    value: Any
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What a value must keep to beyond its type; `timezone` is for moments, `places` for decimals."""

    min_length: int | None = None
    max_length: int | None = None
    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    pattern: str | None = None
    digits: int | None = None
    places: int | None = None
    timezone: bool = False


NO_RULES: Final = Rules()


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """Where a field leads to: `one` thing of the class `target`, `many` that are linked, or its `children`.

    Children are things that have a field `by` which leads back here; they are changed through their own store.
    `on_delete` is what becomes of this thing when the other is deleted, in SQL's words.
    """

    target: type
    kind: Literal["one", "many", "children"] = "one"
    by: str = ""
    columns: tuple[str, ...] = ()
    on_delete: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One field: `type` is that of its value, without None; of a relation, that of the other's key.

    `required`: it must be given when a thing is made. `nullable`: it may be None. `generated`: the store fills it in,
    and it cannot be given. `readonly`: visitors do not set it. `private`: nobody is shown it, and it can be neither
    searched nor ordered by. `initial` makes the value that a new thing starts with. `widget` names the form control,
    `format` the kind of text (`email`, `url`, `slug`). `searchable` is text that words are looked for in, unless told
    otherwise. Each of `checks` raises ValueError; `parse`, where there is one, makes the value of what is given, in
    place of the type's own grammar.
    """

    name: str
    type: Any = str
    label: str = ""
    help: str = ""
    required: bool = False
    nullable: bool = False
    unique: bool = False
    key: bool = False
    generated: bool = False
    readonly: bool = False
    private: bool = False
    choices: tuple[Choice, ...] = ()
    rules: Rules = NO_RULES
    relation: Relation | None = None
    widget: str = ""
    format: str = ""
    initial: Callable[[], Any] | None = None
    searchable: bool | None = None
    parse: Callable[[Any], Any] | None = None
    checks: tuple[Callable[[Any], None], ...] = ()

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", label_of(self.name))
        if self.searchable is None:
            object.__setattr__(self, "searchable", self.type is str and self.relation is None)

    @property
    def is_column(self) -> bool:
        """Whether a thing has one value here, that it can be found and ordered by."""
        return self.relation is None or self.relation.kind == "one"

    @property
    def annotation(self) -> Any:
        """The type with its rules, as a handler's parameter would be annotated: for JSON Schema and OpenAPI."""
        from msgspec import Meta

        rules = self.rules
        told: dict[str, Any] = {}
        if self.type is str:
            told = {"min_length": rules.min_length, "max_length": rules.max_length, "pattern": rules.pattern}
        elif self.type in (int, float):
            told = {"ge": rules.ge, "gt": rules.gt, "le": rules.le, "lt": rules.lt}
        told = {name: value for name, value in told.items() if value is not None}
        kind: Any = Annotated[self.type, Meta(**told)] if told else self.type
        if self.relation is not None and self.relation.kind != "one":
            kind = list[kind]
        return kind | None if self.nullable else kind


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The fields of the things in a store: `model` is their class, `key` the fields that identify one.

    `label` and `plural` are what people call one and several; `version` is the field that counts changes, if there is
    one. A shape is iterated by its fields.

    >>> shape = Shape(model=dict, name="Note", fields=(Field(name="id", type=int, key=True), Field(name="text")))
    >>> shape["text"].label, shape.plural, shape.read_key("7")
    ('Text', 'notes', (7,))
    """

    model: type
    name: str
    fields: tuple[Field, ...]
    label: str = ""
    plural: str = ""
    version: str = ""
    key: tuple[str, ...] = ()
    _by_name: dict[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        label = self.label or label_of(self.name).lower()
        object.__setattr__(self, "label", label)
        object.__setattr__(self, "plural", self.plural or plural_of(label))
        object.__setattr__(self, "key", self.key or tuple(one.name for one in self.fields if one.key))
        object.__setattr__(self, "_by_name", {one.name: one for one in self.fields})

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Field:
        found = self._by_name.get(name)
        if found is None:
            close = difflib.get_close_matches(name, self._by_name, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else f"It has: {', '.join(self._by_name)}."
            raise KeyError(f"{self.name} has no field {name!r}. {hint}")
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its fields."""
        return tuple(self._by_name)

    @property
    def settable(self) -> tuple[Field, ...]:
        """The fields that a visitor may be asked for: neither generated, read-only, private nor children."""
        return tuple(
            one
            for one in self.fields
            if not (one.generated or one.readonly or one.private)
            and (one.relation is None or one.relation.kind != "children")
        )

    @property
    def shown(self) -> tuple[Field, ...]:
        """The fields that may be shown."""
        return tuple(one for one in self.fields if not one.private)

    def write_key(self, key: Key) -> str:
        """A key as text, for an address: one value as it is, several with commas between them.

        >>> Shape(model=dict, name="Seat", fields=(Field(name="row", key=True), Field(name="number", type=int,
        ... key=True))).write_key(("A,1", 7))
        'A%2C1,7'
        """
        if len(key) == 1:
            return str(key[0])
        return ",".join(quote(str(part), safe="") for part in key)

    def read_key(self, text: str) -> Key | None:
        """The key that a text stands for; None if it can be none, and so belongs to nothing."""
        parts = [text] if len(self.key) == 1 else [unquote(part) for part in text.split(",")]
        if len(parts) != len(self.key):
            return None
        try:
            return tuple(
                read(part, self._by_name[name].type, in_path=True) for part, name in zip(parts, self.key, strict=True)
            )
        except ValueError:
            return None


def label_of(name: str) -> str:
    """What people are told a name is: its words, the first with a capital.

    >>> label_of("published_at"), label_of("BlogPost")
    ('Published at', 'Blog post')
    """
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    words = spaced.replace("_", " ").split()
    return " ".join(words).capitalize()


def plural_of(label: str) -> str:
    """Several of what a word names, by the plain rules of English; a shape of its own says the others.

    >>> plural_of("post"), plural_of("category"), plural_of("box"), plural_of("day")
    ('posts', 'categories', 'boxes', 'days')
    """
    if label.endswith("y") and label[-2:-1] not in set("aeiou"):
        return f"{label[:-1]}ies"
    return f"{label}es" if label.endswith(("s", "x", "z", "ch", "sh")) else f"{label}s"
