"""A command of an app, run from a test."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...foundation.http.errors import UnprocessableContent
from ...kernel.commands import Compiled
from ...kernel.kernel import Kernel
from ..console import CommandError
from ..own_commands import commands_of, make_command, refusal, result_of, show, type_words

__tracebackhide__ = True  # pytest shows the line of the test, not ours


@dataclass(frozen=True)
class CommandResult:
    """What a command has returned, and all that was printed; what is returned is printed, too."""

    value: Any
    output: str


def run_command(kernel: Kernel, words: Sequence[str]) -> CommandResult:
    """Run a command of a started app. What the command line would refuse is a ValueError with its words."""
    by_name = {command.name: command for command in commands_of(kernel)}
    if not words or words[0] not in by_name:
        there = ", ".join(by_name) or "none"
        raise LookupError(f"The app has no command {' '.join(words[:1])!r}. It has: {there}.")
    compiled = Compiled(by_name[words[0]], kernel.parts)
    made = make_command(by_name[words[0]], compiled, lambda typed: result_of(kernel, compiled, typed))
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        try:
            value = type_words(made, words)
            show(kernel, value)
        except CommandError as error:
            raise ValueError(str(error)) from None
        except UnprocessableContent as error:
            if not error.errors:
                raise
            raise ValueError(str(refusal(compiled, error))) from None
    return CommandResult(value, output.getvalue())
