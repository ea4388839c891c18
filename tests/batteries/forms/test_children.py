"""Rows that belong to a form's object: changed, added and removed with it, and never those of another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from demijohn import App, Client, InlineTemplates, Templates, redirect, render
from demijohn.database import DB, Database, Mapped, Model, belongs_to, field, has_many
from demijohn.forms import Field, Form, Forms


class FormCrate(Model):
    """What has rows."""

    name: Mapped[str] = field(max_length=20)
    bottles: Mapped[list[FormBottle]] = has_many()


class FormBottle(Model):
    """A row."""

    label: Mapped[str] = field(max_length=20)
    litres: Mapped[int] = field(ge=1, default=1)
    secret: Mapped[str] = field(default="s", private=True)
    crate: Mapped[FormCrate] = belongs_to()


class BottleForm(Form[FormBottle]):
    """What visitors set of a row."""

    fields = ["label", "litres"]


class CrateForm(Form[FormCrate]):
    """With rows."""

    fields = ["name", "bottles"]
    bottles = Field(form=BottleForm)


@pytest.fixture
def client(tmp_path: Any) -> Iterator[Client]:
    """An app with two crates."""
    app = App(bare=True)
    app.use(Forms(), Templates(), Database(f"sqlite:///{tmp_path / 'crates.db'}", create_tables="always"))
    app.register(InlineTemplates({"form.html": "{{ form }}"}))

    @app.get("/all")
    def everything(db: DB) -> Any:
        rows = db.execute(
            select(FormCrate.name, FormBottle.id, FormBottle.label, FormBottle.litres)
            .outerjoin(FormBottle, FormBottle.crate_id == FormCrate.id)  # type: ignore[attr-defined]
            .order_by(FormCrate.id, FormBottle.id)
        )
        return [list(row) for row in rows]

    @app.route("/new", methods=["GET", "POST"])
    def new(form: CrateForm, db: DB) -> Any:
        if form.valid and form.save(db):
            return redirect(everything)
        return render("form.html", form=form)

    @app.route("/edit/{key}", methods=["GET", "POST"])
    def edit(key: int, form: CrateForm, db: DB) -> Any:
        if form.fill(db.get_or_404(FormCrate, key)).valid and form.save(db):
            return redirect(everything)
        return render("form.html", form=form)

    @app.post("/price/{key}")
    def price(key: int, form: CrateForm, db: DB, then: str) -> Any:
        form.fill(db.get_or_404(FormCrate, key))
        form.value.name = form.value.name.lower()
        for bottle in form.value.bottles:
            bottle.litres = 7
            bottle.secret = "dear"
        if then == "asks":
            db.scalar(select(FormBottle.id))  # which sends what there is: the row that is gone is deleted
        for _ in range({"saves twice": 2, "does not save": 0}.get(then, 1)):
            assert form.save(db) is not None
        if then == "regrets":
            form.add_error("name", "Not that one.")
        return [form.instance.name, [bottle.label for bottle in form.instance.bottles]]

    @app.post("/first/{key}")
    def first(key: int, form: CrateForm, db: DB) -> Any:
        form.fill(db.get_or_404(FormCrate, key)).value.bottles.pop()
        assert form.save(db) is not None
        return [bottle.label for bottle in form.instance.bottles]

    @app.get("/secrets")
    def secrets(db: DB) -> Any:
        return db.all(select(FormBottle.secret).order_by(FormBottle.id))

    with Client(app) as client:
        for name in ("A", "B"):
            sent = {"name": name, "bottles.0.label": f"{name}1", "bottles.1.label": f"{name}2", "bottles.1.litres": "2"}
            assert client.post("/new", data={"bottles": "shown", **sent}).status == 303
        yield client


BEFORE = [["A", 1, "A1", 1], ["A", 2, "A2", 2], ["B", 3, "B1", 1], ["B", 4, "B2", 2]]


def test_rows_are_made_with_their_object(client: Client) -> None:
    """Both crates have theirs."""
    assert client.get("/all").json() == BEFORE


def test_rows_are_shown_with_their_keys(client: Client) -> None:
    """Hidden, to be known again."""
    page = client.get("/edit/1").text
    assert re.findall(r'name="bottles\.\d\.key" value="(\d+)"', page) == ["1", "2"]
    assert 'value="A2"' in page


def test_rows_are_changed_added_and_removed(client: Client) -> None:
    """By what is sent; a blank row is none."""
    sent = {
        "bottles": "shown", "name": "A", "bottles.0.key": "2", "bottles.0.label": "A2", "bottles.0.litres": "9",
        "bottles.1.label": "A3", "bottles.2.label": "", "bottles.2.litres": "1",
    }  # fmt: skip
    assert client.post("/edit/1", data=sent).status == 303
    assert client.get("/all").json() == [["A", 2, "A2", 9], ["A", 5, "A3", 1], *BEFORE[2:]]


@pytest.mark.parametrize("then", ["saves", "saves twice", "asks", "does not save", "regrets"])
def test_what_the_handler_changes_of_them_stays(client: Client, then: str) -> None:
    """Of the object and of its rows, those that are new too, which are added once; unless it tells a mistake then."""
    sent = {
        "bottles": "shown", "name": "NEW", "bottles.0.key": "2", "bottles.0.label": "A2", "bottles.1.label": "A3",
    }  # fmt: skip
    answer = client.post("/price/1", query={"then": then}, data=sent).json()
    if then == "regrets":
        assert client.get("/all").json() == BEFORE
        return
    assert answer == ["new", ["A2", "A3"]]
    assert [row[:1] + row[2:] for row in client.get("/all").json()] == [
        ["new", "A2", 7],
        ["new", "A3", 7],
        ["B", "B1", 1],
        ["B", "B2", 2],
    ]
    assert sorted(client.get("/secrets").json()) == ["dear", "dear", "s", "s"]


def test_new_rows_that_the_handler_takes_out_are_not_saved(client: Client) -> None:
    """Neither is the row lost that it leaves there."""
    sent = {"bottles": "shown", "name": "A", "bottles.0.key": "1", "bottles.0.label": "A1", "bottles.1.label": "A3",
            "bottles.2.label": "A4"}  # fmt: skip
    assert client.post("/first/1", data=sent).json() == ["A1", "A3"]
    assert client.get("/all").json() == [["A", 1, "A1", 1], ["A", 5, "A3", 1], *BEFORE[2:]]


@pytest.mark.parametrize("keys", [("3",), ("99",), ("1", "1"), ("-1",), ("x",), ("9" * 30,)])
def test_rows_of_another_are_never_touched(client: Client, keys: tuple[str, ...]) -> None:
    """A key that is not among them, or twice: refused, and nothing is changed."""
    sent = {"bottles": "shown", "name": "stolen"}
    for index, key in enumerate(keys):
        sent |= {f"bottles.{index}.key": key, f"bottles.{index}.label": "stolen"}
    assert client.post("/edit/1", data=sent).status == 422
    assert client.post("/new", data=sent).status == 422
    assert client.get("/all").json() == BEFORE


def test_nothing_of_a_row_but_its_fields_is_set(client: Client) -> None:
    """Over-posting."""
    sent = {"bottles": "shown", "name": "A", "bottles.0.key": "1", "bottles.0.label": "A1", "bottles.0.crate_id": "2"}
    assert client.post("/edit/1", data={**sent, "bottles.0.secret": "x", "bottles.0.id": "77"}).status == 303
    assert client.get("/all").json() == [["A", 1, "A1", 1], *BEFORE[2:]]


def test_rows_that_stood_in_no_page_are_left(client: Client) -> None:
    """A form laid out without them removes none; a page that showed them and has none left removes all."""
    assert client.post("/edit/1", data={"name": "A"}).status == 303
    assert client.get("/all").json() == BEFORE
    assert client.post("/edit/1", data={"name": "A", "bottles": "shown"}).status == 303
    assert client.get("/all").json() == [["A", None, None, None], *BEFORE[2:]]


def test_a_mistake_in_a_row_keeps_its_key(client: Client) -> None:
    """So that it is the same row when it is sent again."""
    sent = {"bottles": "shown", "name": "A", "bottles.0.key": "2", "bottles.0.label": "x" * 30, "bottles.0.litres": "0"}
    answer = client.post("/edit/1", data=sent)
    assert answer.status == 422
    assert re.findall(r'name="bottles\.\d\.key" value="(\d+)"', answer.text) == ["2"]
    assert 'id="form-bottles-0-label-errors"' in answer.text
    assert client.get("/all").json() == BEFORE
