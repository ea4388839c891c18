"""Forms: parsed, checked by one set of rules, and shown again with everything that was typed."""

from __future__ import annotations

from .battery import Forms
from .bound import BoundField, BoundGroup, BoundPart, BoundRow, BoundRows
from .choices import KeyOf
from .fields import URL, Accepted, Color, Email, Field, LongText, Markdown, Password, Phone
from .form import Form
from .kept import FileKeeper
from .messages import MESSAGES
from .views import ArchiveView, CreateView, DeleteView, DetailView, FormView, ListView, Period, UpdateView
from .wizard import Step, Wizard

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
