"""Templates: pages made by Jinja, from folders or from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .battery import Templates
from .messages import MESSAGES
from .offers import ContextValue, InlineTemplates, TemplateFilter, TemplateFolder, TemplateGlobal
from .renderer import TemplateRenderer
from .rendering import Rendering, render
from .views import TemplateView

if TYPE_CHECKING:
    from .engine import TemplateNotFound

__all__ = [
    "MESSAGES",
    "ContextValue",
    "InlineTemplates",
    "Rendering",
    "TemplateFilter",
    "TemplateFolder",
    "TemplateGlobal",
    "TemplateNotFound",
    "TemplateRenderer",
    "TemplateView",
    "Templates",
    "render",
]


def __getattr__(name: str) -> Any:
    if name == "TemplateNotFound":
        from .engine import TemplateNotFound  # a class of Jinja's, which only its users pay for

        return TemplateNotFound
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
