"""`def` handlers that run past their time-out: a thread cannot be cut short, but where it hangs can be told.

One thread per process looks once a second at what all others are doing, which costs a request nothing: the request
that a thread works on is found in the frames of our own code on its stack.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
import weakref
from dataclasses import dataclass
from types import FrameType

from ..foundation.http.request import Request
from .failures import shown_path

log = logging.getLogger("demijohn")

TICK = 1.0  # seconds between two looks
_OURS = "demijohn."
_HERE = os.path.dirname(os.path.dirname(__file__)) + os.sep  # noqa: PTH120 - as frames have it
_MOST_FRAMES = 10

_lock = threading.Lock()
_watched_pid = 0


@dataclass(slots=True)
class _Work:
    """What a thread was seen to work on."""

    request: weakref.ref[Request]
    since: float
    told: bool = False


class Overdue:
    """Which threads work on which requests, and since when."""

    def __init__(self) -> None:
        self._working: dict[int, _Work] = {}

    def look(self, now: float) -> None:
        """Log each request that is over its time-out, once."""
        working: dict[int, _Work] = {}
        for ident, frame in sys._current_frames().items():
            request = None if ident == threading.get_ident() else _request_of(frame)
            if request is None:
                continue
            work = self._working.get(ident)
            if work is None or work.request() is not request:
                work = _Work(weakref.ref(request), now)
            working[ident] = work
            limit = request.plan.timeout
            if limit is not None and not work.told and now - work.since >= limit:
                work.told = True
                _tell(request, now - work.since, limit, frame)
        self._working = working


def watch() -> None:
    """Have somebody look, from now on until the process ends; a forked child needs to ask anew."""
    global _watched_pid  # noqa: PLW0603 - one per process is the point
    with _lock:
        if _watched_pid != os.getpid():
            _watched_pid = os.getpid()
            threading.Thread(target=_look_for_ever, name="demijohn-overdue", daemon=True).start()


def _look_for_ever() -> None:
    overdue = Overdue()
    while True:
        time.sleep(TICK)
        try:
            overdue.look(time.monotonic())
        except Exception:
            log.exception("Looking for handlers that hang failed.")


def _request_of(innermost: FrameType) -> Request | None:
    """The request whose `def` plan a thread runs: that of the outermost of our frames which has one."""
    found: Request | None = None
    frame: FrameType | None = innermost
    while frame is not None:
        code = frame.f_code
        if ("request" in code.co_varnames or "request" in code.co_freevars) and frame.f_globals.get(
            "__name__", ""
        ).startswith(_OURS):
            value = frame.f_locals.get("request")
            if isinstance(value, Request) and value.plan is not None:
                found = value
        frame = frame.f_back
    return None if found is None or found.plan.is_async else found


def _tell(request: Request, seconds: float, limit: float, frame: FrameType) -> None:
    stack = traceback.StackSummary.extract(traceback.walk_stack(frame), limit=_MOST_FRAMES)
    while len(stack) > 1 and stack[-1].filename.startswith(_HERE):
        stack.pop()  # How the handler was called says nothing.
    stack.reverse()
    log.warning(
        "%s %s has been running for %d s, over its time-out of %g s. Its thread cannot be cut short; it is here:\n%s",
        request.method, shown_path(request), seconds, limit, "".join(stack.format()).rstrip(),
        extra={"request_id": request.id},
    )  # fmt: skip
