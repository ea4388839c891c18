"""Forms for models: named fields, rows of other tables to choose from, saving, and what the database refuses."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from sqlalchemy import select

from demijohn import App, Client, InlineTemplates, Schema, SetupError, Templates, redirect, render
from demijohn.database import DB, AsyncDB, Database, Mapped, Model, belongs_to, field, has_many, key, many_to_many
from demijohn.forms import Field, Form, Forms, KeyOf


class FormWriter(Model):
    """Who writes."""

    name: Mapped[str] = field(max_length=50)
    secret: Mapped[str] = field(default="hidden", private=True)


class FormLabel(Model):
    """What texts are about."""

    name: Mapped[str] = field(max_length=50)


class FormText(Model):
    """Some of everything."""

    title: Mapped[str] = field(max_length=20, unique=True, label="Headline", help="Short.")
    body: Mapped[str] = field(widget="markdown", default="")
    rank: Mapped[int] = field(ge=1, le=5, default=3)
    published: Mapped[bool] = field(default=False)
    due: Mapped[datetime.datetime | None] = field()
    made: Mapped[datetime.datetime] = field(auto_now_add=True)
    code: Mapped[str] = field(default="k", private=True)
    writer: Mapped[FormWriter] = belongs_to()
    writer_id: Mapped[int] = key()
    labels: Mapped[set[FormLabel]] = many_to_many()


class TextForm(Form[FormText]):
    """What visitors may set."""

    fields = ["title", "body", "rank", "published", "due", "writer", "labels"]
    title = Field(placeholder="Corks")

    def validate_title(self, value: str) -> None:
        """A rule of the form."""
        if value == "no":
            raise ValueError("Not this one.")


def _app(path: Any, *, asynchronous: bool = False) -> App:
    app = App(bare=True)
    scheme = "sqlite+aiosqlite" if asynchronous else "sqlite"
    app.use(Forms(), Templates(), Database(f"{scheme}:///{path / 'texts.db'}", create_tables="always"))
    app.register(InlineTemplates({"form.html": "{{ form }}"}))
    return app


def _sync_app(path: Any) -> App:
    app = _app(path)

    @app.get("/done")
    def done() -> str:
        return "done"

    @app.route("/new", methods=["GET", "POST"])
    def new(form: TextForm, db: DB) -> Any:
        if form.valid and form.save(db):
            return redirect(done)
        return render("form.html", form=form)

    @app.route("/edit/{text}", methods=["GET", "POST"])
    def edit(text: FormText, form: TextForm, db: DB) -> Any:
        if form.fill(text).valid and form.save(db):
            return redirect(done)
        return render("form.html", form=form)

    @app.get("/texts")
    def texts(db: DB) -> Any:
        return [
            [one.title, one.body, one.rank, one.published, str(one.due), one.writer_id, one.code]
            for one in db.all(select(FormText).order_by(FormText.id))
        ]

    return app


def _async_app(path: Any) -> App:
    app = _app(path, asynchronous=True)

    @app.get("/done")
    async def done() -> str:
        return "done"

    @app.route("/new", methods=["GET", "POST"])
    async def new(form: TextForm, db: AsyncDB) -> Any:
        if form.valid and await db.run(form.save) is not None:
            return redirect(done)
        return render("form.html", form=form)

    @app.get("/texts")
    async def texts(db: AsyncDB) -> Any:
        return [
            [one.title, one.body, one.rank, one.published, str(one.due), one.writer_id, one.code]
            for one in await db.all(select(FormText).order_by(FormText.id))
        ]

    return app


def _people(app: App, count: int) -> None:
    if app.__dict__.get("asynchronous"):
        return

    @app.post("/people")
    def people(db: DB) -> str:
        db.add_all([FormWriter(name=f"Writer {number}") for number in range(count)])
        db.add_all([FormLabel(name=name) for name in ("red", "blue")])
        return "made"


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Client]:
    """An app with three writers and two labels, in both kinds."""
    count = 3
    if request.param == "sync":
        app = _sync_app(tmp_path)
        _people(app, count)
    else:
        app = _async_app(tmp_path)

        @app.post("/people")
        async def people(db: AsyncDB) -> str:
            db.add_all([FormWriter(name=f"Writer {number}") for number in range(count)])
            db.add_all([FormLabel(name=name) for name in ("red", "blue")])
            return "made"

    with Client(app) as client:
        client.post("/people")
        yield client


def test_the_fields_are_those_named(client: Client) -> None:
    """With labels, bounds and widgets of the model, and what the form says over it."""
    page = client.get("/new").text
    assert re.findall(r' name="([a-z]+)"', page) == [
        "title", "body", "rank", "published", "due", "writer", "labels", "labels",
    ]  # fmt: skip
    assert '<label for="form-title">Headline</label>' in page
    assert 'placeholder="Corks"' in page
    assert 'maxlength="20"' in page
    assert 'min="1" max="5"' in page
    assert 'type="datetime-local"' in page
    assert '<option value="">' in page
    assert '<option value="2">Writer 1</option>' in page
    assert "red</label>" in page


def test_an_object_is_saved(client: Client) -> None:
    """With its relations; times without a zone are in UTC."""
    sent = {"title": "Corks", "rank": "4", "due": "2026-05-31T14:30", "writer": "2", "labels": ["1", "2"]}
    assert client.post("/new", data=sent).status == 303
    assert client.get("/texts").json() == [["Corks", "", 4, False, "2026-05-31 14:30:00+00:00", 2, "k"]]


def test_nothing_but_the_named_fields_is_ever_set(client: Client) -> None:
    """Over-posting, through a form and through JSON."""
    more = {"id": "77", "code": "stolen", "made": "2001-01-01T00:00", "writer_id": "3", "writer.name": "x"}
    assert client.post("/new", data={"title": "A", "writer": "1", **more}).status == 303
    assert client.post("/new", json={"title": "B", "writer": 1, **more}).status == 303
    assert [(row[0], row[5], row[6]) for row in client.get("/texts").json()] == [("A", 1, "k"), ("B", 1, "k")]


def test_what_the_database_refuses_stands_at_the_field(client: Client) -> None:
    """422, the form with everything in it, and the unit of work goes on."""
    sent = {"title": "Corks", "writer": "1"}
    assert client.post("/new", data=sent).status == 303
    answer = client.post("/new", data={**sent, "body": "kept"})
    assert answer.status == 422
    assert '<ul class="dj-errors" id="form-title-errors"><li>This is there already.</li></ul>' in answer.text
    assert "kept</textarea>" in answer.text
    assert len(client.get("/texts").json()) == 1
    problem = client.post("/new", json={"title": "Corks", "writer": 1})
    assert problem.status == 422
    assert problem.json()["errors"] == [{"where": "body.title", "message": "This is there already."}]


@pytest.mark.parametrize("writer", ["99", "0", "-1", "x", "9" * 30, "1.0", ""])
def test_only_rows_that_are_there_can_be_chosen(client: Client, writer: str) -> None:
    """All other keys are a mistake of the field."""
    answer = client.post("/new", data={"title": "Corks", "writer": writer})
    assert answer.status == 422
    assert 'id="form-writer-errors"' in answer.text


def test_rules_of_the_form_and_of_the_model_are_told_together(client: Client) -> None:
    """All at once."""
    page = client.post("/new", data={"title": "no", "rank": "9", "writer": "1"}).text
    assert "Expected 5 or less." in page
    page = client.post("/new", data={"title": "no", "writer": "1"}).text
    assert "Not this one." in page


def test_an_object_is_edited(tmp_path: Any) -> None:
    """Shown as it is, then changed."""
    app = _sync_app(tmp_path)
    _people(app, 3)
    with Client(app) as client:
        client.post("/people")
        client.post("/new", data={"title": "Corks", "due": "2026-05-31T14:30", "writer": "2", "labels": "1"})
        page = client.get("/edit/1").text
        assert 'value="Corks"' in page
        assert 'value="2026-05-31T14:30"' in page
        assert '<option value="2" selected>Writer 1</option>' in page
        assert re.findall(r'name="labels" value="(\d)" checked', page) == ["1"]
        sent = {"title": "Jugs", "writer": "1", "published": "true"}
        assert client.post("/edit/1", data=sent).status == 303
        assert client.get("/texts").json() == [["Jugs", "", 3, True, "None", 1, "k"]]
        client.post("/new", data={"title": "Cups", "writer": "2"})
        assert client.post("/edit/1", data={**sent, "title": "Cups"}).status == 422
        assert client.get("/texts").json()[0][0] == "Jugs"


def test_many_rows_are_searched(tmp_path: Any) -> None:
    """No table is loaded: a search finds rows, with and without a script; what is chosen stays."""
    app = _sync_app(tmp_path)
    _people(app, 150)
    with Client(app) as client:
        client.post("/people")
        page = client.get("/new").text
        assert page.count("<option") == 1
        assert 'name="writer._q"' in page
        found = client.post("/new", data={"writer": "7", "writer._q": "writer 14", "_find": "writer", "title": "Kept"})
        assert found.status == 200
        assert '<option value="7" selected>Writer 6</option>' in found.text
        assert found.text.count("<option") == 1 + 1 + 11
        assert 'value="Kept"' in found.text
        asked = client.post(
            "/new", data={"writer._q": "100%_' --\\", "_find": "writer"}, headers={"demijohn-form": "find"}
        )
        assert asked.json() == {"options": [{"value": "", "label": ""}]}
        asked = client.post("/new", data={"writer._q": "149", "_find": "writer"}, headers={"demijohn-form": "find"})
        assert asked.json()["options"][1:] == [{"value": "150", "label": "Writer 149"}]
        assert client.post("/new", data={"title": "Corks", "writer": "140"}).status == 303


def pickable() -> Any:
    """All but the first."""
    return select(FormWriter).where(FormWriter.name != "Writer 0")


class Pick(Schema):
    """A record with a key of a row."""

    writer: Annotated[int, KeyOf(pickable, label="name")]


def test_a_schema_may_hold_a_key_of_a_row(tmp_path: Any) -> None:
    """Of those that a select gives, and no others."""
    app = _app(tmp_path)
    _people(app, 3)
    seen: list[Any] = []

    @app.route("/pick", methods=["GET", "POST"])
    def pick(form: Form[Pick]) -> Any:
        seen.extend([form.value] if form.valid else [])
        return render("form.html", form=form)

    with Client(app) as client:
        client.post("/people")
        page = client.get("/pick").text
        assert "Writer 0" not in page
        assert "Writer 1" in page
        assert client.post("/pick", data={"writer": "1"}).status == 422
        assert client.post("/pick", data={"writer": "2"}).status == 200
    assert seen == [Pick(writer=2)]


def test_a_form_made_by_hand_says_what_it_needs() -> None:
    """Rows to choose from are in a database."""
    with pytest.raises(RuntimeError, match=r"TextForm\(db=db\)"):
        TextForm.parse_texts({"title": "x", "writer": "1"})


def test_a_model_needs_its_fields_named() -> None:
    """Nothing is open by omission."""
    with pytest.raises(SetupError, match="DMJ0584") as caught:
        Form[FormText].shape()
    assert "fields = ['title', 'body', 'rank', 'published', 'due', 'writer', 'labels']" in str(caught.value)


@pytest.mark.parametrize("name", ["id", "made", "code", "nothing"])
def test_what_visitors_may_not_set_is_refused_at_start(name: str) -> None:
    """Keys, read-only and private fields, and what is not there."""
    kind: Any = type("Wrong", (Form[FormText],), {"fields": [name]})
    with pytest.raises(SetupError, match="DMJ0582"):
        kind.shape()


class FormShelf(Model):
    """With a list of what stands on it."""

    books: Mapped[list[FormBook]] = has_many()


class FormBook(Model):
    """On a shelf."""

    title: Mapped[str] = field(max_length=20)
    shelf: Mapped[FormShelf] = belongs_to()


def test_what_is_said_of_a_field_that_the_form_does_not_name_is_told() -> None:
    """The model has it: it is the form's list of fields that lacks it."""
    rows = Field(form=type("Row", (Form[FormBook],), {"fields": ["title"]}))
    kind: Any = type("Shelf", (Form[FormShelf],), {"fields": [], "books": rows})
    with pytest.raises(SetupError, match="The form has no field books") as caught:
        kind.shape()
    assert caught.value.fix == 'fields = [..., "books"]'


class BookForm(Form[FormBook]):
    """All but the shelf, which the address says."""

    fields = ["title"]


def test_a_new_row_may_come_with_its_parent(tmp_path: Any) -> None:
    """Made by the handler of what the address says; saved without a word of SQLAlchemy's."""
    app = _app(tmp_path)

    @app.post("/shelves")
    def shelve(db: DB) -> int:
        return db.save(FormShelf()).id

    @app.post("/shelves/{shelf}")
    def add(shelf: FormShelf, form: BookForm, db: DB) -> list[str]:
        form.fill(FormBook(title="", shelf=shelf))
        form.save(db)
        return [book.title for book in shelf.books]

    with Client(app) as client:
        client.post("/shelves")
        assert client.post("/shelves/1", data={"title": "Corks"}).json() == ["Corks"]
        assert client.post("/shelves/1", data={"title": "Jugs"}).json() == ["Corks", "Jugs"]


class RestForm(Form[FormText]):
    """A text whose writer is in the address."""

    fields = ["title"]


def test_what_a_form_does_not_ask_for_is_set_before_it_is_saved(tmp_path):
    app = _app(tmp_path)

    @app.post("/writers", status=201)
    def hire(name: str, db: DB) -> Any:
        return db.save(FormWriter(name=name))

    @app.post("/writers/{writer}/texts")
    def add(writer: FormWriter, form: RestForm, db: DB) -> Any:
        if form.valid:
            form.value.writer = writer
            if form.save(db):
                return {"writer": form.value.writer_id}
        return render("form.html", form=form)

    @app.post("/forgotten")
    def forgotten(form: RestForm, db: DB) -> Any:
        return {"saved": form.save(db) is not None}

    with Client(app) as client:
        client.post("/writers?name=Ann")
        assert client.post("/writers/1/texts", data={"title": "Day"}).json() == {"writer": 1}
        again = client.post("/writers/1/texts", data={"title": "Day"})
        assert again.status == 422
        assert "Day" in again.text
        with pytest.raises(TypeError, match=r"set form\.value\.writer_id before form\.save\(db\)"):
            client.post("/forgotten", data={"title": "Night"})
