"""What each setup mistake prints, word for word: changing a message is changing its file here, and its page."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SOURCE = ROOT / "src"
FILES = sorted(HERE.glob("*.txt"))
NO_FORK = "os.fork is needed to commit many mistakes quickly"


def codes_in_source() -> set[str]:
    """The codes that the source raises: texts that are a code and nothing else."""
    return {
        node.value
        for file in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"DMJ\d{4}", node.value)
    }


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each file's mistake prints now."""
    if not hasattr(os, "fork"):
        pytest.skip(NO_FORK)
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}

    folder = str(tmp_path_factory.mktemp("apps"))
    command = [sys.executable, "-W", "error", str(HERE / "wording.py"), folder]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    messages: dict[str, str] = json.loads(done.stdout)
    return messages


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_wording(file: Path, printed: dict[str, str]) -> None:
    """The mistake of a file prints its message; to write all anew: python tests/errors/wording.py FOLDER --write."""
    message = file.read_text(encoding="utf-8").partition("---- message\n")[2]
    assert printed[file.name] == message
    assert message.startswith(f"{file.stem[:7]}  ")
    assert "\n  Fix: " in message


def test_no_code_lacks_a_file() -> None:
    """Every code of the source is pinned, and no file pins a code that is gone."""
    assert {file.stem[:7] for file in FILES} == codes_in_source()
