"""Forms: parsed, checked by one set of rules, and shown again with everything that was typed."""

from __future__ import annotations

from .battery import Forms
from .bound import BoundField, BoundGroup, BoundPart, BoundRow, BoundRows
from .choices import KeyOf
from .fields import URL, Accepted, Color, Email, Field, LongText, Markdown, Password, Phone
from .form import Form

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
