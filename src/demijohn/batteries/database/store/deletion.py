"""What deleting rows takes along, before it is done: by the rules of the foreign keys, and of SQLAlchemy's cascades."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import ForeignKeyConstraint, Table, select
from sqlalchemy.orm import Mapper, RelationshipDirection, RelationshipProperty, Session, class_mapper

from demijohn.batteries.stores import MOST_COUNTED, Deletion, label_of, plural_of

from ..mixins import SoftDelete
from ..row_values import among, found_by
from .shape import model_shape

Fate: TypeAlias = Literal["deleted", "emptied", "protected"]

_CHUNK: Final = 500
_FATES: Final[dict[str, Fate]] = {"CASCADE": "deleted", "SET NULL": "emptied", "SET DEFAULT": "emptied"}


class Walk:
    """Follows the foreign keys from rows that are to go, table by table, each row once."""

    def __init__(self, db: Session, model: type) -> None:
        self.db = db
        self.mapper: Mapper[Any] = class_mapper(model)
        self.mappers = list(self.mapper.registry.mappers)
        self.counts: dict[Fate, Counter[str]] = {"deleted": Counter(), "emptied": Counter(), "protected": Counter()}
        self.labels: dict[str, tuple[str, str]] = {}
        self.seen: set[tuple[Table, tuple[Any, ...]]] = set()
        self.exact = True

    def deletion(self, items: Sequence[Any]) -> Deletion:
        """All that would happen."""
        keys = [tuple(self.mapper.primary_key_from_instance(item)) for item in items]
        table = self.mapper.local_table
        assert isinstance(table, Table)
        if issubclass(self.mapper.class_, SoftDelete):  # it stays, and so does what refers to it
            self._note("deleted", self.mapper, table, len(dict.fromkeys(keys)))
        else:
            self._take(self.mapper, table, keys)
        counts = {fate: self._labelled(+found) for fate, found in self.counts.items()}
        return Deletion(**counts, exact=self.exact)

    def _labelled(self, found: Counter[str]) -> dict[str, int]:
        return {self.labels[name][0 if number == 1 else 1]: number for name, number in found.items()}

    def _note(self, fate: Fate, mapper: Mapper[Any] | None, table: Table, number: int) -> None:
        name = table.name
        if mapper is None:
            label = label_of(name).lower()
            self.labels[name] = (label, plural_of(label))
        else:
            name = mapper.class_.__name__
            shape = model_shape(mapper.class_)
            self.labels[name] = (shape.label, shape.plural)
        self.counts[fate][name] += number

    def _take(self, mapper: Mapper[Any] | None, table: Table, keys: Iterable[tuple[Any, ...]]) -> None:
        """Count rows that go, and follow what refers to them."""
        fresh = [key for key in dict.fromkeys(keys) if (table, key) not in self.seen]
        if not fresh:
            return
        if len(self.seen) + len(fresh) > MOST_COUNTED:
            self.exact = False
            return
        self.seen.update((table, key) for key in fresh)
        if mapper is not None or not self._is_link(table):
            self._note("deleted", mapper, table, len(fresh))
        tables = [table] if mapper is None else [one for one in mapper.tables if isinstance(one, Table)]
        for target in tables:
            for child, constraint in self._referring(target):
                self._follow(mapper, table, fresh, child, constraint)

    def _referring(self, table: Table) -> Iterator[tuple[Table, ForeignKeyConstraint]]:
        for child in table.metadata.tables.values():
            for constraint in child.constraints:
                if isinstance(constraint, ForeignKeyConstraint) and constraint.referred_table is table:
                    mapper = self._mapper_of(child)
                    parent = None if mapper is None else mapper.inherits
                    if parent is None or table not in parent.tables or not _is_key(child, constraint):
                        yield child, constraint

    def _follow(
        self,
        mapper: Mapper[Any] | None,
        table: Table,
        keys: list[tuple[Any, ...]],
        child: Table,
        constraint: ForeignKeyConstraint,
    ) -> None:
        """Count the rows of one table that refer by one foreign key to rows that go."""
        fate = self._fate(mapper, child, constraint)
        found = self._rows(table, keys, child, constraint)
        if not found:
            return
        child_mapper = self._mapper_of(child)
        if fate == "deleted":
            self._take(child_mapper, child, found)
        else:
            fresh = [key for key in found if (child, key) not in self.seen]
            if fresh:
                self._note(fate, child_mapper, child, len(fresh))

    def _fate(self, mapper: Mapper[Any] | None, child: Table, constraint: ForeignKeyConstraint) -> Fate:
        columns = set(constraint.columns)
        relation = _looking_back(mapper, columns)
        if relation is not None and "delete" in relation.cascade:
            return "deleted"
        by_database = _FATES.get((constraint.ondelete or "").upper())
        if by_database is not None or self._is_link(child):
            return by_database or "deleted"
        if relation is not None and not relation.passive_deletes and all(column.nullable for column in columns):
            return "emptied"  # SQLAlchemy does it itself
        return "protected"

    def _is_link(self, table: Table) -> bool:
        """Whether a table only links two models: its rows are nobody's, and go with either."""
        return any(one.secondary is table for mapper in self.mappers for one in mapper.relationships)

    def _mapper_of(self, table: Table) -> Mapper[Any] | None:
        return next((one for one in self.mappers if one.local_table is table and not _is_single(one)), None)

    def _rows(
        self, table: Table, keys: list[tuple[Any, ...]], child: Table, constraint: ForeignKeyConstraint
    ) -> list[tuple[Any, ...]]:
        """The keys of the rows that refer."""
        pairs = [(element.parent, element.column) for element in constraint.elements]
        own = list(child.primary_key.columns) or [column for column, _ in pairs]
        primary = list(table.primary_key.columns)
        dialect = self.db.get_bind().dialect.name
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(keys), _CHUNK // len(primary)):
            some = keys[start : start + _CHUNK // len(primary)]
            gone = select(*(column for _, column in pairs)).where(among(primary, some, dialect))
            if pairs[0][1].table is not table:  # of joined inheritance: the key is the same
                gone = select(*(column for _, column in pairs)).where(
                    among(list(pairs[0][1].table.primary_key.columns), some, dialect)
                )
            refers = found_by([column for column, _ in pairs], gone, dialect)
            rows = self.db.execute(select(*own).where(refers).limit(MOST_COUNTED + 1))
            found += [tuple(row) for row in rows]
        return found


def _is_single(mapper: Mapper[Any]) -> bool:
    return mapper.inherits is not None and mapper.local_table is mapper.inherits.local_table


def _is_key(child: Table, constraint: ForeignKeyConstraint) -> bool:
    return set(constraint.columns) == set(child.primary_key.columns)


def _looking_back(mapper: Mapper[Any] | None, columns: set[Any]) -> RelationshipProperty[Any] | None:
    """The relation of the model that the rows belong to, if it has one, by which SQLAlchemy may act."""
    for relation in mapper.relationships if mapper is not None else ():
        if relation.direction is not RelationshipDirection.ONETOMANY or relation.viewonly:
            continue
        if {remote for _, remote in relation.local_remote_pairs or ()} == columns:
            return relation
    return None
