"""How a form is shown: its fields by name, its pieces as markup, and what can be chosen in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from ...foundation.http.request import Request
from ...foundation.http.uploaded_file import UploadedFile
from ...foundation.markup import Markup
from ...kernel.markers import MISSING
from ...kernel.messages import Messages
from .bound import BoundField, BoundGroup, BoundPart, BoundRows, bound
from .branches import Branch
from .habits import HABITS
from .messages import resaid, said, words_of
from .parts import Part, planted
from .rendering import rendered, take_assets
from .shapes import Shape

if TYPE_CHECKING:
    from .models.rows import Rows


class Shown:
    """What templates ask of a form."""

    template: ClassVar[str]
    prefix: str
    errors: dict[str, list[str]]
    request: Request | None
    searches: dict[str, str]
    _sent: Branch | None
    _initial: Mapping[str, Any] | None
    _words: tuple[Request | None, Messages] | None = None

    if TYPE_CHECKING:
        instance: Any

        @classmethod
        def shape(cls) -> Shape: ...
        def rows_of(self, part: Part) -> Rows: ...

    def named(self, path: str) -> str:
        """The name that is sent for a part of the form: `login.title` in one with the prefix `login`."""
        return f"{self.prefix}.{path}" if self.prefix else path

    def say(self, key: str, **values: Any) -> str:
        """A message of forms by its key, in the app's own words if it has some."""
        return said(key, self.own_words, **values)

    def resay(self, text: str) -> str:
        """A text of ours in the app's own words, if it has some; any other text as it is."""
        return resaid(text, self.own_words)

    @property
    def own_words(self) -> Messages:
        """The app's own messages for whoever sent the request: asked for once."""
        if self._words is None or self._words[0] is not self.request:
            self._words = self.request, words_of(self.request)
        return self._words[1]

    @property
    def sent(self) -> Branch:
        """What the fields show: what was sent, else the instance, else what they start with."""
        if self._sent is None:
            shown: Any = self.instance
            if self._initial is not None:
                shown = dict(self._initial)
            self._sent = planted(self.shape().parts, shown)
        return self._sent

    def __getitem__(self, name: str) -> BoundPart:
        part = self.shape().parts.get(name)
        if part is None:
            raise KeyError(f"The form has no field {name!r}. It has: {', '.join(self.shape().parts)}.")
        return bound(cast("Any", self), part, self.sent, name)

    def __getattr__(self, name: str) -> BoundField:
        if not name.startswith("_"):
            try:
                return cast("BoundField", self[name])
            except KeyError as error:
                habit = HABITS.get(name)
                told = f"A form has no {name!r}. Instead: {habit}" if habit else error.args[0]
                raise AttributeError(told, name=name, obj=self) from None
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.", name=name, obj=self)

    def __iter__(self) -> Iterator[BoundPart]:
        return (self[name] for name in self.shape().parts)

    def __contains__(self, name: object) -> bool:
        return name in self.shape().parts

    def find(self, path: str) -> BoundPart | None:
        """The part at a path such as `items.0.price`, or the nearest one around it; None where nothing is."""
        first, *rest = path.split(".")
        if first not in self:
            return None
        found = self[first]
        for name in rest:
            inner = found.find(name)
            if inner is None:
                break
            found = inner
        return found

    def takes_file(self, path: str) -> bool:
        """Whether a file may be sent under a name of the form's own."""
        parts: Mapping[str, Part] = self.shape().parts
        *way, last = [piece for piece in path.split(".") if not piece.isdecimal()] or [""]
        for piece in way:
            inner = parts[piece].parts if piece in parts else None
            if inner is None:
                return False
            parts = inner
        return last in parts and parts[last].kind is UploadedFile

    @property
    def has_buttons(self) -> bool:
        """Whether other buttons stand before the one that sends the form, so that Enter would press one of them."""
        return any(part.repeated or part.parts or part.choice for part in self.shape().parts.values())

    @property
    def wants_assets(self) -> bool:
        """Whether the form brings its style sheet and script: once per page, unless `Forms(assets=False)`."""
        return take_assets(self.request)

    def options_of(self, field: BoundField) -> list[tuple[str, str]]:
        """What can be chosen in a field: the texts that are sent, with their labels."""
        part = field.part
        chosen = part.choices or []
        if part.choice is not None:
            chosen = self.rows_of(part).shown(part.keys_in(field.texts), self.searches.get(field.path, ""))
        listed = [(text, label) for value, label in chosen for text in part.texts_of([value] if part.many else value)]
        needs_none = part.widget == "select" and not part.many and (part.optional or part.initial is MISSING)
        return [("", ""), *listed] if needs_none else listed

    def load_choices(self) -> None:
        """Ask the database now for what a page will show, where it cannot be asked later."""
        for field in self.leaves():
            if field.part.choice is not None:
                self.options_of(field)

    def leaves(self, within: Iterable[BoundPart] | None = None) -> Iterator[BoundField]:
        """All fields, those inside of records and rows too."""
        for one in self if within is None else within:
            if isinstance(one, BoundField):
                yield one
            elif isinstance(one, BoundRows):
                yield from self.leaves([*one.rows, one.blank])
            elif isinstance(one, BoundGroup):
                yield from self.leaves(one)

    def is_searched(self, field: BoundField) -> bool:
        """Whether a field has more rows than a list could show."""
        return field.part.choice is not None and self.rows_of(field.part).are_many

    @property
    def is_multipart(self) -> bool:
        """Whether the form has a field for files."""
        return self.shape().has_files

    @property
    def opening(self) -> Markup:
        """The opening tag, and what stands before the fields."""
        return self._rendered("forms/opening.html")

    @property
    def closing(self) -> Markup:
        """The button, and the closing tag."""
        return self._rendered("forms/closing.html")

    @property
    def summary(self) -> Markup:
        """All errors, with links to their fields; it takes the focus when the page comes."""
        return self._rendered("forms/summary.html")

    @property
    def mistakes(self) -> list[tuple[str, str, str]]:
        """Each error as (id of the field, label, message); the id is empty for those of the whole form."""
        found = []
        for name in sorted(self.errors, key=self._place_of):
            field = self.find(name)
            for message in self.errors[name]:
                found.append((field.focus if field else "", field.label if field else "", message))
        return found

    def _place_of(self, path: str) -> tuple[int, ...]:
        """Where a part stands in the page, for sorting; the form itself goes first."""
        parts: Mapping[str, Part] | None = self.shape().parts
        place = []
        for name in path.split("."):
            if name.isdecimal():
                place.append(int(name))
            elif parts is not None and name in parts:
                place.append(list(parts).index(name))
                parts = parts[name].parts
        return tuple(place)

    def _rendered(self, template: str) -> Markup:
        return rendered(template, {"form": self}, self.request)

    def __html__(self) -> Markup:
        return self._rendered(self.template)

    def __str__(self) -> str:
        return self.__html__()
