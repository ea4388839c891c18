"""`Field`: what a form says of a field beyond its type, and the types that say it of themselves."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Self, overload

from msgspec import Meta

from .habits import refuse_options

if TYPE_CHECKING:
    from .bound import BoundField
    from .form import Form


@dataclass(frozen=True, kw_only=True)
class Field:
    """How one field is shown and checked: beside its type, or in the class of a form, which goes before.

    `label`, `help`, `placeholder` and `autocomplete` are told to people and browsers. `widget` names a template in
    `forms/widgets/`, `template` one for the whole field; `attributes` are added to the input as they are. `choices`
    are values, a mapping from values to labels, or a function that gives either. `validators` take the value and
    raise ValueError; `error` is said in place of what the type's own rules say. `show_if` names a field that must be
    filled in, or maps fields to the values they must have, for this one to count; `required` asks for a value then.
    `accept` and `max_size` (bytes) are for files, `rows` is how many lines a textarea has. `form` is the form that each
    row of a model's relation has.

    >>> Field(label="E-mail", help="We never share it.").merged(Field(label="Mail")).label
    'Mail'
    """

    label: str | None = None
    help: str | None = None
    widget: str | None = None
    placeholder: str | None = None
    autocomplete: str | None = None
    attributes: Mapping[str, Any] | None = None
    template: str | None = None
    choices: Sequence[Any] | Mapping[Any, str] | type[enum.Enum] | Callable[[], Any] | None = None
    validators: Sequence[Callable[[Any], Any]] = ()
    error: str | None = None
    show_if: str | Mapping[str, Any] | None = None
    required: bool | None = None
    accept: str | None = None
    max_size: int | None = None
    rows: int | None = None
    form: type[Form[Any]] | None = None

    def __new__(cls, *given: object, **options: object) -> Self:
        """Only looks for what other frameworks call the options."""
        refuse_options(given, options, cls.__dataclass_fields__)
        return super().__new__(cls)

    def merged(self, over: Field) -> Field:
        """This, with what `over` says instead; the validators of both."""
        said = {
            one.name: getattr(over, one.name)
            for one in dataclasses.fields(over)
            if one.name != "validators" and getattr(over, one.name) is not None
        }
        return dataclasses.replace(self, **said, validators=(*self.validators, *over.validators))

    if TYPE_CHECKING:  # At run time a form takes its fields out of the class, and gives each bound to itself.

        @overload
        def __get__(self, form: Form[Any], kind: Any) -> BoundField: ...
        @overload
        def __get__(self, form: object, kind: Any) -> Field: ...
        def __get__(self, form: Any, kind: Any) -> Any: ...


# As browsers check <input type=email> (HTML, section 4.10.5.1.5), but with a dot in the host.
_EMAIL = (
    r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*\.[a-zA-Z][a-zA-Z0-9-]{0,61}[a-zA-Z0-9]$"
)
# A number that begins with 0 is octal to some programs and not to others: nobody knows whose address it is.
_URL = (
    r"^https?://(?!(?:[0-9]{1,9}\.){0,3}0[0-9]{1,9}(?:\.[0-9]{1,9}){0,3}(?:[:/?#]|$))"
    r"[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?(?::[0-9]{1,5})?(?:[/?#][!-~\u00a1-\U0010ffff]*)?$"
)

Email = Annotated[
    str, Meta(max_length=320, pattern=_EMAIL),
    Field(widget="email", autocomplete="email", error="Expected an e-mail address, such as ada@example.org."),
]  # fmt: skip
"""An e-mail address of at most 320 characters."""

URL = Annotated[
    str, Meta(max_length=2048, pattern=_URL),
    Field(widget="url", error="Expected a web address, such as https://example.org."),
]  # fmt: skip
"""A web address that begins with http:// or https://, of at most 2048 characters."""

Phone = Annotated[
    str, Meta(max_length=32, pattern=r"^\+?[0-9][0-9 ()./-]{3,}$"),
    Field(widget="tel", autocomplete="tel", error="Expected a telephone number, such as +44 20 7946 0018."),
]  # fmt: skip
"""A telephone number as people write it."""

Password = Annotated[str, Meta(max_length=4096), Field(widget="password")]
"""A password: what was typed is neither trimmed nor ever shown again."""

Accepted = Annotated[bool, Field(required=True)]
"""A box that must be ticked."""

Color = Annotated[
    str, Meta(pattern="^#[0-9a-fA-F]{6}$"), Field(widget="color", error="Expected a colour, such as #0c6b4d.")
]
"""A colour as `#rrggbb`."""

LongText = Annotated[str, Field(widget="textarea")]
"""A text of several lines."""

Markdown = Annotated[str, Field(widget="markdown")]
"""A text of several lines in Markdown."""
