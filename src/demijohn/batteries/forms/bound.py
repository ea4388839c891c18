"""Fields of one form, as templates show them: names and ids, texts and errors, inputs and options."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from ...foundation.http.uploaded_file import UploadedFile
from ...foundation.markup import Markup, escape
from .branches import Branch
from .habits import FIELDS
from .kept import kept_token
from .parts import Part, planted, type_of
from .rendering import rendered
from .shapes import is_shown, wanted_texts

if TYPE_CHECKING:
    from .form import Form


class BoundPart:
    """A part of a form at its `path`, such as `title` or `items.0`: what stands there, and its `errors`.

    `name` is what is sent for it: the path behind the form's prefix, if it has one.
    """

    def __init__(self, form: Form[Any], part: Part, branch: Branch, path: str) -> None:
        self.form = form
        self.part = part
        self.branch = branch
        self.path = path
        self.name = form.named(path)

    @property
    def id(self) -> str:
        """The id of its element."""
        return f"{self.form.id}-{self.path.replace('.', '-')}"

    @property
    def focus(self) -> str:
        """The id of what takes the focus for it."""
        return self.id

    @property
    def label(self) -> str:
        """What it is called."""
        return self.part.label

    @property
    def help(self) -> str:
        """What is told about it."""
        return self.part.help

    @property
    def errors(self) -> list[str]:
        """What is wrong with it."""
        return self.form.errors.get(self.path, [])

    @property
    def described_by(self) -> str:
        """The ids of its errors and help, for `aria-describedby`."""
        errors = f"{self.id}-errors" if self.errors or self.form.live else ""
        return " ".join(one for one in (errors, f"{self.id}-help" if self.help else "") if one)

    @property
    def condition(self) -> str:
        """When it is shown, as JSON for the script; empty for always."""
        wanted = self.part.options.show_if
        if wanted is None:
            return ""
        start = self.name[: -len(self.part.name)]
        if isinstance(wanted, str):
            return json.dumps({start + wanted: None})
        parts = self.siblings
        return json.dumps({start + name: wanted_texts(parts[name], value) for name, value in wanted.items()})

    @property
    def siblings(self) -> Mapping[str, Part]:
        """The parts of the record that it is in."""
        parts = self.form.shape().parts
        for step in self.path.split(".")[:-1]:
            part = parts.get(step)
            if part is not None and part.parts is not None:
                parts = part.parts
        return parts

    @property
    def is_shown(self) -> bool:
        """Whether it counts, by what the field that it depends on has."""
        return is_shown(self.part, self.branch, self.siblings)

    def find(self, name: str) -> BoundPart | None:
        """What is inside of it under a name."""
        return None

    def rendered(self, template: str) -> Markup:
        """A template with this as `field`."""
        return rendered(template, {"form": self.form, "field": self}, self.form.request)

    template = "forms/field.html"

    def __html__(self) -> Markup:
        return self.rendered(self.part.options.template or self.template)

    def __str__(self) -> str:
        return self.__html__()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: the text that is sent, what is shown, the id of its input."""

    value: str
    label: str
    selected: bool
    id: str = ""


class BoundField(BoundPart):
    """One field of a form: `{{ form.title }}` is all of it, `{{ form.title.input }}` the bare input."""

    def __html__(self) -> Markup:
        return self.rendered(self.part.options.template or self.form.field_template)

    def __call__(self, *_: Any, **attributes: Any) -> NoReturn:
        """Nothing: WTForms has fields called, with attributes."""
        raise TypeError(
            f"A field is not called: {{{{ form.{self.path}.input }}}} is its input. Attributes of it stand with the"
            f' field, {self.path} = Field(attributes={{"class": "wide"}}).'
        )

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Only answers what fields of other frameworks' forms are asked for."""
            instead = f" Instead: {FIELDS[name]}" if name in FIELDS else ""
            raise AttributeError(f"A field of a form has no {name!r}.{instead}", name=name, obj=self)

    @property
    def widget(self) -> str:
        """The name of its widget."""
        return self.part.widget

    @property
    def is_group(self) -> bool:
        """Whether it is several inputs, which a fieldset holds together."""
        return self.part.widget in ("radios", "checkboxes")

    @property
    def type(self) -> str:
        """The type of its input element."""
        return type_of(self.part)

    @property
    def focus(self) -> str:
        """The id of what takes the focus for it: of a group the first input."""
        return f"{self.id}-0" if self.is_group else self.id

    @property
    def required(self) -> bool:
        """Whether something must be given."""
        return bool(self.part.attributes.get("required") or self.part.options.required)

    @property
    def is_optional(self) -> bool:
        """Whether it may be left empty: that is said of it, as most fields may not."""
        part = self.part
        if part.options.required or part.kind is bool or part.widget in ("checkboxes", "checkbox", "color"):
            return False
        return part.optional or (not part.required and (part.kind is str or part.many) and part.choices is None)

    @property
    def texts(self) -> list[str]:
        """What it shows, as it would be sent."""
        return [] if self.part.widget == "password" else self.branch.texts.get(self.part.name, [])

    @property
    def text(self) -> str:
        """The text that it shows."""
        return self.texts[-1] if self.texts else ""

    @property
    def checked(self) -> bool:
        """Whether its box is ticked."""
        return bool(self.texts) and self.text.lower() not in ("", "false", "0", "off", "no")

    @property
    def options(self) -> list[Option]:
        """What can be chosen."""
        shown = set(self.texts)
        listed = self.form.options_of(self)
        return [Option(text, label, text in shown, f"{self.id}-{index}") for index, (text, label) in enumerate(listed)]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The files that were sent and are kept while the form is shown again: each as (token, name)."""
        return [(token, file.filename) for file in self._files if (token := kept_token(self.form, file))]

    @property
    def lost(self) -> list[str]:
        """The names of files that were sent and are not kept: they are to be chosen again."""
        return [file.filename for file in self._files if not kept_token(self.form, file)]

    @property
    def _files(self) -> list[UploadedFile]:
        return [] if self.errors else self.branch.files.get(self.part.name, [])

    @property
    def is_searched(self) -> bool:
        """Whether there is more to choose from than a list could show, so that it is searched."""
        return self.form.is_searched(self)

    @property
    def search_text(self) -> str:
        """What was searched for."""
        return self.form.searches.get(self.path, "")

    @property
    def attributes(self) -> Markup:
        """The attributes of its input: id, name, rules and what describes it."""
        told: dict[str, Any] = {"id": self.id, "name": self.name, **self.part.attributes}
        if self.is_group:
            told.pop("id")
            told.pop("required", None) if self.part.widget == "checkboxes" else None
        if self.described_by and not self.is_group:
            told["aria-describedby"] = self.described_by
        if self.in_spare_row or (self.part.kind is UploadedFile and self.kept):
            told.pop("required", None)
        if self.errors:
            told["aria-invalid"] = "true"
        if self.is_new:
            told["autofocus"] = True
        return written(told)

    @property
    def in_spare_row(self) -> bool:
        """Whether it is in a row that may be left blank: a browser must not ask for it then."""
        way, _, index = self.path.rpartition(".")[0].rpartition(".")
        if not (index.isdecimal() or index == "__row__"):
            return False
        rows = self.form.find(way)
        return rows is not None and (index == "__row__" or int(index) >= rows.part.least)

    @property
    def is_new(self) -> bool:
        """Whether it is the first field of a row that was just added."""
        pressed = self.form.pressed
        if pressed is None or pressed.button != "_add":
            return False
        way = self.path.rpartition(".")[0]
        rows, _, index = way.rpartition(".")
        if rows != pressed.name or not index.isdecimal():
            return False
        found = self.form.find(rows)
        is_last = isinstance(found, BoundRows) and int(index) == len(found.rows) - 1
        return is_last and next(iter(self.siblings), None) == self.part.name

    @property
    def input(self) -> Markup:
        """The bare input."""
        return self.rendered(f"forms/widgets/{self.part.widget}.html")


class BoundGroup(BoundPart):
    """A record inside of a form: its fields by name, and one after another."""

    template = "forms/group.html"

    def __iter__(self) -> Iterator[BoundPart]:
        branch = self.inner
        return (bound(self.form, part, branch, f"{self.path}.{name}") for name, part in self.inside.items())

    @property
    def inside(self) -> Mapping[str, Part]:
        """The parts of the record."""
        assert self.part.parts is not None
        return self.part.parts

    @property
    def inner(self) -> Branch:
        """What is shown of the record."""
        return self.branch.branch(self.part.name)

    def find(self, name: str) -> BoundPart | None:
        part = self.inside.get(name)
        return None if part is None else bound(self.form, part, self.inner, f"{self.path}.{name}")

    def __getitem__(self, name: str) -> BoundPart:
        found = self.find(name)
        if found is None:
            raise KeyError(f"{self.path} has no field {name!r}. It has: {', '.join(self.inside)}.")
        return found

    def __getattr__(self, name: str) -> BoundPart:
        found = None if name.startswith("_") else self.find(name)
        if found is None:
            raise AttributeError(f"{self.path} has no field {name!r}.", name=name, obj=self)
        return found


class BoundRow(BoundGroup):
    """One of the rows of a form."""

    template = "forms/row.html"
    index = 0

    @property
    def inner(self) -> Branch:
        """What is shown of the row."""
        return self.branch

    @property
    def label(self) -> str:
        """What it is called: its list's name and its number."""
        return f"{self.part.label} {self.index + 1}"


class BoundRows(BoundPart):
    """The rows of a form, and the buttons that add and remove some."""

    template = "forms/rows.html"

    @property
    def rows(self) -> list[BoundRow]:
        """The rows that are shown: at least as many as there must be."""
        branches = self.branch.listed(self.part.name)
        assert self.part.parts is not None
        least = self.part.least if self.form.submitted else max(self.part.least, 1)
        branches += [planted(self.part.parts, None) for _ in range(least - len(branches))]
        return [self._row(branch, str(index)) for index, branch in enumerate(branches)]

    @property
    def blank(self) -> BoundRow:
        """The row that a script copies; its number stands as `__row__`."""
        assert self.part.parts is not None
        return self._row(planted(self.part.parts, None), "__row__")

    def _row(self, branch: Branch, index: str) -> BoundRow:
        row = BoundRow(self.form, self.part, branch, f"{self.path}.{index}")
        row.index = int(index) if index.isdecimal() else 0
        return row

    @property
    def can_add(self) -> bool:
        """Whether there may be another row."""
        return len(self.rows) < self.part.most

    def __iter__(self) -> Iterator[BoundRow]:
        return iter(self.rows)

    def find(self, name: str) -> BoundPart | None:
        rows = self.rows
        return rows[int(name)] if name.isdecimal() and len(name) < 5 and int(name) < len(rows) else None


def bound(form: Form[Any], part: Part, branch: Branch, path: str) -> BoundPart:
    """A part of a form, as it is shown."""
    kind = BoundField if part.parts is None else BoundRows if part.repeated else BoundGroup
    return kind(form, part, branch, path)


def written(attributes: Mapping[str, Any]) -> Markup:
    """Attributes of an element; True is one without a value, False and None are left out."""
    shown = []
    for name, value in attributes.items():
        if value is True:
            shown.append(f" {escape(name)}")
        elif value is not None and value is not False:
            shown.append(f' {escape(name)}="{escape(str(value))}"')
    return Markup("".join(shown))
