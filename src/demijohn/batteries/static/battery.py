"""The `Static` battery: one route that sends files, and `static(...)` for links to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...foundation.errors import SetupError, raise_all
from ...foundation.http.request import Request
from ...foundation.http.response import Response
from ...kernel.battery import Battery, Setup
from ...kernel.blueprint import Blueprint
from ..templates import TemplateGlobal
from .files import StaticFiles
from .folders import Folder, StaticFolder


@dataclass(frozen=True)
class Static(Battery):
    """Static files for an app: `app.use(Static())`, then `{{ static("app.css") }}` in a template.

    `folder` is where they are, relative to the app's module; it need not exist unless it is named. `url` is the path
    under which they are served. `hidden` serves files whose names begin with a dot, too.
    """

    name = "static"

    folder: str = "static"
    url: str = "/static"
    hidden: bool = False

    def install(self, setup: Setup) -> None:
        """Add the route and the name for templates."""
        own = setup.root / self.folder
        if setup.sources.origin(f"{self.name}.folder") != "default" and not own.is_dir():
            raise SetupError(
                "DMJ0711",
                f"The folder of static files {own} does not exist.",
                fix="Create it, or leave the setting static.folder out: it may be missing then.",
            )
        prefix = self.url.rstrip("/")
        if not self.url.startswith("/") or "//" in self.url or "{" in self.url:
            raise SetupError(
                "DMJ0710",
                f"Static files cannot be served under {self.url!r}.",
                fix='Give the path they have on this site: Static(url="/static").',
            )
        offered = setup.offers(StaticFolder)

        def find_folders() -> Sequence[Folder]:
            more = [Folder(each.path, each.prefix, hidden=self.hidden) for each in offered]
            return (Folder(own, hidden=self.hidden), *more)

        def check_folders() -> None:
            raise_all([_missing(each) for each in offered if not each.path.is_dir()])

        files = StaticFiles(prefix, find_folders, debug=setup.debug)
        blueprint = Blueprint("static")

        # Files are the same for everybody: there is no secret in them to be guessed from their length.
        @blueprint.get("/{path:path}", name="file", compress=True)
        def send_static_file(path: str, request: Request) -> Response:
            return files.answer(path, request)

        setup.routes(blueprint, prefix=prefix)
        setup.offer(TemplateGlobal("static", files.url))
        setup.provide(StaticFiles, lambda: files, scope="app")
        setup.lifespan(check_folders)


def _missing(folder: StaticFolder) -> SetupError:
    return SetupError(
        "DMJ0711",
        f"The folder of static files {folder.path} does not exist.",
        fix="Create it, or correct the path: it is relative to the module that says it.",
        where=folder.where,
    )
