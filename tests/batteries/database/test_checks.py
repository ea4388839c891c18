"""Whether a server has room for all connections that the workers may open."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from demijohn import App
from demijohn.batteries.database import checks
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database
from demijohn.kernel.checks import Check
from demijohn.kernel.deploy import DeployCheck, Finding


def findings(url: str, *, soon: bool = False, **settings: Any) -> list[Finding]:
    """What the battery says of its database, before it is public, or (`soon`) at every check."""
    app = App()
    app.use(Database(url, **settings))

    @app.get("/")
    def show(db: DB) -> str:
        return ""

    @app.get("/async")
    async def show_async(db: AsyncDB) -> str:
        return ""

    kernel = app.seal()
    kind: Any = Check if soon else DeployCheck
    asked = (check.warn if soon else check.run for check in kernel.offers(kind))
    return [found for ask in asked for found in ask(kernel) if found.id.startswith("DB")]


@pytest.mark.parametrize("served", ["postgresql", "mariadb"], indirect=True)
def test_more_than_the_server_allows_is_told(served: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    """With both numbers, and with sizes that fit."""
    monkeypatch.setattr(checks, "_cores", lambda: 10)
    url = served.url.render_as_string(hide_password=False)
    (found,) = findings(url, pool_size=1000, max_overflow=500)
    assert found.level == "warning"
    assert "10 workers may open 30000: 1500 each for `DB` and for `AsyncDB`" in found.what
    assert "Database(pool_size=" in found.fix
    assert findings(url, soon=True, pool_size=1000, max_overflow=500) == [found]
    assert findings(url, pool_size=1, max_overflow=0) == []


def test_a_server_that_cannot_be_asked_is_told() -> None:
    """Without an error, and without its password."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"postgresql://ann:secret@127.0.0.1:{unused.getsockname()[1]}/shop"
        (found,) = findings(url)
        assert findings(url, soon=True) == [], "nobody needs a server in order to check an app"
    assert (found.id, found.level) == ("DB002", "warning")
    assert "secret" not in found.what


def test_a_server_that_is_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check is the same without it."""
    silent = threading.Event()
    monkeypatch.setattr(checks, "_PATIENCE", 0.01)
    monkeypatch.setattr(checks, "check_connections", lambda *_: silent.wait(60))
    try:
        assert findings("postgresql://ann@127.0.0.1/shop", soon=True) == []
    finally:
        silent.set()


def test_a_file_has_room_for_all() -> None:
    """SQLite counts no connections."""
    assert findings("sqlite://") == []


def test_workers_are_counted_as_serve_does() -> None:
    """At least one."""
    count: Callable[[], int] = checks._cores
    assert count() >= 1
