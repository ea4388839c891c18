"""The `Storage` battery: where visitors' files are kept, and the route that sends them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...foundation.errors import SetupError
from ...foundation.http.errors import NotFound
from ...foundation.http.files import FileResponse
from ...kernel.battery import Battery, Setup
from ...kernel.blueprint import Blueprint
from ..templates import TemplateGlobal
from .disk import DiskStorage
from .kinds import BY_SUFFIX, SHOWN
from .names import suffix_of
from .pending import PendingFiles
from .protocol import FileStorage, UnsafeName

# Whatever a file turns out to be, it runs nothing, loads nothing and is of no origin.
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True)
class Storage(Battery):
    """Files that visitors send: `app.use(Storage())`, then `def sign(form: Form[Entry], files: FileStorage)`.

    `folder` is where they are kept, relative to the app's module, and made when the first is saved. `url` is the path
    under which everybody who knows a file's name gets it; `url=""` serves none. `max_age` (seconds) is how long
    browsers may keep one: names never come again. Of files that wait for their form to be right there are at most
    `pending_files` of `pending_bytes` in all, and of one visitor a tenth of each.
    """

    name = "storage"

    folder: str = "media"
    url: str = "/media"
    max_age: int = 7 * 86_400
    pending_files: int = 1_000
    pending_bytes: int = 1_000_000_000

    def install(self, setup: Setup) -> None:
        """Provide `FileStorage`, add the route, and the name `media` for templates."""
        folder = setup.root / self.folder
        if self.url and (not self.url.startswith("/") or "//" in self.url or "{" in self.url):
            raise SetupError(
                "DMJ0590", f"Stored files cannot be served under {self.url!r}.",
                fix='Give the path they have on this site: Storage(url="/media"), or url="" to serve none.',
            )  # fmt: skip
        files = DiskStorage(folder, self.url or "/media")
        pending = PendingFiles(folder, files=self.pending_files, octets=self.pending_bytes)
        setup.provide(FileStorage, lambda: files, scope="app")
        setup.provide(DiskStorage, lambda: files, scope="app")
        setup.provide(PendingFiles, lambda: pending, scope="app")
        setup.offer(pending)
        if self.url:
            setup.offer(TemplateGlobal("media", files.url))
            setup.routes(self._blueprint(files), prefix=self.url.rstrip("/"))
        setup.lifespan(lambda: _check_folder(folder))

    def _blueprint(self, files: DiskStorage) -> Blueprint:
        blueprint = Blueprint("storage")
        headers = {**_HEADERS, "cache-control": f"public, max-age={self.max_age}, immutable"}

        @blueprint.get("/{name:path}", name="file")
        def send_stored_file(name: str) -> FileResponse:
            try:
                path = files.path(name)
            except UnsafeName:
                raise NotFound from None
            if any(part.startswith(".") for part in name.split("/")):
                raise NotFound  # those of forms that are being filled in, for one
            kind = BY_SUFFIX.get(suffix_of(name), "")
            shown = kind in SHOWN
            media_type = kind if shown else "application/octet-stream"
            return FileResponse(path, as_attachment=not shown, media_type=media_type, headers=headers)

        return blueprint


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise SetupError(
            "DMJ0591", f"The folder for stored files {folder} is a file.",
            fix='Move it away, or name another folder: Storage(folder="uploads").',
        )  # fmt: skip
