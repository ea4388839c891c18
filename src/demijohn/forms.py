"""What users type of the `Forms` battery: `from demijohn.forms import Email, Field, Form`."""

from __future__ import annotations

from demijohn.batteries.forms import (
    URL,
    Accepted,
    BoundField,
    BoundGroup,
    BoundPart,
    BoundRow,
    BoundRows,
    Color,
    Email,
    Field,
    Form,
    Forms,
    KeyOf,
    LongText,
    Markdown,
    Password,
    Phone,
)

__all__ = [
    "URL",
    "Accepted",
    "BoundField",
    "BoundGroup",
    "BoundPart",
    "BoundRow",
    "BoundRows",
    "Color",
    "Email",
    "Field",
    "Form",
    "Forms",
    "KeyOf",
    "LongText",
    "Markdown",
    "Password",
    "Phone",
]
