"""What both kinds of Falcon app share: it has no templates of its own, so Jinja is asked directly."""

from __future__ import annotations

from typing import Any

import falcon
import jinja2

from .folder import STATIC, TEMPLATES
from .work import ITEMS, MESSAGE, PARAMETER_ROUTES, STATIC_ROUTES

_page = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True).get_template("items.html")


def plaintext(resp: Any) -> None:
    resp.content_type = falcon.MEDIA_TEXT
    resp.text = MESSAGE


def json(resp: Any) -> None:
    resp.media = {"message": MESSAGE}


def user(req: Any, resp: Any, id: int) -> None:
    resp.media = {"id": id, "q": req.get_param("q"), "limit": req.get_param_as_int("limit", default=10)}


def items(resp: Any) -> None:
    resp.content_type = falcon.MEDIA_HTML
    resp.text = _page.render(items=ITEMS)


def filler(resp: Any, id: int | None) -> None:
    resp.content_type = falcon.MEDIA_TEXT
    resp.text = "filler" if id is None else str(id)


def add_routes(app: Any, resources: dict[str, Any], filler: Any) -> None:
    """The measured routes, those that nobody asks for, and the static file."""
    for path, resource in resources.items():
        app.add_route(path, resource)
    for path in STATIC_ROUTES:
        app.add_route(path, filler)
    for start, end in PARAMETER_ROUTES:
        app.add_route(start + "{id:int}" + end, filler)
    app.add_static_route("/static", str(STATIC))
