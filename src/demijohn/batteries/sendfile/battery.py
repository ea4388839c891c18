"""The `Sendfile` battery, which turns file responses into a header for the server in front."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...foundation.errors import SetupError
from ...kernel.battery import Battery, Setup
from ...kernel.completion import StandIn
from .handing import Handing


@dataclass(frozen=True)
class Sendfile(Battery):
    """Leaves the sending of files to the server in front: `app.use(Sendfile({"/srv/files": "/protected"}))`.

    `folders` says what stands in the header in place of a folder: the `internal` location of nginx, or the folder
    itself for a server that takes paths. Files in other folders are sent by the app. `header` is the one that the
    server knows: `X-Accel-Redirect` or `X-Sendfile`.
    """

    name = "sendfile"

    folders: Mapping[str, str] = field(default_factory=dict)
    header: str = "X-Accel-Redirect"

    def install(self, setup: Setup) -> None:
        """Offer what stands in for files."""
        if not self.folders:
            raise SetupError(
                "DMJ0562", "Sendfile is told of no folder, and would hand over no file.",
                fix='Sendfile({"/srv/files": "/protected"}): the folder, and the location of it in the server.',
            )  # fmt: skip
        for folder, location in self.folders.items():
            if not location.startswith("/") or "//" in location or "/.." in location:
                raise SetupError(
                    "DMJ0563", f"sendfile.folders puts {location!r} in the place of {folder}: that is no path.",
                    fix=f'A location of the server in front: "/protected"; for X-Sendfile, the folder: {folder!r}.',
                )  # fmt: skip
        places = {str((setup.root / folder).absolute()): location for folder, location in self.folders.items()}
        setup.offer(StandIn(Handing(places, self.header).over))
