"""What users type of the `Forms` battery: `from demijohn.forms import Email, Field, Form`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demijohn.batteries.forms import (
    MESSAGES,
    URL,
    Accepted,
    ArchiveView,
    BoundField,
    BoundGroup,
    BoundPart,
    BoundRow,
    BoundRows,
    Color,
    CreateView,
    DeleteView,
    DetailView,
    Email,
    Field,
    FileKeeper,
    Form,
    Forms,
    FormView,
    KeyOf,
    ListView,
    LongText,
    Markdown,
    Password,
    Period,
    Phone,
    Step,
    UpdateView,
    Wizard,
)

__all__ = [
    "MESSAGES",
    "URL",
    "Accepted",
    "ArchiveView",
    "BoundField",
    "BoundGroup",
    "BoundPart",
    "BoundRow",
    "BoundRows",
    "Color",
    "CreateView",
    "DeleteView",
    "DetailView",
    "Email",
    "Field",
    "FileKeeper",
    "Form",
    "FormView",
    "Forms",
    "KeyOf",
    "ListView",
    "LongText",
    "Markdown",
    "Password",
    "Period",
    "Phone",
    "Step",
    "UpdateView",
    "Wizard",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        from demijohn.batteries.forms.habits import instead_of  # only a mistake pays for it

        instead = instead_of(name)
        if instead is None:
            raise AttributeError(f"demijohn.forms has no {name}. It has: {', '.join(__all__)}", name=name)
        # Of an AttributeError, `from demijohn.forms import CharField` says only that there is none.
        raise ImportError(f"demijohn.forms has no {name}. Instead: {instead}", name=__name__)
