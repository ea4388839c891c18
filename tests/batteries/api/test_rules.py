"""The documents of the shop and of the atlas keep the recommended rules of redocly and spectral."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
APPS = {"shop": "tests/batteries/api/shop.py", "atlas": "examples/atlas/app.py"}


def lint(*files: Path) -> subprocess.CompletedProcess[str]:
    """Run the project's script; without npm it is skipped, but never where CI=true."""
    done = subprocess.run(
        ["sh", "scripts/openapi", *map(str, files)], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode == 3:
        if os.environ.get("CI") == "true":
            pytest.fail(f"With CI=true nothing may be skipped: {done.stderr}")
        pytest.skip(done.stderr)
    return done


@pytest.mark.server
@pytest.mark.parametrize("name", APPS)
def test_the_recommended_rules_are_kept(name: str, tmp_path: Path) -> None:
    """As `demijohn openapi` writes it, without an error or a warning."""
    file = tmp_path / f"{name}.json"
    command = [sys.executable, "-m", "demijohn", "openapi", APPS[name], "--output", str(file)]
    env = {**os.environ, "DATABASE_URL": "sqlite://"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    linted = lint(file)
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.server
def test_a_broken_rule_is_told(tmp_path: Path) -> None:
    """The script does not pass whatever it is given: an operation without any answer is no operation."""
    file = tmp_path / "broken.json"
    operation = {"operationId": "x", "summary": "X", "responses": {}, "security": []}
    file.write_text(
        json.dumps({"openapi": "3.1.0", "info": {"title": "X", "version": "1"}, "paths": {"/x": {"get": operation}}})
    )
    assert lint(file).returncode == 1
