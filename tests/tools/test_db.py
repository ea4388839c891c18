"""`demijohn db` as it is typed."""

from __future__ import annotations

import os
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


def db(folder: Path, *arguments: str, code: int = 0, **environment: str) -> str:
    """What one command prints, without colour and without a terminal."""
    command = [sys.executable, "-m", "demijohn", "db", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
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
    (folder / "app.py").write_text(text.replace("200", "300"))
    assert "more than add: a change of book.title." in db(folder, "make", "--additive", code=1)


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


SEEDED = (
    APP.replace("import App, Database", "import DB, App, Database").replace("import Mapped", "import Mapped, seed")
    + """

@app.register
@seed
def shelf(db: DB) -> None:
    db.save(Book(title="Seeded"))
"""
)


def rows(folder: Path, *models: str) -> str:
    """What is in the database."""
    return db(folder, "dump", *models)


def test_reset_begins_anew_and_seeds(folder: Path) -> None:
    """With tables made at once, and by migrations when there are some."""
    (folder / "app.py").write_text(SEEDED)
    environment = {"DEMIJOHN_DEBUG": "1"}
    said = db(folder, "reset", **environment)
    assert "Made 1 table" in said
    assert "Seeded: shelf" in said
    assert rows(folder) == '{"Book":{"id":1,"title":"Seeded"}}\n'
    db(folder, "make")
    db(folder, "seed")
    assert rows(folder).count("Seeded") == 2
    assert "0001_create_book" in db(folder, "reset", **environment)
    assert rows(folder).count("Seeded") == 1


def test_outside_of_development_reset_wants_the_name(folder: Path) -> None:
    """As it cannot be taken back."""
    db(folder, "make")
    db(folder, "migrate")
    said = db(folder, "reset", code=1, DEMIJOHN_DEBUG="0")
    assert "does not say that this is development" in said
    assert "demijohn db reset --yes app.sqlite" in said
    assert "other is not the name of this database" in db(folder, "reset", "--yes", "other", code=1)
    assert "Dropped 2 tables of app.sqlite" in db(folder, "reset", "--yes", "app.sqlite", DEMIJOHN_DEBUG="0")


def test_an_app_without_seeds_is_told_how_they_are_written(folder: Path) -> None:
    """With the lines to write."""
    assert "@app.register" in db(folder, "seed", code=1)


def test_rows_are_dumped_and_loaded(folder: Path) -> None:
    """All or nothing, and what is wrong by its record."""
    db(folder, "make")
    db(folder, "migrate")
    (folder / "books.yaml").write_text("- Book: {title: One}\n- Book: {title: Two}\n")
    assert db(folder, "load", "books.yaml") == "✓ Loaded 2 rows from books.yaml.\n"
    assert "Wrote 2 rows into all.jsonl" in db(folder, "dump", "Book", "-o", "all.jsonl")
    assert (folder / "all.jsonl").read_text() == rows(folder)
    (folder / "bad.jsonl").write_text('{"Book": {"title": "Three"}}\n{"Book": {"titel": "Four"}}\n')
    assert "Record 2 (Book): Book has no column titel. Did you mean title?" in db(folder, "load", "bad.jsonl", code=1)
    assert "Three" not in rows(folder)
    assert "There is no file lost.json" in db(folder, "load", "lost.json", code=2)
    assert "There is no model Bok" in db(folder, "dump", "Bok", code=2)


def test_the_shell_has_the_app_at_hand(folder: Path) -> None:
    """Nothing is kept that is not committed; standard input is a script."""
    (folder / "app.py").write_text(SEEDED)
    db(folder, "reset", DEMIJOHN_DEBUG="1")
    code = "print(app.seal().debug is not None, db.count(Book), db.scalar(select(func.max(Book.id))))"
    assert db(folder, "shell", "-c", code) == "True 1 1\n"
    assert "What was not committed is gone" in db(folder, "shell", "-c", "db.add(Book(title='x'))")
    db(folder, "shell", "-c", "db.save(Book(title='kept')); db.commit()")
    assert rows(folder).count("title") == 2
    told = db(folder, "shell", "-c", "book = 1\nbook.title", code=1)
    assert "AttributeError: 'int' object has no attribute 'title'" in told
    assert "at <command>:2 in <module>" in told
    assert "shell.py" not in told


def test_a_file_for_steps_of_ones_own(folder: Path) -> None:
    """Follows the others, and is judged by check until it says why."""
    db(folder, "make")
    assert "Write its steps" in db(folder, "make", "--empty", "--title", "clear books")
    file = folder / "migrations" / "0002_clear_books.py"
    text = file.read_text()
    assert 'down_revision = "0001_create_book"' in text
    db(folder, "migrate")
    lines = [line for line in text.splitlines() if "pass  #" in line]
    file.write_text(text.replace(lines[0], '    op.execute("DROP TABLE IF EXISTS gone_table")'))
    said = db(folder, "check", code=1)
    assert "migrations/0002_clear_books.py:\ndrop-table" in said
    assert "# allow drop-table: why" in said
    assert "agree" in db(folder, "check", "--allow", "drop-table:it is gone")
    file.write_text("# allow drop-table: it is gone\n" + file.read_text())
    assert "agree" in db(folder, "check")


OWN_BASE = """\
from demijohn import App, Database, Model
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    ...

class Invoice(Base):
    __tablename__ = "invoices"
    id: Mapped[int] = mapped_column(primary_key=True)

class Item(Base):
    __tablename__ = "items_of_invoices"
    id: Mapped[int] = mapped_column(primary_key=True)

app = App()
app.use(Database())
"""


def test_models_of_a_base_of_sqlalchemys_own(tmp_path: Path) -> None:
    """They are said to be passed over; in the same metadata they are made, migrated and at hand as all others."""
    (tmp_path / "app.py").write_text(OWN_BASE)
    told = db(tmp_path, "make")
    assert "Not looked at: 2 tables of app.Base, a base of SQLAlchemy's own." in told
    assert "metadata = Model.metadata, in Base." in told
    (tmp_path / "app.py").write_text(OWN_BASE.replace("    ...", "    metadata = Model.metadata"))
    assert "migrations/0001_create_invoices_and_items.py" in db(tmp_path, "make")
    db(tmp_path, "migrate")
    assert db(tmp_path, "make") == "Models and migrations agree: there is nothing to make.\n"
    assert db(tmp_path, "shell", "-c", "print(db.count(Invoice))") == "0\n"
