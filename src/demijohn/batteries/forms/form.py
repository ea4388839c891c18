"""`Form[T]`: what was sent for a type, what is wrong with it, and how it is shown again."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from ...foundation.errors import Where
from ...foundation.http.errors import UnprocessableContent
from ...foundation.http.request import Request
from ...foundation.http.uploaded_file import UploadedFile
from ...kernel.schema import name_of
from .branches import Branch, grow
from .buttons import CHECK, Pressed, press
from .checks import check_record
from .choices import wanted_keys
from .fields import Field
from .habits import refuse_foreign
from .making import make_shape, replaced
from .objects import VERSION, ForObjects
from .parts import Part, planted
from .prefixes import require_prefix
from .shapes import Shape, settle
from .showing import Shown

if TYPE_CHECKING:
    from .models.rows import Rows

T = TypeVar("T")

_MADE: dict[Any, type[Form[Any]]] = {}


class Form(Shown, ForObjects[T], Generic[T]):
    """A form for a type: `form: Form[PostIn]` in a handler, then `form.valid`, `form.value`, `{{ form }}`.

    A subclass says more: `Field`s by name; `validate_<name>(self, value)`, which raises ValueError or may return what
    to take instead; and `validate(self)`, when all fields are right. For a model, `fields` names those that visitors
    may set.

    * `method` is "post", or "get" for a form that is read from the query; `action` where it goes, else here.
    * `prefix` stands before its names, `prefix.title`, where there are several forms on a page.
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
    prefix: str = ""
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
        require_prefix(cls.prefix, cls)

    def __new__(cls, *arguments: Any, **options: Any) -> Self:
        """Only looks for what FastAPI's `Form()` is, which has nothing to do with this, and for forms made by hand."""
        own = cls.__init__ is not Form.__init__  # which may take what it wants
        if cls is not Form and not own and (arguments or not options.keys() <= {"instance", "initial", "db", "prefix"}):
            raise TypeError(
                f"{cls.__name__} is given to the handler, with what was sent: def new(form: {cls.__name__})."
                f" In a test it is {cls.__name__}.parse_texts({{...}})."
            )
        if cls is Form:
            raise TypeError(
                "Form is for a whole form, form: Form[PostIn]. One field of a form is a parameter:"
                " title: Annotated[str, FormField()]."
            )
        return super().__new__(cls)

    def __init__(
        self,
        *,
        instance: T | None = None,
        initial: Mapping[str, Any] | None = None,
        db: Any = None,
        prefix: str | None = None,
    ) -> None:
        self.instance: T | None = instance
        self.db = db
        if prefix is not None:
            require_prefix(prefix, type(self))
            self.prefix = prefix
        if self.prefix and self.id == Form.id:
            self.id = f"{self.id}-{self.prefix}"  # as there may be another form on the page
        self.submitted = False
        self.errors: dict[str, list[str]] = {}
        self.request: Request | None = None
        self.pressed: Pressed | None = None
        self.is_json = False
        self.searches: dict[str, str] = {}
        self.brought: list[tuple[str, UploadedFile]] = []
        self.tokens: dict[int, str] = {}
        self.seen_version = self._version()
        self._sent_version: str | None = None
        self._made: Any = None
        self._object: Any = None
        self._apart, self._before = None, None
        self._rows: dict[Part, Rows] = {}
        self._initial = initial
        self._sent: Branch | None = None
        if instance is not None:
            self.leave_no_trace()

    # What was sent ------------------------------------------------------------------------------------------

    @classmethod
    def shape(cls) -> Shape:
        """The parts that the form is made of; SetupError for a type that makes no form."""
        if cls._shape is None:
            schema = _schema_of(cls)
            written = schema if cls in _MADE.values() else cls  # a class, unless there is Form[list[str]]
            shape = make_shape(schema, cls.fields, cls._over, written, cls.__name__)
            refuse_foreign(cls, shape.parts, Where.of(cls))
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
            self.add_error("", "Expected an object.")
            return
        self._sent_version = str(data[VERSION]) if VERSION in data else None
        value, self.errors = self.shape().read({name: one for name, one in data.items() if name != VERSION})
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
        """Take what was sent: texts and files by the form's own names. `check` only looks what is wrong with it."""
        shape = self.shape()
        texts = list(texts)
        self.submitted, self.brought = True, list(files)
        self._sent_version = next((text for name, text in texts if name == VERSION), None)
        self._sent = sent = grow(shape.parts, texts, self.brought)
        self.pressed = Pressed(CHECK, "") if check else press(shape.parts, sent, texts)
        if self.pressed is not None and not check:
            self.searches = {name.removesuffix("._q"): text for name, text in texts if name.endswith("._q")}
            return
        if shape.is_deep and not check:
            settle(shape.parts, sent)
        value, self.errors = shape.make(sent)
        self._finish(value)

    def show_typed(self, texts: Iterable[tuple[str, str]], files: Iterable[tuple[str, UploadedFile]] = ()) -> None:
        """Show what was typed, and not sent: in a form that stood beside the one that was."""
        texts = list(texts)
        self._sent_version = next((text for name, text in texts if name == VERSION), None)
        self._sent = grow(self.shape().parts, texts, files)

    def _finish(self, value: Any) -> None:
        """Check what the types do not say, then ask the class's own methods; `value` has at least what is right."""
        shape = self.shape()
        self._made = value
        check_record(shape.checked, value, "", self.errors)
        if shape.has_choices:
            self._check_choices(value)
        if self.errors and self.own_words:
            self.errors = {name: [self.resay(one) for one in told] for name, told in self.errors.items()}
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
            self._made = replaced(value, changed)
        if not self.errors:
            try:
                self.validate()
            except ValueError as error:
                self.add_error("", str(error))
        if self.instance is not None:
            self.hold_to(self._version())

    def _check_choices(self, value: Any) -> None:
        """One question to the database for each field with a `KeyOf`, however many rows the form has."""
        wanted = list(wanted_keys(self.shape().parts.values(), value))
        for part in dict.fromkeys(part for part, _, _ in wanted):
            keys = [key for other, _, chosen in wanted if other is part for key in chosen]
            found = self.rows_of(part).with_keys(keys)
            for other, name, chosen in wanted:
                if other is part and any(key not in found for key in chosen):
                    self.errors.setdefault(name, []).append("This is not one of the choices.")

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
        self.errors.setdefault(name, []).append(self.resay(message))
        if self._object is not None or self._before is not None or self.instance is not None:
            self.leave_no_trace()

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
            {"where": f"body.{self.named(name)}".removesuffix("."), "message": message}
            for name, messages in self.errors.items()
            for message in messages
        ]
        return UnprocessableContent(
            "The form is not valid." if self.submitted else "Nothing was sent.", errors=problems
        )

    def __repr__(self) -> str:
        state = "valid" if self.valid else "not valid" if self.submitted else "blank"
        return f"<{type(self).__name__} {state}>"


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
