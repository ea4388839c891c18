"""The stranger's distribution, built and installed by pip into a folder of its own, and apps run against it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DISTRIBUTION = Path(__file__).parent / "demijohn-weather"
CAN_BUILD = importlib.util.find_spec("hatchling") is not None and importlib.util.find_spec("pip") is not None


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip installed the distribution into, from a wheel that its own `pyproject.toml` makes.

    Where hatchling is missing, it is the source itself, and the test of the wheel says that it was skipped.
    """
    if not CAN_BUILD:
        return DISTRIBUTION / "src"
    folder = tmp_path_factory.mktemp("stranger") / "site"
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
        "--disable-pip-version-check", "--no-compile", "--target", str(folder), str(DISTRIBUTION),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


Run = Callable[..., Any]


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Run:
    """Run a program beside `app.py` in a folder of its own, with the distribution at hand; what it says, as JSON.

    `tell(value)` says something; files are given by name, `demijohn_toml=` for `demijohn.toml`.
    """

    def run(program: str, *, environment: dict[str, str] | None = None, fails: bool = False, **files: str) -> Any:
        for name, text in files.items():
            file = tmp_path / ".".join(name.replace("__", "/").rsplit("_", 1))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        start = "import json, sys\ndef tell(value): print('TOLD', json.dumps(value))\n"
        variables = {name: value for name, value in os.environ.items() if not name.startswith("DEMIJOHN_")}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", start + program],
            env={**variables, "PYTHONPATH": str(installed), **(environment or {})},
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        if fails:
            assert done.returncode, done.stdout
            return done.stderr
        assert done.returncode == 0, done.stderr
        (told,) = [line.removeprefix("TOLD ") for line in done.stdout.splitlines() if line.startswith("TOLD ")]
        return json.loads(told)

    return run
