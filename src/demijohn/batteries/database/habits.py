"""What other libraries call the things of a model, and what is written for each here: told where it goes wrong."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import re
import uuid
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from demijohn.foundation.errors import SetupError, Where

_DATABASE_DIALECTS: Final = ("postgresql_", "sqlite_", "mysql_", "mariadb_", "oracle_", "mssql_")
_REQUIRED: Final = "the type: Mapped[str | None] may be empty, Mapped[str] may not"
_CHOICES: Final = (
    'an Enum: status: Mapped[Status] = field(choices={Status.OPEN: "Still open"}), or without labels field()'
)
_SIGNAL: Final = 'an event of SQLAlchemy\'s: @event.listens_for(Post, "after_insert")'
_SHAPES: Final = "return it from a handler, which sends its default shape; -> PostOut, a Schema, chooses the fields"

FIELD_WORDS: Final = {
    "null": _REQUIRED,
    "blank": f"{_REQUIRED}; min_length=1 refuses empty text",
    "required": _REQUIRED,
    "verbose_name": "label=",
    "related_query_name": "select(Author).join(Author.posts).where(Post.title == title)",
    "through": 'tags: Mapped[list[Tag]] = many_to_many(through="Tagging")',
    "upload_to": (
        "photo: Mapped[str] = field(max_length=200), for the name that files.save(upload) of the Storage battery gives"
    ),
    "populate_from": 'a listener that sets it: @event.listens_for(Post, "before_insert"), of sqlalchemy',
    "slug": 'a listener that sets it: @event.listens_for(Post, "before_insert"), of sqlalchemy',
    "title": "label=",
    "help_text": "help=",
    "description": "help=",
    "foreign_key": "author: Mapped[User] = belongs_to(), which makes author_id",
    "to": "author: Mapped[User] = belongs_to(), which makes author_id",
    "on_delete": 'author: Mapped[User] = belongs_to(on_delete="cascade")',
    "related_name": 'posts: Mapped[list[Post]] = has_many(by="author"), in the other model',
    "back_populates": 'posts: Mapped[list[Post]] = has_many(by="author")',
    "db_index": "index=True",
    "db_column": "name=",
    "db_default": "database_default=",
    "db_comment": "comment=",
    "editable": "readonly=True",
    "exclude": "private=True",
    "validators": "ge=, max_length=, pattern=, format=, or a method validate(self) of the model",
    "regex": "pattern=",
    "multiple_of": "a method validate(self) of the model",
    "alias": "name= for the column; a Schema for what is sent",
    "sa_column": "what is inside of it: field takes all of mapped_column",
    "sa_type": "type_=",
    "primary": "primary_key=True",
    "example": "help=",
    "examples": "help=",
}
"""By the word that `field` does not know."""

META_WORDS: Final = {
    "ordering": "select(Post).order_by(Post.title), or has_many(order_by=...)",
    "db_table": '__tablename__ = "posts"',
    "abstract": "__abstract__ = True",
    "unique_together": '__table_args__ = (UniqueConstraint("author_id", "title"),)',
    "constraints": "__table_args__ = (UniqueConstraint(...), CheckConstraint(...))",
    "indexes": "__table_args__ = (Index(...),), or field(index=True)",
    "db_table_comment": '__table_args__ = {"comment": "..."}',
    "verbose_name": "class Post is called post; __str__ is what an item is called",
    "verbose_name_plural": "nothing: no page of this version shows it",
    "permissions": "nothing yet, this version has no sign-in",
    "managed": "Model classes of SQLAlchemy's own, whose tables are not made",
    "get_latest_by": "select(Post).order_by(Post.id.desc()).limit(1)",
}
"""By the word of a Django `class Meta`."""

OF_MODELS: Final = {
    "objects": "db.all(select({model})), with db: DB in the handler",
    "query": "db.all(select({model}).where(...)), with db: DB in the handler",
    "get_or_404": "db.get_or_404({model}, key), with db: DB in the handler",
    "model_validate": "new: Annotated[{model}, Body()], a checked and unsaved {model}; or {model}(title=...)",
    "DoesNotExist": "None, which db.get({model}, key) gives; or db.get_or_404({model}, key)",
}
"""By the name that is asked of a class."""

OF_ITEMS: Final = {
    "save": "db.save({item})",
    "delete": "db.delete({item})",
    "refresh_from_db": "db.refresh({item})",
    "full_clean": "problems_of({item}), from demijohn.database; saving validates anyway",
    "pk": "the key by its name, such as {item}.id",
    "get_absolute_url": "url(show, id={item}.id), with the handler that shows it",
    "update": "{item}.title = ... for each; it is saved with the unit of work",
    "dict": _SHAPES,
    "json": _SHAPES,
    "to_dict": _SHAPES,
    "as_dict": _SHAPES,
    "model_dump": _SHAPES,
    "model_dump_json": _SHAPES,
    "serialize": _SHAPES,
}
"""By the name that is asked of an object."""

OF_UNITS: Final = {
    "session": "the unit itself: db.add(post), db.scalars(...)",
    "create_all": 'nothing in development, where tables are made at start; Database(create_tables="always") elsewhere',
    "fetch_all": "db.all(statement)",
    "fetchall": "db.all(statement)",
    "fetch_one": "db.scalars(statement).first()",
    "fetchone": "db.scalars(statement).first()",
    "first": "db.scalars(statement).first(), or db.first_or_404(statement)",
    "one": "db.scalars(statement).one(), or db.first_or_404(statement)",
    "objects": "db.all(select(Post))",
    "one_or_404": "db.first_or_404(statement), or db.get_or_404(Post, key)",
    "filter": "db.all(select(Post).where(Post.title == title))",
    "filter_by": "db.all(select(Post).filter_by(title=title))",
    "atomic": "nothing: a request is one unit of work; with db.begin_nested(): ... is a savepoint",
    "update_or_create": "db.upsert(Post, rows, by=[...])",
    "create": "db.save(Post(...))",
    "bulk_create": "db.bulk_insert(Post, rows)",
    "get_or_create": (
        "db.scalar(select(Post).where(...)) or db.save(Post(...)); db.upsert(Post, rows, by=[...]) for many"
    ),
    "paginate": "db.page(statement, page)",
    "select": "select, from sqlalchemy: db.all(select(Post))",
    "exec": "db.all(statement), or db.execute(statement) for rows",
}
"""By the name that is asked of a unit of work."""

OF_BATTERIES: Final = {
    "init_app": "app.use(Database())",
    "session": "a parameter: def show(db: DB), which is the unit of work of the request",
    "Model": "Model, from demijohn: class Post(Model): title: Mapped[str] = field(max_length=200)",
    "Column": "field: title: Mapped[str] = field(max_length=200)",
    "relationship": "belongs_to, has_many or many_to_many: author: Mapped[User] = belongs_to()",
    "create_all": OF_UNITS["create_all"],
    "drop_all": "demijohn db reset",
    "get_or_404": "db.get_or_404(Post, key), with db: DB in the handler",
    "select": "select, from sqlalchemy: db.all(select(Post))",
    "paginate": "db.page(statement, page), with db: DB in the handler",
}
"""By the name that is asked of the battery, as of Flask-SQLAlchemy's."""

OF_THE_MODULE: Final = {
    "models": "Model, and from demijohn.database import Mapped, field: title: Mapped[str] = field(max_length=200)",
    "db": "DB, which a handler asks for: def show(db: DB)",
    "Base": "Model, or BareModel for a model without the key id",
    "declarative_base": "Model; a second database has class Base(ModelBase, DeclarativeBase)",
    "ForeignKey": "belongs_to: author: Mapped[User] = belongs_to()",
    "OneToOneField": "belongs_to(unique=True), and has_one in the other model",
    "EmailField": 'field: email: Mapped[str] = field(format="email")',
    "SlugField": 'field: slug: Mapped[str] = field(format="slug")',
    "URLField": 'field: home: Mapped[str] = field(format="url")',
    "DecimalField": "field: price: Mapped[Decimal] = field(max_digits=10, decimal_places=2)",
    "DurationField": "field: took: Mapped[timedelta] = field()",
    "UUIDField": "field: id: Mapped[UUID] = field(primary_key=True, default_factory=uuid7)",
    "JSONField": "field: meta: Mapped[dict[str, Any]] = field(default_factory=dict)",
    "DateField": "field: day: Mapped[date] = field()",
    "FloatField": "field: ratio: Mapped[float] = field()",
    "mapped_column": "field, which takes all that mapped_column takes",
    "TextChoices": _CHOICES,
    "IntegerChoices": _CHOICES,
    "post_save": _SIGNAL,
    "pre_save": _SIGNAL,
    "post_delete": _SIGNAL,
    "pre_delete": _SIGNAL,
    "m2m_changed": _SIGNAL,
    "Avg": "SQLAlchemy's own: func.avg(Post.stars)",
    "Sum": "SQLAlchemy's own: func.sum(Post.stars)",
    "Max": "SQLAlchemy's own: func.max(Post.stars)",
    "Min": "SQLAlchemy's own: func.min(Post.stars)",
    "Subquery": "SQLAlchemy's own: select(func.count(Comment.id)).where(...).scalar_subquery()",
    "OuterRef": "SQLAlchemy's own: select(func.count(Comment.id)).where(...).scalar_subquery()",
    "Exists": "SQLAlchemy's own: exists().where(Comment.post_id == Post.id), or Post.comments.any()",
    "Case": 'SQLAlchemy\'s own: case((Post.stars > 3, "good"), else_="fair")',
    "When": 'SQLAlchemy\'s own: case((Post.stars > 3, "good"), else_="fair")',
    "Value": "the value itself; SQLAlchemy's literal(value) where a column must stand",
    "Prefetch": "SQLAlchemy's own: select(Post).options(selectinload(Post.comments.and_(Comment.shown)))",
    "GenericForeignKey": "a belongs_to for each kind, which the database can hold to; or a common base class",
    "Relationship": "belongs_to, has_many or many_to_many: author: Mapped[User] = belongs_to()",
    "create_engine": "Database: app.use(Database(url)); a handler asks for db: DB",
    "Session": "DB: a handler asks for db: DB",
    "select": "from sqlalchemy import select",
    "func": "from sqlalchemy import func",
    "sessionmaker": "DB or AsyncDB, which a handler asks for: def show(db: DB)",
}
"""By the name that is imported from `demijohn.database`."""


def missing_name(name: str) -> NoReturn:
    """Raise the error of a name that `demijohn.database` has not got, with what to write."""
    from demijohn.kernel.foreign import NAMES  # only a mistake pays for it

    instead = OF_THE_MODULE.get(name, NAMES.get(name))
    what = f"module 'demijohn.database' has no attribute {name!r}"
    if instead is None:
        raise AttributeError(what, name=name)
    raise ImportError(f"demijohn.database has no {name}. Instead: {instead}", name="demijohn.database")


def missing_attribute(thing: object, name: str) -> NoReturn:
    """Raise the AttributeError of a name that an object of a model has not got, with what to write."""
    kind = type(thing).__name__
    message = f"{kind!r} object has no attribute {name!r}"
    if name in OF_ITEMS:
        message += f". Write {OF_ITEMS[name].format(item=kind.lower())}"
    raise AttributeError(message, name=name, obj=thing)


def missing_verb(unit: object, name: str) -> NoReturn:
    """The same of a unit of work."""
    message = f"{type(unit).__name__!r} object has no attribute {name!r}"
    if name in OF_UNITS:
        message += f". Write {OF_UNITS[name]}"
    raise AttributeError(message, name=name, obj=unit)


def missing_of_battery(battery: object, name: str) -> NoReturn:
    """The same of the battery itself."""
    message = f"{type(battery).__name__!r} object has no attribute {name!r}"
    if name in OF_BATTERIES:
        message += f". Write {OF_BATTERIES[name]}"
    raise AttributeError(message, name=name, obj=battery)


class Elsewhere:
    """In a base class, a name that models of other libraries have: a model that has it too overrides it."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, item: object, model: type) -> Any:
        message = f"type object {model.__name__!r} has no attribute {self.name!r}"
        message += f". Write {OF_MODELS[self.name].format(model=model.__name__)}"
        raise AttributeError(message, name=self.name, obj=model)


def tell_missing(*units: Any) -> None:
    """Have classes of units of work answer for the names that they have not got."""
    for unit in units:
        unit.__getattr__ = missing_verb


def check_words(options: Mapping[str, Any], known: frozenset[str]) -> None:
    """Raise `SetupError` DMJ0516 for words that `field` does not take; what one database alone knows passes."""
    unknown = [name for name in options if name not in known and not name.startswith(_DATABASE_DIALECTS)]
    if not unknown:
        return
    fixes = [f"{name}: write {FIELD_WORDS[name]}" for name in unknown if name in FIELD_WORDS]
    raise SetupError(
        "DMJ0516",
        f"field() takes no {' or '.join(f'{name}=' for name in unknown)}.",
        fix="\n".join(fixes) or f"It takes: {', '.join(sorted(known - _SELDOM))}; and all of mapped_column.",
        where=Where.caller(),
    )


_SELDOM: Final = frozenset({
    "active_history", "autoincrement", "compare", "dataclass_metadata", "deferred", "deferred_group",
    "deferred_raiseload", "doc", "hash", "info", "insert_default", "key", "kw_only", "onupdate", "quote", "repr",
    "server_default", "server_onupdate", "sort_order", "system", "use_existing_column",
})  # fmt: skip


def check_positional(args: tuple[Any, ...]) -> None:
    """Raise `SetupError` DMJ0516 for a plain value by position, which could mean anything."""
    for value in args:
        if isinstance(value, int | float):
            raise SetupError(
                "DMJ0516",
                f"field({value!r}) does not say what {value!r} is.",
                fix=f"Name it: field(max_length={value!r}), or field(default={value!r}).",
                where=Where.caller(),
            )


def check_class_body(cls: type, options: Mapping[str, Any]) -> None:
    """Raise `SetupError` DMJ0517 for a Django `class Meta`, and for SQLModel's `table=True`."""
    if "table" in options:
        raise SetupError(
            "DMJ0517",
            f"class {cls.__name__}(..., table=True): every model has a table.",
            fix=f"Leave table= out. What is sent of it is a class of its own: "
            f"class {cls.__name__}Out(Schema, model={cls.__name__})",
            where=Where.of(cls),
        )
    meta = cls.__dict__.get("Meta")
    if not isinstance(meta, type):
        return
    words = [name for name in vars(meta) if not name.startswith("_")]
    fixes = [f"{name}: {META_WORDS[name]}" for name in words if name in META_WORDS]
    raise SetupError(
        "DMJ0517",
        f"{cls.__name__} has a class Meta ({', '.join(words) or 'empty'}), which nothing reads.",
        fix="\n".join(["Take it out, and write:", *fixes]) if fixes else "Take it out.",
        where=Where.of(cls),
    )


_PLAIN_VALUES: Final = (
    str, int, float, bytes, list, dict, set, tuple, decimal.Decimal, uuid.UUID, dt.date, dt.time, dt.timedelta,
    enum.Enum, type(None),
)  # fmt: skip


def check_default(cls: type, name: str, value: Any) -> None:
    """Raise `SetupError` DMJ0518 for a value where a field belongs: SQLAlchemy would drop it and say nothing."""
    if not isinstance(value, _PLAIN_VALUES):
        return
    shared = isinstance(value, list | dict | set)
    fix = f"default_factory={type(value).__name__}" if shared else f"default={value!r}"
    raise SetupError(
        "DMJ0518",
        f"{cls.__name__}.{name} = {value!r} is a value where a field belongs.",
        fix=f"Write {name}: Mapped[...] = field({fix})",
        where=Where.of(cls),
    )


_UNMAPPED: Final = re.compile(r"Type annotation for \"[^\"]*?(\w+)\"")
_UNKNOWN_TYPE: Final = re.compile(r"Python type indicated by '(.+)' inside the Mapped\[\] annotation for the '(\w+)'")


def annotation_error(cls: type, error: Exception) -> SetupError | None:
    """SQLAlchemy's complaint about an annotation with the line to write; `None` if it is about something else."""
    unmapped, unknown = _UNMAPPED.search(str(error)), _UNKNOWN_TYPE.search(str(error))
    if unmapped is not None:
        name = unmapped[1]
        written = cls.__annotations__.get(name, "...")
        shown = written if isinstance(written, str) else getattr(written, "__name__", "...")
        return SetupError(
            "DMJ0500",
            f"{cls.__name__}.{name} has no type that its table could be made of.",
            fix=f"Write {name}: Mapped[{shown}] = field()\nor, for what is no column, {name}: ClassVar[{shown}]",
            where=Where.of(cls),
        )
    if unknown is not None:
        return SetupError(
            "DMJ0500",
            f"{cls.__name__}.{unknown[2]}: no column type is known for {unknown[1]}.",
            fix=f"Name one: {unknown[2]}: Mapped[...] = field(JSON()), with a type of sqlalchemy.\n"
            "If it is a model: belongs_to() for one, has_many() or many_to_many() for several.",
            where=Where.of(cls),
        )
    return None
