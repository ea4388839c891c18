"""Databases beside the app's own, and what the development server says of those that lag behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

APP = """
from demijohn import App, Database, Model, field
from demijohn.database import Mapped

class Book(Model):
    title: Mapped[str] = field(max_length=200)
    # more

app = App()
app.use(Database())
"""
REPORTS = """
class Sale(Model, database="reports"):
    amount: Mapped[int]

app.use(Database(url="sqlite:///reports.sqlite", name="reports"))
"""


@pytest.fixture
def run_db(run: Callable[..., tuple[int, str]]) -> Callable[..., str]:
    """What one command prints."""

    def run_db(*arguments: str, code: int = 0) -> str:
        ended, output = run("db", *arguments)
        assert ended == code, output
        return output

    return run_db


def test_each_database_has_a_history_of_its_own(write: Callable[..., Path], run_db: Callable[..., str]) -> None:
    """In a folder of its own, with its own models; rows go to their database."""
    app = write("app.py", APP + REPORTS)
    assert "migrations/0001_create_book.py" in run_db("make")
    assert "migrations/reports/0001_create_sale.py" in run_db("make", "--database", "reports")
    run_db("migrate")
    assert "0001_create_sale" in run_db("migrate", "--database", "reports")
    write("sales.jsonl", '{"Sale": {"amount": 5}}\n')
    run_db("load", "sales.jsonl", "--database", "reports")
    assert run_db("dump", "--database", "reports") == '{"Sale":{"id":1,"amount":5}}'
    assert run_db("dump") == ""
    assert (app.parent / "reports.sqlite").exists()
    said = run_db("status", "--database", "lost", code=2)
    assert "This app has no database lost." in said
    assert "--database database | reports" in said


def test_the_development_server_tells_what_the_database_lacks(
    write: Callable[..., Path], run_db: Callable[..., str], start: Callable[..., Any]
) -> None:
    """First the migration that is not applied, then the column that has none; the command that is shown mends it."""
    app = write("app.py", APP)
    run_db("make", "--apply")
    app.write_text(APP.replace("# more", "pages: Mapped[int | None]"))
    server = start("dev", "--port", "0")
    server.until(
        r"The models have what the database lacks: the column book.pages. To mend it: demijohn db make --apply"
    )
    run_db("make")
    app.write_text(APP.replace("# more", "pages: Mapped[int | None]  # now"))
    os.utime(app)
    server.until(r"1 migration not applied: 0002_change_book. To mend it: demijohn db migrate")
