"""What a test shows of an error of the app: from the first line of the user's own code on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ...foundation.errors import SetupError

if TYPE_CHECKING:
    from ...app import App
    from ...kernel.kernel import Kernel

E = TypeVar("E", bound=BaseException)

__tracebackhide__ = True  # pytest shows the line of the test, not ours


def sealed(app: App, config: Mapping[str, Any] | None, provide: Mapping[type, Any] | None) -> Kernel:
    """The app's kernel for a test. A mistake says itself where it is: it is raised without the frames that found it."""
    try:
        return app.seal(config=config, provide=provide)
    except SetupError as error:
        raise error.with_traceback(None) from error.__cause__


def from_your_code(error: E) -> E:
    """The error, without the frames that lead to the first one of the user's: a dozen of ours, the same each time.

    An error that no line of the user's is part of keeps all of them.
    """
    from ..places import is_library  # only a mistake pays for it

    traceback = error.__traceback__
    while traceback is not None and is_library(traceback.tb_frame.f_code.co_filename):
        traceback = traceback.tb_next
    return error if traceback is None else error.with_traceback(traceback)
