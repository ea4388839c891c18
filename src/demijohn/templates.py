"""What users type of the `Templates` battery: `from demijohn.templates import Templates, render`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demijohn.batteries.templates import (
    MESSAGES,
    ContextValue,
    InlineTemplates,
    Rendering,
    TemplateFilter,
    TemplateFolder,
    TemplateGlobal,
    TemplateRenderer,
    Templates,
    render,
)

if TYPE_CHECKING:
    from demijohn.batteries.templates import TemplateNotFound

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
    "Templates",
    "render",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        from demijohn.kernel.doors import missing_from  # only a mistake pays for it

        missing_from(__name__, name)
    from demijohn.batteries import templates  # what of it is loaded only when it is asked for

    return getattr(templates, name)
