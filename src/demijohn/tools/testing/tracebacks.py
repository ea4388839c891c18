"""What a test shows of an error of the app: from the first line of the user's own code on."""

from __future__ import annotations

from typing import TypeVar

from ..debug.places import is_library

E = TypeVar("E", bound=BaseException)

__tracebackhide__ = True  # pytest shows the line of the test, not ours


def from_your_code(error: E) -> E:
    """The error, without the frames that lead to the first one of the user's: a dozen of ours, the same each time.

    An error that no line of the user's is part of keeps all of them.
    """
    traceback = error.__traceback__
    while traceback is not None and is_library(traceback.tb_frame.f_code.co_filename):
        traceback = traceback.tb_next
    return error if traceback is None else error.with_traceback(traceback)
