"""A form's object: filled in from it, set from it, saved, and held to the version that its visitor saw."""

from __future__ import annotations

import datetime
import typing
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from msgspec import UNSET

from ...foundation.http.uploaded_file import UploadedFile
from ...kernel.schema import is_mapped
from .branches import Branch
from .parts import Part, planted
from .shapes import Shape
from .texts import text_of

if TYPE_CHECKING:
    from ...foundation.http.errors import UnprocessableContent
    from ...foundation.http.request import Request
    from .buttons import Pressed
    from .form import Form
    from .models.hanging import Apart
    from .models.rows import Rows
    from .models.undoing import Before

T = TypeVar("T")

VERSION = "_version"
"""Under which name the version is sent that a visitor saw."""


class ForObjects(Generic[T]):
    """What a form does with the object that it edits."""

    instance: T | None
    request: Request | None
    submitted: bool
    errors: dict[str, list[str]]
    pressed: Pressed | None
    seen_version: str
    _sent: Branch | None
    _sent_version: str | None
    _made: Any
    _object: Any
    _apart: Apart | None
    _before: Before | None

    if TYPE_CHECKING:

        @classmethod
        def shape(cls) -> Shape: ...
        def rows_of(self, part: Part) -> Rows: ...
        def say(self, key: str, **values: Any) -> str: ...
        def add_error(self, name: str, message: str) -> None: ...
        def as_error(self) -> UnprocessableContent: ...
        def require_valid(self) -> None: ...
        @property
        def valid(self) -> bool: ...
        @property
        def values(self) -> Mapping[str, Any]: ...

    def fill(self, instance: T) -> Self:
        """Show an object for editing, and take it for what `value` and `save` change; in async code
        `await db.run(form.fill, post)`, where its relations have still to be loaded.

        Of a model that counts its changes (`Versioned`), what was sent for another version is an error, which shows
        both values.
        """
        self.instance, self._apart = instance, None
        if self._sent is None:
            self._sent = planted(self.shape().parts, instance)
        self.hold_to(self._version())
        if not self.valid:
            self.leave_no_trace()
        return self

    # Versions -----------------------------------------------------------------------------------------------

    def _version(self) -> str:
        """The version of the object, if it is a row of a model that counts its changes."""
        if self.instance is None or not is_mapped(type(self.instance)):
            return ""
        from .models.versions import version_of

        return version_of(self.instance)

    def hold_to(self, version: str) -> None:
        """Have the form be of this version of its object: what was sent for another one is an error.

        `fill` does so by itself for models; this is for what else has versions, after it.
        """
        if not version:
            return
        # Of what was typed and not sent, the version is still the one that it was typed for.
        self.seen_version = version if self.submitted or self._sent_version is None else self._sent_version
        if self.submitted and self.pressed is None and self._sent_version not in (None, version):
            self._sent_version = None  # What it is now is shown; who sends it again has seen it.
            self._tell_changes()

    def overtaken(self) -> None:
        """Tell that the object was changed by somebody else while it was being saved; it has been read again."""
        self.seen_version = self._version()
        self._tell_changes()

    def _tell_changes(self) -> None:
        for name, text in list(self._changed_meanwhile()):
            self.add_error(name, self.say("changed_field", value=text) if text else self.say("changed_empty"))
        self.add_error("", self.say("changed"))

    def _changed_meanwhile(self) -> Iterator[tuple[str, str]]:
        """Each field whose value is another than what was typed, with the one that it has."""
        now = planted(self.shape().parts, self.instance)
        for name, value in self.values.items():
            part = self.shape().parts[name]
            if part.parts is not None or part.kind is UploadedFile or part.widget == "password":
                continue
            texts = now.texts.get(name, [])
            if sorted(texts) != sorted(part.texts_of(None if value is UNSET else value)):
                yield name, self._shown(part, texts)

    def _shown(self, part: Part, texts: list[str]) -> str:
        """Texts of a field as people read them."""
        if part.kind is bool:
            return self.say("yes" if texts == ["true"] else "no")
        chosen = part.choices or []
        if part.choice is not None:
            chosen = self.rows_of(part).shown(part.keys_in(texts), "")
        labels = {text_of(value): label for value, label in chosen}
        return ", ".join(labels.get(text, text) for text in texts)

    # Leaving no trace ---------------------------------------------------------------------------------------

    def leave_no_trace(self) -> None:
        """Keep what is not valid, or not yet, from being saved along with what the session has.

        A new object is taken off the lists that it hangs on, until it is asked for as `value` or saved; what was set
        on a row is set back.
        """
        if self._before is not None:
            self._before.restore()
            self._before = None
        item = self.instance if self._object is None else self._object
        if item is None or self._apart is not None or not is_mapped(type(item)):
            return
        from .models.hanging import Apart, is_new

        if is_new(item):
            self._apart = Apart(item)

    def as_set(self) -> Before | None:
        """The values of a row that `value` has set, with what its handler has changed since; None if it has not."""
        return None if self._before is None else self._held_of(self._before.item)

    def _held_of(self, item: Any) -> Before:
        from .models.undoing import Before

        return Before(
            item, {name: part for name, part in self.shape().parts.items() if self.values.get(name) is not UNSET}
        )

    def rolled_back(self) -> None:
        """Note that what was set is undone already."""
        self._before = None

    # Setting ------------------------------------------------------------------------------------------------

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
                added = part.children.apply(item, rows, self._set_to)
                if self._before is not None and self._before.item is item:
                    self._before.added += added

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
            from ..database import construct  # where there are models, so is their battery

            self._object = construct(model, self._settable())  # What the form does not ask for, its handler sets.
            self._apply_children(self._object)
        self._join(self._object)
        return self._object

    def _join(self, item: Any) -> None:
        if self._apart is not None and self._apart.item is item:
            self._apart.join()
            self._apart = None

    def apply(self, item: Any) -> Any:
        """Set the form's fields on an object, and give it back; only fields of the form are ever set."""
        if self.errors or self._made is None:
            raise self.as_error()
        if self._before is not None and self._before.item is item:
            return item  # What its handler has changed since stays, and rows are added once.
        values = self._settable()
        if self._before is None and is_mapped(type(item)):
            self._before = self._held_of(item)
        for attribute, value in values.items():
            setattr(item, attribute, value)
        self._apply_children(item)
        self._join(item)
        return item

    def save(self, db: Any = None, /, *, commit: bool = True) -> T | None:
        """Save the form's object: a new one, or the instance that it edits; in async code `await db.run(form.save)`.

        What the database refuses (a name that is taken) becomes an error of the form: then the answer is None, and
        nothing but this is undone.
        """
        if db is None or not commit:
            raise TypeError("A form is saved by a unit of work, form.save(db). Its object alone is form.value.")
        from .models.saving import save

        self.require_valid()
        return typing.cast("T | None", save(typing.cast("Form[Any]", self), db))
