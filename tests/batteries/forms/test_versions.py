"""Two visitors edit one row: the second is told, sees both values, and overwrites nothing unknowingly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from demijohn import App, Client, InlineTemplates, Model, Templates, field, render
from demijohn.database import DB, Database, Mapped, Versioned
from demijohn.forms import Field, Form, Forms, LongText


class Leaflet(Versioned, Model):
    """A row that counts its changes."""

    title: Mapped[str] = field(max_length=50)
    body: Mapped[str] = field(default="")
    printed: Mapped[bool] = field(default=False)
    size: Mapped[str] = field(max_length=2, default="a4", choices={"a4": "Large", "a5": "Small"})


class LeafletForm(Form[Leaflet]):
    """All of it."""

    fields = ["title", "body", "printed", "size"]
    title = Field(label="Its title")


@pytest.fixture
def client() -> Iterator[Client]:
    """An app with one leaflet, number 1."""
    app = App(bare=True, debug=True)
    app.use(Forms(), Templates(), Database("sqlite://", create_tables="always"))
    app.register(InlineTemplates({"f.html": "{{ form }}"}))

    @app.post("/make")
    def make(db: DB) -> str:
        return str(db.save(Leaflet(title="Corks")).id)

    @app.route("/edit/{key}", methods=["GET", "POST"])
    def edit(key: int, form: LeafletForm, db: DB) -> Any:
        leaflet = db.get_or_404(Leaflet, key)
        if form.fill(leaflet).valid and form.save(db):
            return [leaflet.title, leaflet.body, leaflet.printed, leaflet.size]
        return render("f.html", form=form)

    @app.route("/late/{key}", methods=["GET", "POST"])
    def late(key: int, form: LeafletForm, db: DB) -> Any:
        form.fill(db.get_or_404(Leaflet, key))
        # Somebody else is faster, in between: as on another connection, past the session.
        db.execute(text("UPDATE leaflet SET title = 'Faster', version = version + 1"))
        if form.valid and form.save(db):
            return "saved"
        return render("f.html", form=form)

    with Client(app) as client:
        client.post("/make")
        yield client


def _version(page: str) -> str:
    return re.findall(r'name="_version" value="([^"]+)"', page)[0]


def _sent(page: str, **values: str) -> dict[str, str]:
    return {"title": "Corks", "body": "", "size": "a4", "_version": _version(page), **values}


def test_the_second_is_told_and_overwrites_nothing(client: Client) -> None:
    """Both values are there; whoever sends it again has seen them."""
    ada, bob = client.get("/edit/1").text, client.get("/edit/1").text
    assert client.post("/edit/1", data=_sent(ada, title="Jugs", size="a5", printed="true")).status == 200
    refused = client.post("/edit/1", data=_sent(bob, title="Cups"))
    assert refused.status == 422
    page = refused.text
    assert "Somebody else changed this while you did." in page
    assert 'value="Cups"' in page
    assert "Meanwhile this is: Jugs" in page
    assert "Meanwhile this is: Small" in page
    assert "Meanwhile this is: yes" in page
    assert page.count("<li>Meanwhile") == 3
    assert client.post("/edit/1", data=_sent(page, title="Cups")).json() == ["Cups", "", False, "a4"]


def test_who_is_alone_is_not_bothered(client: Client) -> None:
    """Nor who saves twice, nor a program that sends no version."""
    page = client.get("/edit/1").text
    assert client.post("/edit/1", data=_sent(page, title="One")).status == 200
    page = client.get("/edit/1").text
    assert client.post("/edit/1", data=_sent(page, title="Two")).json()[0] == "Two"
    assert client.post("/edit/1", data={"title": "Three", "size": "a4"}).json()[0] == "Three"


@pytest.mark.parametrize("version", ["0", "", "x", "99999999999999999999999", "1 OR 1=1"])
def test_a_version_that_is_none_is_an_old_one(client: Client, version: str) -> None:
    """It changes nothing."""
    assert client.post("/edit/1", data={"title": "Evil", "size": "a4", "_version": version}).status == 422
    assert 'value="Corks"' in client.get("/edit/1").text


def test_other_mistakes_are_told_beside_it(client: Client) -> None:
    """All at once."""
    page = client.get("/edit/1").text
    client.post("/edit/1", data=_sent(page, body="Written."))
    answer = client.post("/edit/1", data=_sent(page, title="x" * 60))
    assert "Expected at most 50 characters." in answer.text
    assert "Meanwhile this is: Written." in answer.text


def test_json_says_the_version_too(client: Client) -> None:
    """As `_version`; problem details name the fields."""
    sent = {"title": "Jugs", "_version": 0}
    answer = client.post("/edit/1", json=sent)
    assert answer.status == 422
    assert {"where": "body.title", "message": "Meanwhile this is: Corks"} in answer.json()["errors"]
    assert client.post("/edit/1", json={"title": "Jugs", "_version": 1}).json()[0] == "Jugs"


def test_who_is_overtaken_while_saving_is_told_the_same(client: Client) -> None:
    """No 409 without a page: the form, with what was typed and what there is."""
    page = client.get("/edit/1").text
    answer = client.post("/late/1", data=_sent(page, title="Slow"))
    assert answer.status == 422
    assert 'value="Slow"' in answer.text
    assert "Meanwhile this is: Faster" in answer.text


def test_what_has_no_version_has_no_such_field() -> None:
    """Nothing is sent for it, and `hold_to` is for what else counts its changes."""

    class Note(Model):
        text: Mapped[LongText]

    kind: Any = type("NoteForm", (Form[Note],), {"fields": ["text"]})
    form = kind().fill(Note(text="a"))
    assert form.seen_version == ""
    form = kind.parse_texts({"text": "b", "_version": "old"}).fill(Note(text="a"))
    assert form.valid
    form.hold_to("new")
    assert form.errors == {
        "text": ["Meanwhile this is: a"],
        "": ["Somebody else changed this while you did. What you typed is kept: look at both, and send it again."],
    }
