"""Files of a form that is shown again: kept by whoever offers to, so that nobody has to choose them twice."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ...foundation.http.forms import UploadedFile
from ...foundation.http.request import Request

SUFFIX = "._kept"
"""Behind a field's name: the token of a file that was sent before."""

_MOST = 20


@runtime_checkable
class FileKeeper(Protocol):
    """Offered by a battery: keeps a file between two requests of a form, under a token that nobody guesses."""

    def keep(self, file: UploadedFile) -> str:
        """Keep a file, and give its token."""
        ...

    def take(self, token: str) -> UploadedFile | None:
        """The file of a token, open; None for any other text."""
        ...

    def drop(self, token: str) -> None:
        """Let go of a file."""
        ...


def keeper_of(request: Request | None) -> FileKeeper | None:
    """Who keeps files for the app that answers a request; None if nobody does."""
    if request is None or request.plan is None:
        return None
    keeper: FileKeeper | None = next(iter(request.plan.kernel.offers(FileKeeper)), None)
    return keeper


def restored_files(request: Request) -> list[tuple[str, UploadedFile, str]]:
    """The files that were sent before, with their fields' names and tokens: of fields that got no other now."""
    sent = [(name.removesuffix(SUFFIX), token) for name, token in request.form.multi_items() if name.endswith(SUFFIX)]
    keeper = keeper_of(request) if sent else None
    if keeper is None:
        return []
    chosen = {name for name, file in request.files.multi_items() if file.size or file.filename}
    found = []
    for name, token in sent[:_MOST]:
        file = None if name in chosen else keeper.take(token)
        if file is not None:
            request.call_after(file.close)
            found.append((name, file, token))
    return found
