"""Files of a form that is shown again: kept by whoever offers to, so that nobody has to choose them twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ...foundation.http.request import Request
from ...foundation.http.uploaded_file import UploadedFile

if TYPE_CHECKING:
    from .form import Form

SUFFIX = "._kept"
"""Behind a field's name: the token of a file that was sent before."""

_MOST = 100  # as many files as a form has at most, by `Limits`


@runtime_checkable
class FileKeeper(Protocol):
    """Offered by a battery: keeps a file between two requests of a form, under a token that nobody guesses."""

    def keep(self, file: UploadedFile, visitor: str = "", /) -> str:
        """Keep a file for a visitor, and give its token; "" for one that is not kept."""
        ...

    def take(self, token: str, /) -> UploadedFile | None:
        """The file of a token, open; None for any other text."""
        ...

    def drop(self, token: str, /) -> None:
        """Let go of a file."""
        ...


def keeper_of(request: Request | None) -> FileKeeper | None:
    """Who keeps files for the app that answers a request; None if nobody does."""
    if request is None or request.plan is None:
        return None
    keeper: FileKeeper | None = next(iter(request.plan.kernel.offers(FileKeeper)), None)
    return keeper


def kept_token(form: Form[Any], file: UploadedFile) -> str:
    """The token of a form's file, which is kept from here on; "" if it is not."""
    token = form.tokens.get(id(file))
    if token is None:
        keeper = keeper_of(form.request)
        visitor = form.request.client if form.request is not None else ""
        token = form.tokens[id(file)] = "" if keeper is None else keeper.keep(file, visitor or "")
    return token


def restored_files(
    request: Request, texts: Iterable[tuple[str, str]], sent: Iterable[tuple[str, UploadedFile]] = ()
) -> Iterator[tuple[str, UploadedFile | None, str]]:
    """The files that were sent before, with their fields' names and tokens: of fields that got no other now.

    What is not there any more is None.
    """
    kept = [(name.removesuffix(SUFFIX), token) for name, token in texts if name.endswith(SUFFIX)]
    keeper = keeper_of(request) if kept else None
    if keeper is None:
        return
    chosen = {name for name, file in sent if file.size or file.filename}
    for name, token in kept[:_MOST]:
        if name not in chosen:
            file = keeper.take(token)
            if file is not None:
                request.call_after(file.close)
            yield name, file, token


def drop_after(request: Request, tokens: Iterable[str]) -> None:
    """Let go of files when a request has been answered: until then they may be open."""
    keeper = keeper_of(request)
    if keeper is not None:
        for token in tokens:
            request.call_after(partial(keeper.drop, token))
