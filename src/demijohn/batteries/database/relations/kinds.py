"""The kinds of relation: what each puts into its class, and what it does when it meets the other one."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, ForeignKeyConstraint, Index, Table, UniqueConstraint, and_
from sqlalchemy.orm import MappedColumn, RelationshipProperty, class_mapper, mapped_column, relationship

from demijohn.foundation.errors import SetupError, Where

from ..annotations import Target
from ..fields import INFO_KEY, MISSING, FieldSpec
from ..habits import FIELD_WORDS
from ..naming import snake_case
from ..types import BIG_KEY
from .targets import ModelClass, did_you_mean, find_class, find_named, primary_key, relations_of

_LOADS: Final = ("joined", "selectin", "raise")
_RELATIONSHIP_WORDS: Final = frozenset(inspect.signature(relationship).parameters)
_SPEC_WORDS: Final = ("label", "help", "widget", "readonly", "private", "init", "default")


class Key:
    """What `key()` leaves in a class until its `belongs_to` takes it up."""

    def __init__(self, *, primary_key: bool = False, init: bool = False) -> None:
        self.primary_key = primary_key
        self.init = init


class Relation:
    """A declared relation; the copy that belongs to a class knows its `owner`, `name` and `target`."""

    wants_many: bool = False

    owner: ModelClass
    name: str
    module: str
    target: Target
    prop: RelationshipProperty[Any]
    other: ModelClass | None = None

    def __init__(self, **options: Any) -> None:
        words = {name: options.pop(name) for name in _SPEC_WORDS if name in options}
        self.spec = FieldSpec(**words)
        self.load: str | None = options.pop("load", None)
        self.options = options

    def bound(self, owner: ModelClass, name: str, target: Target, module: str) -> Relation:
        """The copy of this declaration that belongs to one class; `module` is where its annotation was
        written."""
        twin = copy.copy(self)
        twin.owner, twin.name, twin.target, twin.module = owner, name, target, module
        return twin

    def __str__(self) -> str:
        return f"{self.owner.__name__}.{self.name}"

    def declare(self, keys: dict[str, Key]) -> None:
        """Step 1: put columns and relationship into the class; takes its own out of `keys`."""
        raise AssertionError("each kind of relation declares itself")

    def connect(self, other: ModelClass) -> None:
        """Step 2: both classes are mapped."""
        self.other = other

    def waits_for(self) -> str:
        """The name of a class without which it cannot be connected, or nothing."""
        return "" if find_class(self) is not None else self.target.name

    def error(self, code: str, what: str, fix: str) -> SetupError:
        """A mistake in this relation, with the place of its class."""
        return SetupError(code, f"{self}: {what}", fix=fix, where=Where.of(self.owner))

    def _other(self) -> ModelClass:
        assert self.other is not None, "check_relations comes before SQLAlchemy asks"
        return self.other

    def _relate(self, **arguments: Any) -> None:
        unknown = [name for name in self.options if name not in _RELATIONSHIP_WORDS]
        if unknown:
            raise self.error(
                "DMJ0516",
                f"a relation takes no {' or '.join(f'{name}=' for name in unknown)}.",
                "\n".join(f"{name}: write {FIELD_WORDS[name]}" for name in unknown if name in FIELD_WORDS)
                or "It takes what SQLAlchemy's relationship takes.",
            )
        info = {**self.options.get("info", {}), INFO_KEY: self.spec}
        arguments = {**arguments, **self._loading(), **self.options, "info": info}
        self.prop = relationship(self._other, **arguments)
        setattr(self.owner, self.name, self.prop)

    def _loading(self) -> dict[str, str]:
        """When it is loaded, in SQLAlchemy's words; raises `SetupError` DMJ0530 for words that are none of ours."""
        if self.load is None:
            return {}
        if self.load not in _LOADS:
            raise self.error(
                "DMJ0530",
                f"load={self.load!r} is no way to load a relation.{did_you_mean(str(self.load), _LOADS)}",
                'Write load="joined" (in the query of its row), "selectin" (in a query after it) or "raise" (never by '
                "itself). Without it, it is loaded when it is read, for all rows at once.",
            )
        return {"lazy": self.load}


class BelongsTo(Relation):
    """The side that has the foreign key."""

    def __init__(self, *, on_delete: str | None, via: str | None, unique: bool, **options: Any) -> None:
        self.index = options.pop("index", True)
        super().__init__(**options)
        self.on_delete = on_delete
        self.via = via
        self.unique = unique
        self.columns: tuple[str, ...] = ()
        self.by_key = False

    @property
    def required(self) -> bool:
        """Whether a new object must be given this relation (or its key)."""
        told = self.spec.init or self.by_key
        return told and not self.target.nullable and self.spec.default is MISSING

    def declare(self, keys: dict[str, Key]) -> None:
        """Make the columns, typed as the other key; one not known yet gets its type when connected."""
        if self.on_delete == "set null" and not self.target.nullable:
            raise self.error(
                "DMJ0504",
                "on_delete='set null' needs a relation that may be empty.",
                f"Write {self.name}: Mapped[{self.target.name} | None] = belongs_to(default=None, ...).",
            )
        other = find_class(self)
        types = {} if other is None else self._known_types(other)
        self.columns = tuple(types) or self._forward_names(keys)
        for name in self.columns:
            self._make_column(name, types.get(name, BIG_KEY), keys.pop(name, None))
        self._relate(
            uselist=False,
            primaryjoin=self.join,
            foreign_keys=self.local_columns,
            remote_side=self.remote_columns,
        )

    def _known_types(self, other: ModelClass) -> dict[str, Any]:
        primary = primary_key(other)
        return {name: column.type for name, column in zip(self._names(primary), primary, strict=True)}

    def _names(self, primary: list[Column[Any]]) -> list[str]:
        if len(primary) == 1:
            return [self.via or f"{self.name}_id"]
        return [f"{self.via or self.name}_{column.key}" for column in primary]

    def _forward_names(self, keys: Mapping[str, Key]) -> tuple[str, ...]:
        """The columns while the other class is not mapped: one, unless `key()` lines name more."""
        usual = self.via or f"{self.name}_id"
        if usual in keys or usual in self.owner.__dict__:
            return (usual,)
        return tuple(name for name in keys if name.startswith(f"{self.via or self.name}_")) or (usual,)

    def _make_column(self, name: str, type_: Any, said: Key | None) -> None:
        if isinstance(getattr(self.owner, name, None), MappedColumn):
            return  # written by hand beside the relation
        primary = said is not None and said.primary_key
        self.by_key = self.by_key or (said is not None and said.init)
        alone = len(self.columns) == 1 and not primary
        column: MappedColumn[Any] = mapped_column(
            type_,
            nullable=self.target.nullable and not primary,
            primary_key=primary,
            index=True if alone and self.index and not self.unique else None,
            unique=True if alone and self.unique else None,
            info={INFO_KEY: self.spec},
        )
        setattr(self.owner, name, column)

    def connect(self, other: ModelClass) -> None:
        """Make the foreign key, now that the other table is there."""
        super().connect(other)
        primary = primary_key(other)
        if len(primary) != len(self.columns) or (len(primary) > 1 and set(self._names(primary)) != set(self.columns)):
            raise self._mismatch(primary)
        if len(primary) > 1:
            self.columns = tuple(self._names(primary))
        mine = self.local_columns()
        if any(column.foreign_keys for column in mine):
            return  # written by hand
        for column, theirs in zip(mine, primary, strict=True):
            column.type = theirs.type
        table = mine[0].table
        table.append_constraint(ForeignKeyConstraint(mine, primary, ondelete=_sql_words(self.on_delete)))
        if len(mine) > 1 and self.unique:
            table.append_constraint(UniqueConstraint(*mine))
        elif len(mine) > 1 and self.index and not all(column.primary_key for column in mine):
            Index(None, *mine)

    def _mismatch(self, primary: list[Column[Any]]) -> SetupError:
        lines = [f"{name}: Mapped[...] = key()" for name in self._names(primary)]
        return self.error(
            "DMJ0505",
            f"the key of {self.target.name} has {len(primary)} columns, which was not known where "
            f"{self.owner.__name__} was declared (it made {', '.join(self.columns)}).",
            "\n".join([f"Move {self.target.name} above it, or name the columns beside the relation:", *lines]),
        )

    def reaches(self, model: ModelClass) -> bool:
        """Whether it leads to that model, or to what that model inherits from."""
        found = find_class(self)
        return found is not None and issubclass(model, found)

    def local_columns(self) -> list[Column[Any]]:
        """The foreign key's columns."""
        mapper = class_mapper(self.owner, configure=False)
        return [mapper.columns[name] for name in self.columns]

    def remote_columns(self) -> list[Column[Any]]:
        """The columns that they refer to."""
        assert self.other is not None
        return primary_key(self.other)

    def join(self) -> ColumnElement[bool]:
        """The condition under which two rows belong together."""
        return _pairs(self.local_columns(), self.remote_columns())


class HasMany(Relation):
    """The side that is looked back from: its `belongs_to` has the columns. `has_one` is one, not many."""

    counterpart: BelongsTo

    def __init__(self, *, many: bool, by: str | None, **options: Any) -> None:
        super().__init__(**options)
        self.wants_many = many
        self.by = by

    def declare(self, keys: dict[str, Key]) -> None:
        """The join is the counterpart's, asked for when it is known."""
        self._relate(
            uselist=self.wants_many,
            primaryjoin=self._join,
            foreign_keys=self._their_columns,
            remote_side=self._their_columns,
            back_populates=lambda: self.counterpart.name,
            collection_class=_COLLECTIONS.get(self.target.collection) if self.wants_many else None,
            # The database does what on_delete says; SQLAlchemy would load the rows to empty their keys. A cascade
            # that is asked for is SQLAlchemy's own affair again.
            passive_deletes=True if "cascade" in self.options else "all",
        )

    def connect(self, other: ModelClass) -> None:
        """Find the `belongs_to` that this is the other side of."""
        super().connect(other)
        belonging = {name: one for name, one in relations_of(other).items() if isinstance(one, BelongsTo)}
        if self.by is not None:
            self.counterpart = self._named(belonging, self.by)
        else:
            self.counterpart = self._only(belonging)
        self.counterpart.prop.back_populates = self.name

    def _join(self) -> ColumnElement[bool]:
        return self.counterpart.join()

    def _their_columns(self) -> list[Column[Any]]:
        return self.counterpart.local_columns()

    def _named(self, belonging: Mapping[str, BelongsTo], name: str) -> BelongsTo:
        if name in belonging:
            return belonging[name]
        raise self.error(
            "DMJ0506",
            f"{self.target.name} has no belongs_to called {name!r}.{did_you_mean(name, belonging)}",
            f"Name the relation of {self.target.name} that holds the key: by=...",
        )

    def _only(self, belonging: Mapping[str, BelongsTo]) -> BelongsTo:
        found = [one for one in belonging.values() if one.reaches(self.owner)]
        if len(found) == 1:
            return found[0]
        here, there = self.owner.__name__, self.target.name
        if found:
            names = " and ".join(one.name for one in found)
            raise self.error(
                "DMJ0506",
                f"{there} has {len(found)} relations to {here}: {names}.",
                f"Say which: by={found[0].name!r}.",
            )
        raise self.error(
            "DMJ0506",
            f"{there} has no belongs_to that leads to {here}.",
            f"Add to {there}: {snake_case(here)}: Mapped[{here}] = belongs_to()",
        )


class ManyToMany(Relation):
    """Many on both sides: rows of a table of pairs, made here unless the other side (`by`) or a model has
    it."""

    wants_many = True
    back: ManyToMany | None = None
    table: Table
    joins: tuple[Callable[[], ColumnElement[bool]], Callable[[], ColumnElement[bool]]]

    def __init__(self, *, by: str | None, through: str | type[Any] | None, **options: Any) -> None:
        super().__init__(**options)
        self.by = by
        self.through = through

    def declare(self, keys: dict[str, Key]) -> None:
        """Everything hangs on the linking table, which is there when both sides are."""
        arguments: dict[str, Any] = {"back_populates": self.by} if self.by else {}
        self._relate(
            secondary=self.link,
            primaryjoin=self.near,
            secondaryjoin=self.far,
            collection_class=_COLLECTIONS.get(self.target.collection),
            viewonly=self.through is not None,
            **arguments,
        )

    def waits_for(self) -> str:
        """Also for the model of the link, if there is one."""
        if self.through is not None and find_named(self.owner, self.module, self.through) is None:
            return self.through if isinstance(self.through, str) else self.through.__name__
        return super().waits_for()

    def connect(self, other: ModelClass) -> None:
        """Make the linking table, or find it."""
        super().connect(other)
        if self.through is not None:
            self._go_through(other)
        elif self.by is not None:
            self._look_back(other, self.by)
        else:
            self._make_link(other)

    def link(self) -> Table:
        """The linking table."""
        return self.table if self.back is None else self.back.link()

    def near(self) -> ColumnElement[bool]:
        """How a row of the link belongs to this side."""
        return self.joins[0]() if self.back is None else self.back.far()

    def far(self) -> ColumnElement[bool]:
        """How a row of the link belongs to the other side."""
        return self.joins[1]() if self.back is None else self.back.near()

    def _make_link(self, other: ModelClass) -> None:
        mine, theirs = primary_key(self.owner), primary_key(other)
        here, there = self.owner.__table__.name, other.__table__.name
        name = f"{self.owner.__table__.name}_{self.name}"
        if here == there:
            here, there = f"from_{here}", f"to_{there}"
        if name in self.owner.metadata.tables:
            raise self.error(
                "DMJ0502",
                f"its linking table is called {name!r}, as another table is.",
                "Rename the relation, or link by that model: many_to_many(through=...).",
            )
        left = [Column(f"{here}_{column.key}", column.type, primary_key=True) for column in mine]
        right = [Column(f"{there}_{column.key}", column.type, primary_key=True) for column in theirs]
        self.table = Table(
            name,
            self.owner.metadata,
            *left,
            *right,
            ForeignKeyConstraint(left, mine, ondelete="CASCADE"),
            ForeignKeyConstraint(right, theirs, ondelete="CASCADE"),
            Index(None, *right),
        )
        self.joins = (partial(_pairs, left, mine), partial(_pairs, right, theirs))

    def _look_back(self, other: ModelClass, by: str) -> None:
        """Read the other side's table from its far end; that side may be connected after this one."""
        found = relations_of(other).get(by)
        if isinstance(found, ManyToMany) and found.by is not None and found.through is None:
            if found.by == self.name and str(found) < str(self):
                return  # told from there: one mistake, though it shows on both sides
            raise self.error(
                "DMJ0506",
                f"it leaves the linking table to {found}, which says by={found.by!r} itself: nobody makes it.",
                f"by= is said on one side only. Take it out of {found.owner.__name__}:\n"
                f"{found.name}: Mapped[{found.target.collection or 'set'}[{found.target.name}]] = many_to_many()",
            )
        if not isinstance(found, ManyToMany) or found.through is not None:
            many = [one for one in relations_of(other).values() if isinstance(one, ManyToMany)]
            names = [one.name for one in many if one.through is None]
            raise self.error(
                "DMJ0506",
                f"{self.target.name} has no many_to_many called {by!r} that makes a linking table."
                f"{did_you_mean(by, names)}",
                f"Name the relation of {self.target.name} that does: by=...",
            )
        found.prop.back_populates = self.name
        self.back = found

    def _go_through(self, other: ModelClass) -> None:
        model = find_named(self.owner, self.module, self.through)
        assert model is not None, "it waited for this"
        self.table = model.__table__
        self.joins = (self._side(model, self.owner).join, self._side(model, other).join)

    def _side(self, model: ModelClass, end: ModelClass) -> BelongsTo:
        found = [one for one in relations_of(model).values() if isinstance(one, BelongsTo) and one.reaches(end)]
        if len(found) == 1:
            return found[0]
        raise self.error(
            "DMJ0506",
            f"{model.__name__} must link by exactly one belongs_to to {end.__name__}, and has {len(found)}.",
            f"Declare in {model.__name__} one belongs_to for each side.",
        )


_COLLECTIONS: dict[str, type] = {"set": set, "list": list}


def _pairs(these: Iterable[Column[Any]], those: Iterable[Column[Any]]) -> ColumnElement[bool]:
    return and_(*(this == that for this, that in zip(these, those, strict=True)))


def _sql_words(on_delete: str | None) -> str | None:
    return None if on_delete is None else on_delete.upper()
