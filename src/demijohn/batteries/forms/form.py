"""`Form[T]`: what was sent for a type, what is wrong with it, and how it is shown again."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

import msgspec
from msgspec import UNSET

from ...foundation.errors import SetupError, Where
from ...foundation.http.errors import UnprocessableContent
from ...foundation.http.forms import UploadedFile
from ...foundation.http.request import Request
from ...kernel.schema import is_mapped, is_pydantic, is_schema, name_of
from .branches import Branch, grow
from .buttons import CHECK, Pressed, press
from .checks import check_record
from .choices import wanted_keys
from .fields import Field
from .parts import Part, planted
from .shapes import Shape, settle, shape_of
from .showing import Shown

if TYPE_CHECKING:
    from .models.rows import Rows

T = TypeVar("T")

_MADE: dict[Any, type[Form[Any]]] = {}


class Form(Shown, Generic[T]):
    """A form for a type: `form: Form[PostIn]` in a handler, then `form.valid`, `form.value`, `{{ form }}`.

    A subclass says more: `Field`s by name; `validate_<name>(self, value)`, which raises ValueError or may return what
    to take instead; and `validate(self)`, when all fields are right. For a model, `fields` names those that visitors
    may set.

    * `method` is "post", or "get" for a form that is read from the query; `action` where it goes, else here.
    * `submit` is the text of the button, `back` that of one that sends the form without meaning it, if there is one.
    * `live` has fields checked by the server as soon as they are left.
    * `template` shows the whole form and `field_template` each field, in place of `forms/form.html` and
      `forms/field.html`.
    """

    __provided_by__ = "demijohn.forms:Forms"

    fields: ClassVar[Sequence[str] | None] = None
    method: ClassVar[str] = "post"
    template: ClassVar[str] = "forms/form.html"
    field_template: ClassVar[str] = "forms/field.html"
    live: ClassVar[bool] = False
    action: str = ""
    submit: str = "Save"
    back: str = ""
    id: str = "form"

    _schema: ClassVar[Any] = None
    _shape: ClassVar[Shape | None] = None
    _over: ClassVar[dict[str, Field]] = {}
    _hooks: ClassVar[tuple[str, ...]] = ()

    if not TYPE_CHECKING:

        def __class_getitem__(cls, schema: Any) -> Any:
            """`Form[PostIn]` is a class, so that everything may be asked of it before there is a form."""
            if isinstance(schema, TypeVar) or cls is not Form:
                return super().__class_getitem__(schema)
            made = _MADE.get(schema)
            if made is None:
                name = f"Form[{name_of(schema)}]"
                made = _MADE[schema] = type(name, (Form,), {"_schema": schema, "__module__": __name__})
            return made

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        for name in own:
            delattr(cls, name)  # so that `form.title` is the field bound to a form, and `form.errors` stays what it is
        cls._over = {**cls._over, **own}
        cls._shape = None

    def __new__(cls, *arguments: Any, **_: Any) -> Self:
        """Only looks for what FastAPI's `Form()` is, which has nothing to do with this."""
        if cls is Form or arguments:
            raise TypeError(
                "Form is for a whole form, form: Form[PostIn]. One field of a form is a parameter:"
                " title: Annotated[str, FormField()]."
            )
        return super().__new__(cls)

    def __init__(self, *, instance: T | None = None, initial: Mapping[str, Any] | None = None, db: Any = None) -> None:
        self.instance: T | None = instance
        self.db = db
        self.submitted = False
        self.errors: dict[str, list[str]] = {}
        self.request: Request | None = None
        self.pressed: Pressed | None = None
        self.is_json = False
        self.searches: dict[str, str] = {}
        self.tokens: dict[int, str] = {}
        self._made: Any = None
        self._object: Any = None
        self._rows: dict[Part, Rows] = {}
        self._initial = initial
        self._sent: Branch | None = None

    # What was sent ------------------------------------------------------------------------------------------

    @classmethod
    def shape(cls) -> Shape:
        """The parts that the form is made of; SetupError for a type that makes no form."""
        if cls._shape is None:
            shape = _make_shape(cls)
            # Asked of the class once: an instance would look for a field of that name first.
            cls._hooks = tuple(name for name in shape.parts if hasattr(cls, f"validate_{name}"))
            cls._shape = shape
        return cls._shape

    @classmethod
    def parse(cls, data: Mapping[str, Any], *, instance: Any = None, db: Any = None) -> Self:
        """A form of plain values, as JSON has them, by the same rules as one that was sent by a browser.

        A form with rows to choose from needs the `db` that has them.
        """
        form = cls(instance=instance, db=db)
        form.take(data)
        return form

    def take(self, data: Any) -> None:
        """Take plain values for what was sent."""
        self.submitted = self.is_json = True
        if not isinstance(data, Mapping):
            self.errors = {"": ["Expected an object."]}
            return
        value, self.errors = self.shape().read(dict(data))
        self._sent = Branch() if self.errors else planted(self.shape().parts, value)
        self._finish(value)

    @classmethod
    def parse_texts(
        cls, texts: Mapping[str, Any] | Iterable[tuple[str, str]], *, instance: Any = None, db: Any = None
    ) -> Self:
        """A form of texts by name, as a browser or a command line sends them: `{"title": "Hello"}`."""
        form = cls(instance=instance, db=db)
        pairs: Iterable[Any] = texts.items() if isinstance(texts, Mapping) else texts
        form.receive([(str(name), str(text)) for name, text in pairs])
        return form

    def receive(
        self, texts: Iterable[tuple[str, str]], files: Iterable[tuple[str, UploadedFile]] = (), *, check: bool = False
    ) -> None:
        """Take what was sent: texts and files by their names. `check` only looks what is wrong with it."""
        shape = self.shape()
        texts = list(texts)
        self.submitted = True
        self._sent = sent = grow(shape.parts, texts, files)
        self.pressed = Pressed(CHECK, "") if check else press(shape.parts, sent, texts)
        if self.pressed is not None and not check:
            self.searches = {name.removesuffix("._q"): text for name, text in texts if name.endswith("._q")}
            return
        if shape.is_deep and not check:
            settle(shape.parts, sent)
        value, self.errors = shape.make(sent)
        self._finish(value)

    def _finish(self, value: Any) -> None:
        """Check what the types do not say, then ask the class's own methods; `value` has at least what is right."""
        shape = self.shape()
        self._made = value
        check_record(shape.checked, value, "", self.errors)
        if shape.has_choices:
            self._check_choices(value)
        changed: dict[str, Any] = {}
        for name in self._hooks:
            part, values = shape.parts[name], self.values
            if name not in values:
                continue
            try:
                taken = getattr(self, f"validate_{name}")(values[name])
            except ValueError as error:
                self.add_error(name, str(error))
            else:
                if taken is not None:
                    changed[part.attribute] = taken
        if changed:
            self._made = _replaced(value, changed)
        if not self.errors:
            try:
                self.validate()
            except ValueError as error:
                self.add_error("", str(error))

    def _check_choices(self, value: Any) -> None:
        """One question to the database for each field with a `KeyOf`, however many rows the form has."""
        wanted = list(wanted_keys(self.shape().parts.values(), value))
        for part in dict.fromkeys(part for part, _, _ in wanted):
            keys = [key for other, _, chosen in wanted if other is part for key in chosen]
            found = self.rows_of(part).with_keys(keys)
            for other, name, chosen in wanted:
                if other is part and any(key not in found for key in chosen):
                    self.add_error(name, "This is not one of the choices.")

    def rows_of(self, part: Part) -> Rows:
        """The rows that may be chosen in a field; RuntimeError for a form that has no database to ask."""
        rows = self._rows.get(part)
        if rows is None:
            assert part.choice is not None
            if self.db is None:
                raise RuntimeError(
                    f"{type(self).__name__}.{part.name} is chosen from a table, and the form was made without a"
                    f" database: {type(self).__name__}(db=db)."
                )
            from .models.rows import Rows

            rows = self._rows[part] = Rows(part.choice, self.db, self.request)
        return rows

    def validate(self) -> None:
        """Check fields against each other: called when each is right by itself; ValueError is said of the form."""

    def add_error(self, name: str, message: str) -> None:
        """Say that something is wrong with a field, or with the whole form for the name ""."""
        self.errors.setdefault(name, []).append(message)

    @property
    def valid(self) -> bool:
        """Whether something was sent, and all of it is right."""
        return self.submitted and not self.errors and self.pressed is None

    @property
    def failed(self) -> bool:
        """Whether something was sent, and not all of it is right."""
        return self.submitted and bool(self.errors)

    @property
    def value(self) -> T:
        """What was sent, as the form's type; for a model a new object, or the instance with the values applied.

        Raises UnprocessableContent, which answers the request, where the form is not valid.
        """
        if self.errors or self._made is None:
            raise self.as_error()
        shape = self.shape()
        if shape.model is None:
            return typing.cast("T", self._made)
        return typing.cast("T", self._new(shape.model) if self.instance is None else self.apply(self.instance))

    @property
    def values(self) -> dict[str, Any]:
        """The values of the fields by name: all that are right, so far."""
        if self._made is None:
            return {}
        made, parts = self._made, self.shape().parts.items()
        if isinstance(made, dict):
            return {name: made[name] for name, _ in parts if name in made and name not in self.errors}
        return {name: getattr(made, part.attribute, None) for name, part in parts if name not in self.errors}

    def require_valid(self) -> None:
        """Raise UnprocessableContent, with every problem, unless the form is valid."""
        if not self.valid:
            raise self.as_error()

    def as_error(self) -> UnprocessableContent:
        """The form's errors as problem details."""
        problems = [
            {"where": f"body.{name}" if name else "body", "message": message}
            for name, messages in self.errors.items()
            for message in messages
        ]
        return UnprocessableContent(
            "The form is not valid." if self.submitted else "Nothing was sent.", errors=problems
        )

    # Models -------------------------------------------------------------------------------------------------

    def fill(self, instance: T) -> Self:
        """Show an object for editing, and take it for what `value` and `save` change; in async code
        `await db.run(form.fill, post)`, where its relations have still to be loaded.
        """
        self.instance = instance
        if self._sent is None:
            self._sent = planted(self.shape().parts, instance)
        return self

    def _settable(self) -> dict[str, Any]:
        values, parts = self.values.items(), self.shape().parts
        return {
            name: self._set_to(parts[name], value)
            for name, value in values
            if value is not UNSET and parts[name].children is None
        }

    def _apply_children(self, item: Any) -> None:
        for name, part in self.shape().parts.items():
            rows = self.values.get(name, UNSET)
            if part.children is not None and rows is not UNSET:
                part.children.apply(item, rows, self._set_to)

    def _set_to(self, part: Part, value: Any) -> Any:
        """What an attribute is set to: the rows that keys stand for, a time in UTC where the visitor said no zone."""
        if part.is_relation:
            keys = value if part.many else [] if value is None else [value]
            found = list(self.rows_of(part).with_keys(keys).values())
            return part.collect(found) if part.many else found[0] if found else None
        if part.aware and isinstance(value, datetime.datetime) and value.tzinfo is None:
            return value.replace(tzinfo=datetime.UTC)
        return value

    def _new(self, model: Any) -> Any:
        if self._object is None:
            self._object = model(**self._settable())
            self._apply_children(self._object)
        return self._object

    def apply(self, item: Any) -> Any:
        """Set the form's fields on an object, and give it back; only fields of the form are ever set."""
        if self.errors or self._made is None:
            raise self.as_error()
        for attribute, value in self._settable().items():
            setattr(item, attribute, value)
        self._apply_children(item)
        return item

    def save(self, db: Any, /) -> T | None:
        """Save the form's object: a new one, or the instance that it edits; in async code `await db.run(form.save)`.

        What the database refuses (a name that is taken) becomes an error of the form: then the answer is None, and
        nothing but this is undone.
        """
        from .models.saving import save

        self.require_valid()
        return typing.cast("T | None", save(self, db))

    def __repr__(self) -> str:
        state = "valid" if self.valid else "not valid" if self.submitted else "blank"
        return f"<{type(self).__name__} {state}>"


def _make_shape(cls: type[Form[Any]]) -> Shape:
    schema = _schema_of(cls)
    written = schema if cls in _MADE.values() else cls  # a class, unless there is Form[list[str]]
    where: Any = Where.of(written) if isinstance(written, type) and typing.get_origin(written) is None else ()
    if schema is None:
        raise SetupError(
            "DMJ0580", f"{cls.__name__} does not say what it is a form for.", where=where,
            fix="Name the type: form: Form[PostIn], or class PostForm(Form[PostIn]).",
        )  # fmt: skip
    if is_mapped(schema):
        from .models.shape import shape_of_model  # SQLAlchemy is there already, where there are models

        return shape_of_model(schema, cls.fields, cls._over, where)
    if is_pydantic(schema) or not is_schema(schema):
        raise SetupError(
            "DMJ0580", f"Form[{name_of(schema)}]: {name_of(schema)} is no type that a form could be made for.",
            where=where,
            fix="Form[T] is for a Schema, a dataclass, an attrs class, a TypedDict or a model.",
        )  # fmt: skip
    return shape_of(schema, cls._over, where)


def _schema_of(cls: type) -> Any:
    for base in cls.__mro__:
        schema = vars(base).get("_schema")
        if schema is not None:
            return schema
        for written in getattr(base, "__orig_bases__", ()) if "__orig_bases__" in vars(base) else ():
            arguments = typing.get_args(written)
            if (
                arguments
                and not isinstance(arguments[0], TypeVar)
                and issubclass(typing.get_origin(written) or object, Form)
            ):
                return arguments[0]
    return None


def _replaced(value: Any, changed: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {**value, **changed}
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **changed)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(value, **changed)
    made = copy.copy(value)
    for name, one in changed.items():
        setattr(made, name, one)
    return made
