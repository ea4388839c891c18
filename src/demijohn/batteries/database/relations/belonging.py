"""The side of a relation that has the foreign key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import MappedColumn, class_mapper, mapped_column

from demijohn.foundation.errors import SetupError

from ..fields import INFO_KEY, MISSING
from ..types import BIG_KEY
from .relation import Key, Relation, pairs
from .targets import ModelClass, find_class, primary_key


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
        table.append_constraint(ForeignKeyConstraint(mine, primary, ondelete=self.on_delete and self.on_delete.upper()))
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
        return pairs(self.local_columns(), self.remote_columns())
