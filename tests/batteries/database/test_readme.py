"""The battery's page and its docstrings: all their code is run."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import demijohn
import demijohn.batteries.database as battery

FOLDER = Path(battery.__file__).parent
SOURCE = Path(demijohn.__file__).parent.parent


def test_the_readme_runs(tmp_path: Path) -> None:
    """Its blocks, one after the other, in a process of their own, as they define models."""
    blocks = re.findall(r"```python\n(.*?)```", (FOLDER / "README.md").read_text(), flags=re.DOTALL)
    assert len(blocks) == 4
    script = tmp_path / "readme.py"
    script.write_text("\n".join(blocks))
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [one.name for one in pkgutil.walk_packages(battery.__path__, f"{battery.__name__}.")])
def test_the_docstrings_run(name: str) -> None:
    """Every example in a docstring gives what it says."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_nothing_of_sqlalchemy_is_imported_with_the_front_door() -> None:
    """An app without a database does not pay for one."""
    code = "import sys, demijohn, demijohn.app; sys.exit('sqlalchemy' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, timeout=60, check=False).returncode == 0
