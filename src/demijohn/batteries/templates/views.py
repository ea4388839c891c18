"""`TemplateView`: an address whose answer is a template."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from ...foundation.errors import SetupError, Where
from ...kernel.forgotten import provided_by
from ...kernel.views import View, handler_of, spelt_freely
from .rendering import Rendering


@provided_by("demijohn.templates:Templates")
class TemplateView(View):
    """Answers GET with `template`, which gets what `context` returns; `context` has a handler's parameters.

    >>> class About(TemplateView):
    ...     template = "about.html"
    ...
    ...     def context(self, section: str = "us"):
    ...         return {"section": section}
    """

    template: ClassVar[str] = ""
    habits: ClassVar[Mapping[str, str]] = {
        **View.habits,
        "template_name": 'template = "about.html"',
        "get_context_data": "def context(self): ...      with a handler's parameters",
        "extra_context": 'def context(self):\n    return {"title": "About"}',
    }

    @spelt_freely
    def context(self) -> Mapping[str, Any]:
        """What the template is given: nothing of its own, unless a subclass says so."""
        return {}

    @classmethod
    def handlers(cls) -> Iterator[tuple[str, Callable[..., Any]]]:
        """GET out of `context`, unless there is a `get`; the other methods as in any view."""
        others = list(super().handlers())
        if "GET" not in dict(others):
            yield "GET", _rendering(cls)
        yield from others


def _rendering(view: type[TemplateView]) -> Callable[..., Any]:
    if not view.template:
        raise SetupError(
            "DMJ0129", f"{view.__name__} does not say which template it answers with.",
            fix='template = "about.html"', where=Where.of(view),
        )  # fmt: skip
    file = getattr(sys.modules.get(view.__module__), "__file__", None) or ""
    context = handler_of(view, inspect.getattr_static(view, "context"))

    @functools.wraps(context)
    def get(*arguments: Any, **named: Any) -> Rendering:
        return Rendering(view.template, context(*arguments, **named), file=file)

    @functools.wraps(context)
    async def get_async(*arguments: Any, **named: Any) -> Rendering:
        return Rendering(view.template, await context(*arguments, **named), file=file)

    return get_async if inspect.iscoroutinefunction(inspect.unwrap(context)) else get
