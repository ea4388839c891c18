"""Watching files: what is watched, and what is reported."""

from __future__ import annotations

import queue
import sys

import pytest

from demijohn.tools.reload import watch
from demijohn.tools.reload.watch import Watcher, folders_below, is_relevant


def test_folders_that_hold_no_code_of_the_app_are_not_watched(tmp_path):
    """Hidden ones, virtual environments, node_modules, caches."""
    for name in ("shop/pages", ".git/hooks", "env/lib", "node_modules/a", "__pycache__"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "env" / "pyvenv.cfg").touch()
    found = {str(folder.relative_to(tmp_path)) for folder in folders_below(tmp_path)}
    assert found == {".", "shop", "shop/pages"}


def test_a_forest_of_folders_is_bounded(tmp_path, monkeypatch):
    """However large a project is, the number of watches is not."""
    monkeypatch.setattr(watch, "_MOST_FOLDERS", 5)
    for number in range(50):
        (tmp_path / str(number)).mkdir()
    assert len(folders_below(tmp_path)) == 5


@pytest.mark.parametrize(
    ("path", "relevant"),
    [("a.py", True), (".env", True), ("demijohn.toml", True), ("a.html", False), ("a.pyc", False), ("x/.env", True)],
)
def test_what_may_restart_an_app(path, relevant):
    """Code and settings, not templates."""
    assert is_relevant(path) is relevant


@pytest.fixture(params=["events", "poll", "no watchfiles"])
def seen(request, tmp_path, monkeypatch):
    """What a watcher of the test's folder reports, whichever way it finds out."""
    monkeypatch.setattr(watch, "_POLL_SECONDS", 0.02)
    if request.param == "no watchfiles":
        monkeypatch.setitem(sys.modules, "watchfiles", None)
    elif request.param == "events":
        pytest.importorskip("watchfiles")
    (tmp_path / "old.py").write_text("1")
    reported: queue.Queue[set[str]] = queue.Queue()
    watcher = Watcher(tmp_path, reported.put, poll=request.param == "poll")
    watcher.start()
    # The first report may come late: write until it is there, so that what follows is certainly watched.
    number = 0
    while reported.empty():
        number += 1
        (tmp_path / "warm.py").write_text(str(number))
        try:
            reported.put(reported.get(timeout=0.2))
        except queue.Empty:
            continue
    yield reported
    watcher.stop()


def until(reported, path):
    """Wait for a path to be reported."""
    while str(path) not in reported.get(timeout=10):
        pass


def test_changes_are_reported(seen, tmp_path):
    """New, changed and removed files; in folders that are new, too; others are not."""
    (tmp_path / "page.html").write_text("x")
    (tmp_path / "new.py").write_text("1")
    until(seen, tmp_path / "new.py")
    (tmp_path / "old.py").write_text("22")
    until(seen, tmp_path / "old.py")
    (tmp_path / "old.py").unlink()
    until(seen, tmp_path / "old.py")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "pages.py").write_text("1")
    until(seen, tmp_path / "shop" / "pages.py")
    while not seen.empty():
        assert all(path.endswith(".py") for path in seen.get())
