"""What users type of the `Forms` battery: `from demijohn.forms import Email, Field, Form`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demijohn.batteries.forms import (
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
        told = f"Instead: {instead}" if instead else f"It has: {', '.join(__all__)}"
        raise AttributeError(f"demijohn.forms has no {name}. {told}", name=name)
