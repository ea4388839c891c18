"""What is typed at the terminal of the development server, while it waits for something.

A key takes effect with Enter, as a line: then the terminal can stay as it is. Where keys are read one by one, whoever
is killed, or stopped with Ctrl-Z, leaves a terminal without echo, and a debugger of the app would not work in it.
"""

from __future__ import annotations

import os
import selectors
import sys


class Keys:
    """The lines of a terminal. Between `listen` and `rest` they are ours; at all other times whoever asks has them."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._terminal: int | None = None

    def listen(self) -> bool:
        """Read lines from now on; False where nobody sits: no terminal, or another job has it."""
        if self._terminal is None:
            terminal = _terminal()
            if terminal is None:
                return False
            self._selector.register(terminal, selectors.EVENT_READ, self)
            self._terminal = terminal
        return True

    def rest(self) -> None:
        """Leave what is typed to others."""
        if self._terminal is not None:
            self._selector.unregister(self._terminal)
            self._terminal = None

    def read(self) -> str:
        """The line that was typed; at the end of the input, or if another job has the terminal by now, it rests."""
        if self._terminal is None:
            return ""
        try:
            line = os.read(self._terminal, 1024) if _is_ours(self._terminal) else b""
        except OSError:  # the terminal was closed
            line = b""
        if not line:
            self.rest()
        return line.decode(errors="replace").strip()


def _terminal() -> int | None:
    try:
        number = sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):  # closed, or replaced
        return None
    return number if sys.stdin.isatty() and sys.stdout.isatty() and _is_ours(number) else None


def _is_ours(terminal: int) -> bool:
    """Whether what is typed is for this job: who reads in the background is stopped by the system."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except (AttributeError, OSError):
        return False
