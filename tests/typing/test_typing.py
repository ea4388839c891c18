"""The typing tests: files that checkers must accept as they are, and that also run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "tests" / "typing" / "models_ok.py"
ROUTES = ROOT / "tests" / "typing" / "routes_ok.py"
SHAPES = ROOT / "tests" / "typing" / "shapes_ok.py"
STORES = ROOT / "tests" / "typing" / "stores_ok.py"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a tool at the root of the project, with the project's own source on its path."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "MYPYPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_models_pass_mypy_strict(tmp_path: Path) -> None:
    """Models type-check without a plugin, and the lines that must be refused are."""
    pytest.importorskip("mypy")
    done = run(
        "-m",
        "mypy",
        "--strict",
        "--explicit-package-bases",
        "--cache-dir",
        str(tmp_path / "mypy"),
        str(MODELS),
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_models_pass_pyright() -> None:
    """The second checker agrees with the first."""
    pytest.importorskip("pyright")
    done = run("-m", "pyright", str(MODELS))
    if "error" in done.stderr.lower() and not done.stdout.strip():
        pytest.skip(f"pyright could not be set up here: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stdout + done.stderr


def test_models_run() -> None:
    """The same file does what it says, against a real database."""
    done = run("-W", "error", str(MODELS))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "ok\n"


def test_routes_pass_mypy_strict(tmp_path: Path) -> None:
    """Routes, links, converters and views keep the types of what they decorate; wrong options are refused."""
    pytest.importorskip("mypy")
    cache = str(tmp_path / "mypy")
    done = run("-m", "mypy", "--strict", "--explicit-package-bases", "--cache-dir", cache, str(ROUTES))
    assert done.returncode == 0, done.stdout + done.stderr


def test_routes_pass_pyright() -> None:
    """The second checker agrees with the first."""
    pytest.importorskip("pyright")
    done = run("-m", "pyright", str(ROUTES))
    if "error" in done.stderr.lower() and not done.stdout.strip():
        pytest.skip(f"pyright could not be set up here: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stdout + done.stderr


def test_routes_run() -> None:
    """The same file does what it says."""
    done = run("-W", "error", str(ROUTES))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "ok\n"


def test_shapes_pass_mypy_strict(tmp_path: Path) -> None:
    """Bodies, changes and shapes of models are typed as the models are."""
    pytest.importorskip("mypy")
    cache = str(tmp_path / "mypy")
    done = run("-m", "mypy", "--strict", "--explicit-package-bases", "--cache-dir", cache, str(SHAPES))
    assert done.returncode == 0, done.stdout + done.stderr


def test_shapes_pass_pyright() -> None:
    """The second checker agrees with the first."""
    pytest.importorskip("pyright")
    done = run("-m", "pyright", str(SHAPES))
    if "error" in done.stderr.lower() and not done.stdout.strip():
        pytest.skip(f"pyright could not be set up here: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stdout + done.stderr


def test_shapes_run() -> None:
    """The same file does what it says."""
    done = run("-W", "error", str(SHAPES))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "ok\n"


def test_stores_pass_mypy_strict(tmp_path: Path) -> None:
    """Stores keep the types of what is in them, and a store of one thing is none of another."""
    pytest.importorskip("mypy")
    cache = str(tmp_path / "mypy")
    done = run("-m", "mypy", "--strict", "--explicit-package-bases", "--cache-dir", cache, str(STORES))
    assert done.returncode == 0, done.stdout + done.stderr


def test_stores_pass_pyright() -> None:
    """The second checker agrees with the first."""
    pytest.importorskip("pyright")
    done = run("-m", "pyright", str(STORES))
    if "error" in done.stderr.lower() and not done.stdout.strip():
        pytest.skip(f"pyright could not be set up here: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stdout + done.stderr


def test_stores_run() -> None:
    """The same file does what it says."""
    done = run("-W", "error", str(STORES))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "ok\n"
