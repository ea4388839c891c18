"""Templates of forms: an app's own of the same names go before these."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...foundation.current import current
from ...foundation.http.request import Request
from ...foundation.markup import Markup
from ..templates import TemplateRenderer

FOLDER = Path(__file__).parent / "templates"


def rendered(template: str, context: dict[str, Any], request: Request | None) -> Markup:
    """A template of the app that answers the request; RuntimeError where there is none."""
    request = request or current.get()
    kernel = None if request is None or request.plan is None else request.plan.kernel
    renderers = () if kernel is None else kernel.offers(TemplateRenderer)
    for renderer in renderers:
        text = renderer.engine.render("", template, context, request)
        return Markup(text)
    raise RuntimeError("A form is shown by the templates of an app that uses Forms(), while it answers a request.")


@dataclass(frozen=True, slots=True)
class Assets:
    """Offered by the battery: whether a shown form brings its style sheet and script."""

    wanted: bool


def take_assets(request: Request | None) -> bool:
    """Whether the style sheet and script are still to be linked in this page; True once per request."""
    request = request or current.get()
    if request is None or request.plan is None or getattr(request.state, "_forms_linked", False):
        return False
    request.state._forms_linked = True
    return any(one.wanted for one in request.plan.kernel.offers(Assets))
