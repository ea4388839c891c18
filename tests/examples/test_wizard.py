"""The wizard, asked in process: three steps, rows, the summary, and what it refuses."""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from demijohn import Client

from .conftest import checked, example

ADDRESS = {
    "name": "Ada <b>", "email": "ada@example.org", "street": "Quay 1", "postcode": "0150", "city": "Oslo",
}  # fmt: skip
LINES = {"lines.0.product": "Demijohn, 5 litres", "lines.0.count": "2", "lines.1.product": "Cork", "lines.1.count": "3"}


@pytest.fixture(scope="module")
def wizard() -> ModuleType:
    """The module `examples/wizard/app.py`."""
    return example("wizard")


@pytest.fixture
def config(tmp_path: Path) -> dict[str, Any]:
    """A database of its own."""
    return {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'app.sqlite'}",
        "SECRET_KEY": secrets.token_urlsafe(32),
        "database": {"create_tables": "always"},
    }


@pytest.fixture
def client(wizard: Any, config: dict[str, Any]) -> Iterator[Client]:
    """A visitor."""
    with Client(wizard.app, config=config) as made:
        yield made


def mistakes(page: str) -> list[str]:
    """The fields that a page's summary names."""
    return re.findall(r'<li><a href="#form-([\w-]+)">', page)


def send(client: Client, step: str, **data: str) -> str:
    """Where a step leads to that is right."""
    answer = client.post(f"/?step={step}", data=data)
    assert answer.status == 303, mistakes(answer.text)
    return answer.headers["location"]


def rows(tmp_path: Path, query: str) -> list[tuple[Any, ...]]:
    """What the database has."""
    with closing(sqlite3.connect(tmp_path / "app.sqlite")) as connection:
        return connection.execute(query).fetchall()


def test_an_order_from_the_first_step_to_the_summary(client: Client, tmp_path: Path) -> None:
    """Each step opens the next, the last look shows all, and the order is saved with its rows."""
    assert 'aria-current="step">Where it goes' in client.get("/").text
    assert send(client, "address", **ADDRESS, gift="on", card="For you") == "/?step=items"
    assert send(client, "items", **LINES) == "/?step=review"
    review = client.get("/?step=review").text
    assert "<tr><td>Demijohn, 5 litres</td><td>2</td><td>48.00 €</td></tr>" in review
    assert "<td>51.60 €</td>" in review
    assert "Ada &lt;b&gt;<br>Quay 1" in review
    assert "For you" in review
    assert rows(tmp_path, 'select count(*) from "order"') == [(0,)]
    assert send(client, "review", agreed="on", note="One\nTwo") == "/thanks"
    page = client.get("/thanks").text
    assert "Thank you, Ada &lt;b&gt;." in page
    assert "<td>51.60 €</td>" in page
    assert "<p>One<br>Two</p>" in page
    assert rows(tmp_path, "select product, count, order_id from order_line order by id") == [
        ("Demijohn, 5 litres", 2, 1), ("Cork", 3, 1)
    ]  # fmt: skip
    assert 'aria-current="step">Where it goes' in client.get("/").text
    assert "Quay 1" not in client.get("/").text


def test_no_step_is_skipped(client: Client) -> None:
    """Neither by an address nor by sending it: what comes first is shown."""
    assert 'aria-current="step">Where it goes' in client.get("/?step=review").text
    answer = client.post("/?step=review", data={"agreed": "on"})
    assert answer.status == 422
    assert 'aria-current="step">Where it goes' in answer.text
    assert client.get("/thanks").headers["location"] == "/"


def test_all_mistakes_of_a_step_are_told(client: Client) -> None:
    """A card is asked for where it is a gift, and nowhere else; text is kept."""
    answer = client.post("/?step=address", data={"name": "Ada", "email": "nobody", "gift": "on"})
    assert answer.status == 422
    assert mistakes(answer.text) == ["email", "street", "postcode", "city", "card"]
    assert 'value="nobody"' in answer.text
    assert send(client, "address", **ADDRESS, card="not shown") == "/?step=items"
    send(client, "items", **LINES)
    assert "not shown" not in client.get("/?step=review").text


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"lines.0.product": "", "lines.0.count": "1"}, "lines"),
        ({"lines.0.product": "Cork", "lines.0.count": "0"}, "lines-0-count"),
        ({"lines.0.product": "Cork", "lines.0.count": "1e9"}, "lines-0-count"),
        ({"lines.0.product": "Gold", "lines.0.count": "1"}, "lines-0-product"),
        ({f"lines.{row}.product": "Cork" for row in range(21)}, "lines"),
    ],
)
def test_rows_that_are_wrong(client: Client, sent: dict[str, str], wrong: str) -> None:
    """None at all, too many, or of what is not sold."""
    send(client, "address", **ADDRESS)
    answer = client.post("/?step=items", data=sent)
    assert answer.status == 422
    assert mistakes(answer.text) == [wrong]


def test_rows_without_a_script(client: Client) -> None:
    """Buttons add and remove them, and a row that is left blank does not count."""
    send(client, "address", **ADDRESS)
    more = client.post("/?step=items", data={**LINES, "_add": "lines"})
    assert "Item 3" in more.text
    assert mistakes(more.text) == []
    less = client.post("/?step=items", data={**LINES, "_remove": "lines.0"})
    assert re.findall(r'<option value="([^"]+)" selected>', less.text) == ["Cork"]
    assert send(client, "items", **LINES, **{"lines.2.product": "", "lines.2.count": "1"}) == "/?step=review"
    assert client.get("/?step=review").text.count("<tr><td>") == 2


def test_going_back_loses_nothing(client: Client) -> None:
    """What was typed is there again, though it was not right yet."""
    send(client, "address", **ADDRESS)
    assert send(client, "items", **{"lines.0.product": "Cork", "lines.0.count": "0", "_back": "1"}) == "/?step=address"
    assert 'value="Quay 1"' in client.get("/?step=address").text
    items = client.get("/?step=items").text
    assert '<option value="Cork" selected>' in items
    assert mistakes(items) == []


def test_prices_are_the_servers(client: Client, tmp_path: Path) -> None:
    """Whatever else was sent."""
    send(client, "address", **ADDRESS)
    send(client, "items", **{"lines.0.product": "Cork", "lines.0.count": "1", "lines.0.price": "0", "price": "0"})
    send(client, "review", agreed="on")
    assert "<td>1.20 €</td>" in client.get("/thanks").text


def test_nobody_sees_the_order_of_another(client: Client, wizard: Any, config: dict[str, Any]) -> None:
    """The summary is that of the visitor's own session."""
    send(client, "address", **ADDRESS)
    send(client, "items", **LINES)
    send(client, "review", agreed="on")
    assert client.get("/thanks").status == 200
    with Client(wizard.app, config=config) as another:
        assert another.get("/thanks").status in (302, 303)


def test_the_check_finds_nothing() -> None:
    """Templates, their names and links are right."""
    assert checked("wizard").startswith("✓ No mistakes")
