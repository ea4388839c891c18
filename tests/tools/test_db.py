"""`demijohn db` as it is typed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

APP = """\
from demijohn import App, Database, Model, field
from demijohn.database import Mapped

class Book(Model):
    title: Mapped[str] = field(max_length=200)

app = App()
app.use(Database())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An app with one model."""
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def db(folder: Path, *arguments: str, code: int = 0) -> str:
    """What one command prints, without colour and without a terminal."""
    command = [sys.executable, "-m", "demijohn", "db", *arguments]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_the_life_of_an_app(folder: Path) -> None:
    """From nothing to the first rename and back."""
    assert "demijohn db make" in db(folder, "history")
    assert "Applied:     none" in db(folder, "status")
    assert not (folder / "migrations").exists()
    assert "CREATE TABLE book" in db(folder, "diff")
    assert "differ" in db(folder, "check", code=1)
    assert "migrations/0001_create_book.py" in db(folder, "make")
    assert "0001_create_book" in db(folder, "migrate")
    assert db(folder, "migrate") == "The database is up to date.\n"
    assert "nothing to make" in db(folder, "make")
    (folder / "app.py").write_text(APP.replace("title:", "name:"))
    assert "demijohn db make --rename book.title=book.name" in db(folder, "make", code=1)
    assert "0002" in db(folder, "make", "--rename", "book.title=book.name")
    assert "CREATE TABLE book" in db(folder, "sql")
    db(folder, "migrate", "2")
    assert "agree" in db(folder, "check")
    assert "taken back" in db(folder, "rollback", "0")
    assert "nothing to take back" in db(folder, "rollback")


def test_dangers_stop_a_migration_until_they_are_allowed(folder: Path) -> None:
    """With the safe way, and the line that allows."""
    db(folder, "make")
    text = APP.replace("title:", "pages: Mapped[int]\n    title:")
    (folder / "app.py").write_text(text)
    said = db(folder, "make", code=1)
    assert "Instead: Allow None" in said
    assert 'demijohn db make --allow not-null:"why"' in said
    assert len(list((folder / "migrations").glob("*.py"))) == 1
    assert "Wrote" in db(folder, "make", "--allow", "not-null:there are no rows yet")


@pytest.mark.parametrize(
    ("arguments", "code", "answer"),
    [
        (["migrate", "7"], 2, "There is no migration 7.\n  Fix: There are: none yet."),
        (["make", "shop:app"], 2, "Fix: The app is named so: demijohn db make --app shop:app"),
        (["status", "--title", "x"], 2, "No such option '--title'.\n  Fix: demijohn db status --help"),
        (["make", "--rename", "book"], 2, "Fix: --rename post.title=post.headline"),
    ],
)
def test_what_cannot_be_is_said_with_what_can(folder: Path, arguments: list[str], code: int, answer: str) -> None:
    """Each error ends with the way on."""
    assert answer in db(folder, *arguments, code=code)


def test_an_app_without_a_database_says_so(tmp_path: Path) -> None:
    """With the line that adds one."""
    (tmp_path / "app.py").write_text("from demijohn import App\napp = App()\n")
    assert "app.use(Database())" in db(tmp_path, "status", code=2)


def test_a_database_that_cannot_be_reached_is_no_traceback(folder: Path) -> None:
    """But the error of the app's start."""
    (folder / "app.py").write_text(APP.replace("Database()", 'Database(url="sqlite:////no/such/folder/x.sqlite")'))
    assert "DMJ0525" in db(folder, "status", code=2)


def test_a_file_that_is_no_python_is_named(folder: Path) -> None:
    """Instead of a traceback."""
    db(folder, "make")
    (folder / "migrations" / "0002_bad.py").write_text("revision = (")
    assert "cannot be read" in db(folder, "status", code=1)


def test_an_app_with_migrations_makes_no_tables_at_start(folder: Path) -> None:
    """It says what to type instead."""
    db(folder, "make")
    start = "import app; from demijohn.testing import Client\nwith Client(app.app): pass"
    command = [sys.executable, "-c", start]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert "demijohn db migrate" in done.stderr
