"""Exceptions to report on: raised by real files, as the user's code would."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Raised = Callable[..., BaseException]
_numbers = itertools.count()


@pytest.fixture
def raised(tmp_path: Path) -> Raised:
    """A function that writes a module, calls its `main()`, and returns the exception."""

    def run(source: str, **names: Any) -> BaseException:
        file = tmp_path / f"shop{next(_numbers)}.py"
        file.write_text(textwrap.dedent(source), encoding="utf-8")
        namespace: dict[str, Any] = {"__name__": file.stem, "__file__": str(file), **names}
        exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), namespace)
        try:
            namespace["main"]()
        except BaseException as error:
            return error
        raise AssertionError("main() raised nothing")

    return run
