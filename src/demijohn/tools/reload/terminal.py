"""The settings of the terminal: a debugger that is cut off at its prompt would leave it without echo."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any


def terminal_state() -> Any:
    """What `restore_terminal` takes; None where there is no terminal."""
    try:
        import termios

        return termios.tcgetattr(sys.stdin.fileno())
    except Exception:  # no terminal, or not a system that has them
        return None


def restore_terminal(state: Any) -> None:
    """Put the settings back, unless another program has the terminal by now."""
    if state is None:
        return
    import termios

    with contextlib.suppress(OSError, termios.error):
        if os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp():
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, state)
