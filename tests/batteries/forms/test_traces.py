"""A form that is not valid leaves no trace: not in the session, not on a parent's list, not in a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from demijohn import App, Client, InlineTemplates, redirect, render
from demijohn.database import (
    DB,
    AsyncDB,
    Database,
    Mapped,
    Model,
    belongs_to,
    field,
    has_many,
    has_one,
    many_to_many,
)
from demijohn.forms import Field, Form, Forms


class TraceTag(Model):
    """What stands with many."""

    name: Mapped[str] = field(max_length=20)
    posts: Mapped[set[TracePost]] = many_to_many(by="tags")


class TracePost(Model):
    """What has a list."""

    title: Mapped[str] = field(max_length=20, unique=True)
    comments: Mapped[list[TraceComment]] = has_many()
    summary: Mapped[TraceSummary | None] = has_one()
    tags: Mapped[set[TraceTag]] = many_to_many()


class TraceComment(Model):
    """What hangs on it."""

    text: Mapped[str] = field(max_length=20, unique=True)
    post: Mapped[TracePost] = belongs_to()


class TraceSummary(Model):
    """Of which there is one."""

    text: Mapped[str] = field(max_length=20)
    post: Mapped[TracePost | None] = belongs_to(unique=True)


class CommentForm(Form[TraceComment]):
    """Of what hangs."""

    fields = ["text"]


class ChoosingForm(Form[TraceComment]):
    """Which says itself what it hangs on."""

    fields = ["text", "post"]


class SummaryForm(Form[TraceSummary]):
    """Of the only one."""

    fields = ["text"]


class PostForm(Form[TracePost]):
    """With rows."""

    fields = ["title", "comments"]
    comments = Field(form=CommentForm)


class TitleForm(Form[TracePost]):
    """A title alone."""

    fields = ["title"]


@pytest.fixture
def client(tmp_path: Any) -> Iterator[Client]:
    """One post, with a comment, a summary and a tag."""
    app = App(bare=True)
    app.use(Forms(), Database(f"sqlite:///{tmp_path / 'traces.db'}", create_tables="always"))
    app.register(InlineTemplates({"form.html": "{{ form }}"}))

    def told(db: DB, post: TracePost) -> Any:
        """What a handler would see that reads on; and the post is written, so that its lists are looked at."""
        post.title += "!"
        listed = [one.text for one in post.comments]
        return [listed, post.summary.text if post.summary else None, len(db.new)]

    @app.post("/seed")
    def seed(db: DB) -> None:
        tag = TraceTag(name="red")
        post = TracePost(title="first", tags={tag})
        db.save(post)
        db.save(TraceComment(text="one", post=post))
        db.save(TraceSummary(text="short", post=post))

    @app.get("/all")
    def everything(db: DB) -> Any:
        post = db.scalars(select(TracePost)).one()
        comments = [one.text for one in post.comments]
        return [post.title, comments, post.summary and post.summary.text, db.scalar(select(func.count(TraceTag.id)))]

    @app.route("/comment/{way}", methods=["GET", "POST"])
    def comment(way: str, form: CommentForm, db: DB, read: bool = False) -> Any:
        post = db.scalars(select(TracePost)).one()
        if read:
            _ = post.comments
        made = TraceComment(text="", post=post)
        if way == "added":
            db.add(made)
        if form.fill(made).valid:
            if way == "late":
                _ = form.value
                form.add_error("text", "Not this one.")
            elif way == "value":
                db.save(form.value)
                return redirect(everything)
            elif form.save(db):
                assert made in post.comments
                return redirect(everything)
        assert made.post is post
        return told(db, post)

    @app.route("/made", methods=["GET", "POST"])
    def made_with(db: DB, text: str = "") -> Any:
        post = db.scalars(select(TracePost)).one()
        form = CommentForm(instance=TraceComment(text="", post=post))
        if text:
            form.receive([("text", text)])
        if form.valid and form.save(db):
            return redirect(everything)
        return told(db, post)

    @app.post("/choose")
    def choose(form: ChoosingForm, db: DB) -> Any:
        assert form.valid
        made = form.value
        form.add_error("text", "Not this one.")
        return told(db, made.post)

    @app.route("/summary", methods=["GET", "POST"])
    def summary(form: SummaryForm, db: DB, read: bool = False) -> Any:
        post = db.scalars(select(TracePost)).one()
        if read:
            _ = post.summary
        if form.fill(TraceSummary(text="", post=post)).valid:
            db.delete(post.summary)
            form.save(db)
        return told(db, post)

    @app.get("/tagged")
    def tagged(db: DB) -> Any:
        tag = db.scalars(select(TraceTag)).one()
        made = TracePost(title="new", tags={tag})
        form = TitleForm(instance=made)
        tag.name += "!"
        db.flush()
        form.receive([("title", "second")])
        _ = form.value
        assert tag in made.tags
        form.add_error("title", "Not this one.")
        return [one.title for one in tag.posts]

    @app.post("/post")
    def post(form: PostForm, db: DB) -> Any:
        row = db.scalars(select(TracePost)).one()
        if form.fill(row).valid:
            assert form.value is row
            form.add_error("", "Not so.")
        return render("form.html", form=form)

    @app.post("/async/post")
    async def post_async(form: TitleForm, db: AsyncDB) -> Any:
        row = (await db.scalars(select(TracePost))).one()
        if form.fill(row).valid:
            assert form.value is row
            form.add_error("", "Not so.")
        return render("form.html", form=form)

    @app.route("/async/comment", methods=["GET", "POST"])
    async def comment_async(form: CommentForm, db: AsyncDB) -> Any:
        row = (await db.scalars(select(TracePost))).one()
        if form.fill(TraceComment(text="", post=row)).valid and await db.run(form.save):
            return redirect(everything)
        row.title += "!"
        return "shown"

    with Client(app) as client:
        client.post("/seed")
        yield client


READ = pytest.mark.parametrize("read", ["", "?read=1"], ids=["unread", "read"])
LONG = "x" * 30


@READ
@pytest.mark.parametrize("way", ["new", "added"])
def test_a_new_object_is_not_listed_until_it_is_right(client: Client, way: str, read: str) -> None:
    """Shown blank or with mistakes: the commit, which warns of what is on a list and nowhere else, says nothing."""
    assert client.get(f"/comment/{way}{read}").json() == [["one"], "short", 0]
    assert client.post(f"/comment/{way}{read}", data={"text": LONG}).json() == [["one"], "short", 0]
    assert client.post(f"/comment/{way}{read}", data={"text": "one"}).json() == [["one"], "short", 0]
    assert client.get("/all").json() == ["first!!!", ["one"], "short", 1]
    assert client.post(f"/comment/{way}{read}", data={"text": "two"}).status == 303
    assert client.get("/all").json()[1] == ["one", "two"]


@READ
def test_its_value_hangs_where_it_did(client: Client, read: str) -> None:
    """For those who save it themselves."""
    assert client.post(f"/comment/value{read}", data={"text": "two"}).status == 303
    assert client.get("/all").json()[1] == ["one", "two"]


@READ
def test_a_mistake_found_late(client: Client, read: str) -> None:
    """When the value was asked for already."""
    assert client.post(f"/comment/late{read}", data={"text": "two"}).json() == [["one"], "short", 0]
    assert client.post("/choose", data={"text": "two", "post": "1"}).json() == [["one"], "short", 0]
    assert client.get("/all").json()[1] == ["one"]


def test_a_form_made_by_hand(client: Client) -> None:
    """It is blank at first."""
    assert client.get("/made").json() == [["one"], "short", 0]
    assert client.get(f"/made?text={LONG}").json() == [["one"], "short", 0]
    assert client.get("/made?text=two").status == 303
    assert client.get("/all").json()[1] == ["one", "two"]


@READ
def test_the_only_one_keeps_its_place(client: Client, read: str) -> None:
    """A new one would take it."""
    assert client.get(f"/summary{read}").json()[1] == "short"
    assert client.post(f"/summary{read}", data={"text": LONG}).json()[1] == "short"
    assert client.get("/all").json()[2] == "short"


def test_of_many_to_many_neither(client: Client) -> None:
    """A tag lists no post that is not there."""
    assert client.get("/tagged").json() == ["first"]


def test_a_row_is_as_it_was(client: Client) -> None:
    """Its fields, the rows that belong to it, one that was removed and one that was added."""
    sent = {"title": "other", "comments": "shown", "comments.0.key": "1", "comments.0.text": "changed"}
    assert client.post("/post", data={**sent, "comments.1.text": "new"}).status == 422
    assert client.get("/all").json()[:2] == ["first", ["one"]]
    assert client.post("/post", data={"title": "other", "comments": "shown", "comments.0.text": "new"}).status == 422
    assert client.get("/all").json()[:2] == ["first", ["one"]]


def test_in_async_code(client: Client) -> None:
    """The same, and nothing is loaded for it."""
    assert client.post("/async/post", data={"title": "other"}).status == 422
    assert client.get("/async/comment").text == "shown"
    assert client.post("/async/comment", data={"text": LONG}).text == "shown"
    assert client.get("/all").json()[:2] == ["first!!", ["one"]]
    assert client.post("/async/comment", data={"text": "two"}).status == 303
    assert client.get("/all").json()[1] == ["one", "two"]
