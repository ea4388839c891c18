"""The `API` battery: the OpenAPI document of an app, served, and a page that shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...foundation.errors import SetupError
from ...foundation.http.conditions import etag, not_modified
from ...foundation.http.request import Request
from ...foundation.http.response import JSON, Response
from ...kernel.battery import Battery, Setup
from ...kernel.blueprint import Blueprint
from ...kernel.markers import Depends
from ..templates import TemplateFolder, Templates, render
from .page import prose
from .publication import Publication

_HERE = Path(__file__).parent
_FILES = {"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True)
class API(Battery):
    """The OpenAPI 3.1 document of an app at `path`, and a page for people at `docs`; None serves one of them not.

    `title`, `version`, `summary`, `description`, `terms` (a URL), `contact` (`name`, `url`, `email`) and `license` (an
    SPDX identifier, or `name` and `url`) are what the document says of the API. `tags` describes tags, each of which is
    a blueprint's name unless its routes say others, in the order in which they are shown. `servers` are URLs, by
    default the one that is asked. `prefix` keeps the document to the paths that begin with it. `around` guards both
    addresses. `try_it` says whether the page can send requests: by default in development only. `webhooks` is a
    blueprint whose routes are what this app sends. `extra` is laid over the document.
    """

    name = "api"

    title: str = "API"
    version: str = "0.1.0"
    summary: str = ""
    description: str = ""
    terms: str = ""
    contact: Mapping[str, str] = ()  # type: ignore[assignment] # an empty mapping, and frozen
    license: str | Mapping[str, str] = ""
    servers: Sequence[str] = ()
    tags: Mapping[str, str] = ()  # type: ignore[assignment]
    path: str | None = "/openapi.json"
    docs: str | None = "/docs"
    prefix: str = ""
    try_it: bool | None = None
    around: Sequence[Callable[..., Any] | Depends] = ()
    webhooks: Blueprint | None = None
    extra: Mapping[str, Any] = ()  # type: ignore[assignment]

    def install(self, setup: Setup) -> None:
        """Add the two routes."""
        self._check()
        publication = Publication(self)
        blueprint = Blueprint("openapi", around=self.around)
        if self.path is not None:
            _serve_document(blueprint, self.path, publication)
        if self.docs is not None:
            setup.needs(Templates)
            setup.offer(TemplateFolder(_HERE / "templates", "api"))
            tries = setup.debug if self.try_it is None else self.try_it
            _serve_page(blueprint, self.docs, publication, path=self.path, try_it=tries)
        setup.routes(blueprint)

    def _check(self) -> None:
        for setting, path in (("path", self.path), ("docs", self.docs)):
            if path is not None and (not path.startswith("/") or "{" in path):
                raise SetupError(
                    "DMJ0540", f"The API's {setting} is {path!r}, which is no path of this site.",
                    fix=f'API({setting}="/{path.strip("/{}") or setting}"), or API({setting}=None) to serve none.',
                )  # fmt: skip


def _serve_document(blueprint: Blueprint, path: str, publication: Publication) -> None:
    @blueprint.get(path, name="document", include_in_schema=False)
    def openapi(request: Request) -> Response:
        edition = publication.of(request.plan.kernel, request.root_path)
        headers = {"etag": edition.etag, "cache-control": "no-cache"}
        if not_modified(request.headers, edition.etag, None):
            return Response(None, 304, headers=headers)
        return Response(edition.json, headers=headers, media_type=JSON)


def _serve_page(blueprint: Blueprint, docs: str, publication: Publication, *, path: str | None, try_it: bool) -> None:
    files = {name: (_HERE / "static" / name).read_bytes() for name in _FILES}
    version = etag(b"".join(files.values())).strip('"')
    here = docs.rstrip("/")

    @blueprint.get(docs, name="docs", include_in_schema=False)
    def page(request: Request) -> Response:
        edition = publication.of(request.plan.kernel, request.root_path)
        return render(
            "api/docs.html", page=edition.page, prose=prose, own=f"{request.scheme}://{request.host}",
            document=None if path is None else request.root_path + path, here=request.root_path + here,
            version=version, try_it=try_it,
        )  # fmt: skip

    for name, content in files.items():
        _serve_file(blueprint, f"{here}/{name}", name, content)


def _serve_file(blueprint: Blueprint, path: str, name: str, content: bytes) -> None:
    # The page names the version, so that what a browser keeps is never out of date.
    headers = {"cache-control": "public, max-age=31536000, immutable"}

    @blueprint.get(path, name=name, include_in_schema=False)
    def file() -> Response:
        return Response(content, headers=headers, media_type=_FILES[name])
