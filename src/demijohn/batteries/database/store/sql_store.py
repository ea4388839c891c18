"""`SQLStore`: the rows of a model as a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Final, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.exc import DataError, IntegrityError, InvalidRequestError
from sqlalchemy.orm import Session, class_mapper
from sqlalchemy.orm.exc import StaleDataError

from demijohn.batteries.stores import (
    EVERYTHING,
    MOST_COUNTED,
    PAGE_SIZE,
    Can,
    Deletion,
    Field,
    Key,
    Protected,
    Query,
    Shape,
    StaleVersion,
    StorePage,
    checked_query,
    checked_value,
    fingerprint,
    order_of,
    problem,
    read_cursor,
    refused,
    sorted_values,
    write_cursor,
)
from demijohn.foundation.http.errors import NotFound

from ..integrity import violation_of
from ..row_values import among
from ..verbs import CHUNK
from .deletion import Walk
from .shape import model_shape
from .statements import beyond, key_parts, ordered, place_of, select_found

T = TypeVar("T")

_FURTHEST: Final = 2**53


class SQLStore(Generic[T]):
    """The rows of a model, ours or SQLAlchemy's own, in a unit of work: `SQLStore(Post, db)`.

    A handler gets one by asking, `posts: SQLStore[Post]`, or for a class of one's own, `class Posts(SQLStore[Post])`,
    whose `base` may be a select that all is found by. A query's `scope` is a condition, or a function from select to
    select. Changes are sent at once and within a savepoint, so that what is refused leaves the unit as it was; they are
    committed with the unit.
    """

    __provided_by__ = "demijohn.database:Database"

    base: ClassVar[Select[Any] | None] = None
    can: Can = Can.EVERYTHING

    def __init__(self, model: type[T], db: Session) -> None:
        self.model = model
        self.db = db
        self.shape: Shape = model_shape(model)
        self._mapper = class_mapper(model)

    def key(self, item: T) -> Key:
        """The primary key."""
        return tuple(self._mapper.primary_key_from_instance(item))

    def version(self, item: T) -> str:
        """The version column, if the model has one, else a fingerprint of the columns."""
        if self.shape.version:
            return str(getattr(item, self.shape.version))
        columns = [one.key for one in self._mapper.column_attrs if not one.deferred]
        return fingerprint({name: getattr(item, name) for name in columns})

    def page(
        self, query: Query = EVERYTHING, *, size: int = PAGE_SIZE, number: int | None = None, after: str = ""
    ) -> StorePage[T]:
        """Some of the rows, as `Store.page`: two queries, one that counts and one that reads."""
        query = checked_query(self.shape, query, model_shape)
        order = order_of(self.shape, query)
        size = max(1, size)
        found = select_found(self.shape, query, self.base)
        total, exact = self._count(found)
        statement = ordered(self.shape, found, order)
        if after:
            statement = statement.where(beyond(self.shape, order, read_cursor(after, order)))
        elif number is not None:
            if number < 1 or number * size > _FURTHEST or (exact and number > max(1, -(-total // size))):
                raise NotFound("There is no such page.")
            statement = statement.offset((number - 1) * size)
        rows = list(self.db.scalars(statement.limit(size + 1)).unique())
        if not rows and number is not None and number > 1:
            raise NotFound("There is no such page.")
        more = len(rows) > size
        by_place = all(field.relation is None or len(field.relation.columns) == 1 for field, _ in order)
        cursor = write_cursor(order, place_of(rows[size - 1], order)) if more and by_place else ""
        if number is None and not after:
            number = 1
        return StorePage(items=rows[:size], size=size, number=number, total=total, exact=exact, after=cursor)

    def _count(self, found: Select[Any]) -> tuple[int, bool]:
        keys = found.with_only_columns(*self._mapper.primary_key).order_by(None).limit(MOST_COUNTED + 1)
        total = self.db.scalar(select(func.count()).select_from(keys.subquery())) or 0
        return min(total, MOST_COUNTED), total <= MOST_COUNTED

    def many(self, keys: Iterable[Key], query: Query = EVERYTHING) -> list[T]:
        """The rows with these keys that are within the query."""
        query = checked_query(self.shape, query, model_shape)
        wanted = [key for key in dict.fromkeys(map(tuple, keys)) if self._can_be(key)]
        found: dict[Key, T] = {}
        statement = select_found(self.shape, query, self.base)
        step = CHUNK // len(self._mapper.primary_key)
        for start in range(0, len(wanted), step):
            rows = self.db.scalars(statement.where(self._is_one_of(wanted[start : start + step]))).unique()
            found |= {self.key(row): row for row in rows}
        return [found[key] for key in wanted if key in found]

    def _is_one_of(self, keys: Sequence[Key]) -> Any:
        return among(self._mapper.primary_key, keys, self.db.get_bind(self._mapper).dialect.name)

    def _can_be(self, key: Key) -> bool:
        try:
            parts = [checked_value(self.shape[name], part) for name, part in zip(self.shape.key, key, strict=False)]
        except ValueError:
            return False
        return len(parts) == len(key)

    # Changes --------------------------------------------------------------------------------------

    def create(self, values: Mapping[str, object]) -> T:
        """Make a row; raises `UnprocessableContent`, or `Conflict` for a key or unique value that is taken."""
        given = self._resolved(values, partial=False)
        with self._saving():
            item = self.model(**given)
            self.db.add(item)
        return self._as_it_is(item)

    def update(self, item: T, values: Mapping[str, object], *, version: str = "") -> T:
        """Change a row; raises `NotFound` if it is gone, and as `create` does. With a version the row is locked."""
        item = self._own(item)
        if version:
            self._lock(item)
            if self.version(item) != version:
                raise StaleVersion
        given = self._resolved(values, partial=True)
        with self._saving():
            for name, value in given.items():
                setattr(item, name, value)
        return self._as_it_is(item)

    def delete(self, items: Sequence[T], *, dry: bool = False) -> Deletion:
        """Delete rows, and what the foreign keys say; raises `Protected` if others refer to them."""
        deletion = Walk(self.db, self.model).deletion(items)
        if dry:
            return deletion
        if not deletion.allowed:
            raise Protected(deletion)
        with self._saving(deletion):
            for item in items:
                self.db.delete(self._own(item))
        return deletion

    @contextmanager
    def unit(self) -> Iterator[None]:
        """A savepoint: what is done in the block is done, or undone, together."""
        with self.db.begin_nested():
            yield

    @contextmanager
    def _saving(self, deletion: Deletion | None = None) -> Iterator[None]:
        """A savepoint around changes; what the database refuses is told of the fields."""
        try:
            with self.db.begin_nested():
                yield
        except StaleDataError:
            raise StaleVersion from None
        except IntegrityError as error:
            violation = violation_of(error, _base_of(self.model))
            if violation is None:
                raise
            if deletion is not None and violation.kind == "referenced":
                raise Protected(deletion) from None
            raised = violation.as_error()
            raised.errors = [problem(name, violation.message) for name in self._field_names(violation.fields)]
            raise raised from None
        except DataError:
            raise refused([problem("", "The database cannot hold one of these values.")]) from None

    def _field_names(self, attributes: Iterable[str]) -> list[str]:
        by_column = {name: one.name for one in self.shape if one.relation is not None for name in one.relation.columns}
        return list(dict.fromkeys(by_column.get(name, name) for name in attributes))

    def _own(self, item: T) -> T:
        """The object of this unit for a row that may have been read elsewhere."""
        if item in self.db:
            return item
        found = self.db.get(self.model, key_parts(item, self.model))
        if found is None:
            raise NotFound(f"There is no such {self.shape.label}.")
        return found

    def _lock(self, item: T) -> None:
        try:
            self.db.refresh(item, with_for_update=True)
        except InvalidRequestError:
            raise NotFound(f"There is no such {self.shape.label}.") from None

    def _as_it_is(self, item: T) -> T:
        """Read what the database made of it: defaults, computed columns, rounded numbers."""
        self.db.refresh(item, [one.key for one in self._mapper.column_attrs if not one.deferred])
        return item

    def _resolved(self, values: Mapping[str, object], *, partial: bool) -> dict[str, Any]:
        """The values as the model takes them: checked, and the things that relations lead to, found by their keys."""
        found, problems = sorted_values(self.shape, values, partial=partial)
        for name, value in found.items():
            field = self.shape[name]
            if field.relation is None or value is None:
                continue
            try:
                found[name] = self._related(field, value)
            except LookupError:
                target = model_shape(field.relation.target)
                problems.append(problem(name, f"There is no such {target.label}."))
        if problems:
            raise refused(problems)
        return found

    def _related(self, field: Field, value: Any) -> Any:
        """What a relation is given: found in one query, each of it; raises LookupError."""
        assert field.relation is not None
        target = field.relation.target
        given = value if field.relation.kind == "many" else [value]
        keys = [key_parts(one, target) for one in given if not isinstance(one, target)]
        known: SQLStore[Any] = SQLStore(target, self.db)
        found = {known.key(one): one for one in known.many(keys)} if keys else {}
        things = [one if isinstance(one, target) else found[key_parts(one, target)] for one in given]
        if field.relation.kind == "one":
            return things[0]
        collection: Any = self._mapper.relationships[field.name].collection_class or list
        return collection(things)


def _base_of(model: type) -> Any:
    """Whose tables the names of an error are looked up in."""
    mapper: Any = sqlalchemy_inspect(model)
    return next((kind for kind in reversed(model.__mro__) if getattr(kind, "registry", None) is mapper.registry), None)
