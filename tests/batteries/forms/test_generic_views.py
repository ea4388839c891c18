"""Generic views: lists, details, archives, forms, making, changing and deleting, over models and over memory."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from demijohn import API, App, Client, InlineTemplates, NotFound, Schema, SetupError, SetupErrors, Templates
from demijohn.database import (
    DB,
    AsyncDB,
    AsyncSQLStore,
    Database,
    Mapped,
    Model,
    SQLStore,
    Versioned,
    belongs_to,
    field,
)
from demijohn.forms import (
    ArchiveView,
    CreateView,
    DeleteView,
    DetailView,
    Form,
    Forms,
    FormView,
    ListView,
    Period,
    UpdateView,
)
from demijohn.stores import MemoryStore, Query, Where
from demijohn.testing import rollback


class ViewAuthor(Model):
    """Who writes."""

    __label__ = "author"
    name: Mapped[str] = field(max_length=40)


class ViewPost(Model):
    """What is shown."""

    __label__ = "post"
    title: Mapped[str] = field(max_length=20, unique=True)
    slug: Mapped[str] = field(max_length=20, default="")
    published: Mapped[bool] = field(default=True)
    made: Mapped[dt.datetime] = field(default=dt.datetime(2026, 5, 31, 12, tzinfo=dt.UTC))
    author: Mapped[ViewAuthor | None] = belongs_to(default=None)


class ViewNote(Model):
    """What keeps a post from being deleted."""

    __label__ = "note"
    text: Mapped[str] = field(max_length=40)
    post: Mapped[ViewPost] = belongs_to()


class ViewPage(Versioned, Model):
    """What two people change at once."""

    __label__ = "page"
    title: Mapped[str] = field(max_length=40)
    text: Mapped[str] = field(default="", max_length=40)


class PlainPosts(SQLStore[ViewPost]):
    """A store that is not awaited."""


PAGES = {
    "list.html": "{% for item in items %}{{ item.title }} {% endfor %}({{ page.total }}) {{ heading }}",
    "show.html": "{{ post.title }} {{ shape.label }} by {{ post.author.name }}{{ extra }}",
    "archive.html": "{{ period }}: {% for item in items %}{{ item.title }} {% endfor %}",
    "form.html": "{{ form }}{% if item is defined and item %}{{ item.title }}{% endif %}",
    "delete.html": "Delete {{ item.title }}? {{ deletion.deleted }} {{ deletion.protected }}",
}


class Posts(ListView):
    """All that is published."""

    model = ViewPost
    template = "list.html"
    size = 2
    order = ("-title",)
    orders = ("title", "made")
    search = ("title", "author.name")
    filters = ("author", "slug")

    def query(self, hidden: bool = False) -> Any:
        """Has a handler's parameters."""
        return None if hidden else Query(where=(Where("published", "eq", True),))

    def context(self, db: DB) -> dict[str, Any]:
        """Has a handler's parameters, and finds the page."""
        return {"heading": f"{len(self.page)} of {db.count(ViewPost)} {self.request.path}"}


class Show(DetailView):
    """One, by its key."""

    model = ViewPost
    template = "show.html"

    def query(self) -> Any:
        """A condition of SQLAlchemy's."""
        return ViewPost.published

    def context(self, more: str = "") -> dict[str, Any]:
        """What was asked for."""
        return {"extra": more}


class BySlug(DetailView):
    """One, by another field."""

    model = ViewPost
    template = "show.html"
    by = "slug"


class Archive(ArchiveView):
    """By the time."""

    model = ViewPost
    template = "archive.html"
    date = "made"


class New(CreateView):
    """By the names of fields."""

    model = ViewPost
    template = "form.html"
    fields = ["title", "author", "made"]
    to = "Show"

    def values(self, tag: str = "none") -> dict[str, Any]:
        """What the form does not say."""
        return {"slug": tag}


class PostForm(Form[ViewPost]):
    """By a class of forms."""

    fields = ["title"]


class Edit(UpdateView):
    """By a class of forms, to a function."""

    model = ViewPost
    template = "form.html"
    form = PostForm
    to = Show


class Delete(DeleteView):
    """To a path."""

    model = ViewPost
    template = "delete.html"
    to = "/posts"


class EditPage(UpdateView):
    """Of a model that counts its changes."""

    model = ViewPage
    template = "form.html"
    fields = ["title", "text"]
    to = "/posts"

    def values(self, race: bool = False) -> dict[str, Any]:
        """Has somebody else be faster, when it is all but done."""
        if race:
            faster(self.store.db.get_bind(), self.item.id)
        return {}


class EditPageAwaited(EditPage):
    """The same, awaited."""

    name = "EditPage"

    async def values(self, db: AsyncDB, race: bool = False) -> dict[str, Any]:
        """Has somebody else be faster, when it is all but done."""
        if race:
            await db.run(lambda plain: faster(plain.get_bind(), self.item.id))
        return {}


def faster(engine: Any, key: int) -> None:
    """Change a page in a unit of its own."""
    with DB(engine) as db:
        db.get_or_404(ViewPage, key).text = "Faster."
        db.finish()


class PostsAwaited(Posts):
    """All that is published."""

    name = "Posts"

    async def context(self, db: AsyncDB) -> dict[str, Any]:
        """Awaits the unit of work that the list was read in."""
        assert db is self.store.db
        return {"heading": f"{len(self.page)} of {await db.count(ViewPost)} {self.request.path}"}


class ShowAwaited(Show):
    """One, by its key."""

    name = "Show"

    async def query(self, db: AsyncDB) -> Any:
        """What may be seen is asked of the database."""
        assert await db.count(ViewPost)
        return ViewPost.published

    async def context(self, more: str = "") -> dict[str, Any]:
        """What was asked for."""
        await asyncio.sleep(0)
        return {"extra": more}


class NewAwaited(New):
    """By the names of fields."""

    async def values(self, tag: str = "none") -> dict[str, Any]:
        """What the form does not say."""
        await asyncio.sleep(0)
        return {"slug": tag}


def awaited(view: Any) -> Any:
    """A view that says nothing itself, over the store that is awaited."""
    return type(view.__name__, (view,), {"store": AsyncSQLStore[ViewPost], "__doc__": view.__doc__})


def app_with(*views: tuple[str, Any], url: str = "sqlite://") -> App:
    """An app that has these views."""
    app = App()
    app.use(Forms(), Templates(), Database(url, create_tables="always"))
    app.register(InlineTemplates(PAGES))
    for path, view in views:
        app.view(path)(view)
    return app


PLAIN = {view: view for view in (Posts, Show, BySlug, Archive, New, Edit, EditPage, Delete)}
AWAITED = {
    Posts: PostsAwaited, Show: ShowAwaited, BySlug: awaited(BySlug), Archive: awaited(Archive), New: NewAwaited,
    Edit: type("Edit", (awaited(Edit),), {"to": "Show"}), EditPage: EditPageAwaited,
    Delete: awaited(Delete),
}  # fmt: skip


@pytest.fixture(
    scope="module",
    params=[(PLAIN, "sqlite://"), (AWAITED, "sqlite+aiosqlite://")],
    ids=["def", "async def"],
)
def filled(request: Any) -> Iterator[Client]:
    """All views of models, with two authors and four posts."""
    views, url = request.param
    app = app_with(
        ("/posts", views[Posts]), ("/posts/{id}", views[Show]), ("/by/{slug}", views[BySlug]),
        ("/archive", views[Archive]), ("/archive/{year}/{month}", type("Months", (views[Archive],), {})),
        ("/new", views[New]), ("/posts/{id}/edit", views[Edit]), ("/posts/{id}/delete", views[Delete]),
        ("/pages/{id}", views[EditPage]), url=url,
    )  # fmt: skip

    @app.post("/fill")
    def fill(db: DB) -> None:
        ann, ben = ViewAuthor(name="Ann"), ViewAuthor(name="Ben")
        june = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
        later = dt.datetime.now(dt.UTC) + dt.timedelta(days=900)
        db.add_all([
            ViewPost(title="Ale", slug="ale", author=ann),
            ViewPost(title="Beer", slug="beer", author=ben, made=june),
            ViewPost(title="Cider", slug="cider", author=ann, made=later),
            ViewPost(title="Draft", published=False),
            ViewPage(title="Home"),
        ])  # fmt: skip

    @app.post("/notes/{id}")
    def note(id: int, db: DB) -> None:
        db.save(ViewNote(text="Keep.", post=db.get_or_404(ViewPost, id)))

    with Client(app) as client:
        client.post("/fill")
        yield client


@pytest.fixture
def client(filled: Client) -> Iterator[Client]:
    """As it was filled, for each test."""
    with rollback(filled):
        yield filled


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/posts", "Cider Beer (3) 2 of 4 /posts"),
        ("/posts?page=2", "Ale (3) 1 of 4 /posts"),
        ("/posts?order=title", "Ale Beer (3) 2 of 4 /posts"),
        ("/posts?order=slug", "Cider Beer (3) 2 of 4 /posts"),
        ("/posts?hidden=true", "Draft Cider (4) 2 of 4 /posts"),
        ("/posts?q=ann", "Cider Ale (2) 2 of 4 /posts"),
        ("/posts?q=ann&slug=ale", "Ale (1) 1 of 4 /posts"),
        ("/posts?slug=ale&slug=beer&author=", "Beer Ale (2) 2 of 4 /posts"),
        ("/posts?author=2", "Beer (1) 1 of 4 /posts"),
    ],
)
def test_lists(client: Client, path: str, text: str) -> None:
    """Pages, orders, searches and filters, as the class allows them."""
    answer = client.get(path)
    assert (answer.status, answer.text) == (200, text)
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/posts?page=3", 404), ("/posts?page=0", 404), ("/posts?page=x", 422), ("/posts?after=x", 400),
        ("/posts?author=x", 400), ("/posts?q=%00", 400), ("/posts/99", 404), ("/posts/x", 404), ("/posts/4", 404),
        ("/posts/99999999999999999999", 404), ("/by/none", 404), ("/by/%00", 400), ("/posts/99/edit", 404),
        ("/posts/99/delete", 404), ("/archive/2026/13", 404), ("/archive/0/1", 404), ("/archive/9999/12", 404),
        ("/archive?year=1", 404), ("/archive/x/1", 404),
    ],
)  # fmt: skip
def test_what_is_not_there(client: Client, path: str, status: int) -> None:
    """Is the visitor's mistake."""
    assert client.get(path).status == status


def test_details(client: Client) -> None:
    """By the key, by another field, within the query, with what the class adds; what a page reads of it is loaded."""
    assert client.get("/posts/1?more=!").text == "Ale post by Ann!"
    assert client.get("/by/beer").text == "Beer post by Ben"


def test_archives(client: Client) -> None:
    """Of a month, of a year, of all times but the future."""
    assert client.get("/archive").text == "None: Beer Draft Ale "
    assert client.get("/archive?year=2026").text == "2026: Beer Draft Ale "
    assert client.get("/archive/2026/5").text == "May 2026: Draft Ale "
    assert client.get("/archive?year=2026&month=6&day=1").text == "1 June 2026: Beer "
    assert client.get("/archive?year=2025").text == "2025: "


@pytest.mark.parametrize(
    ("period", "before", "after"),
    [
        (Period(2026), Period(2025), Period(2027)),
        (Period(2026, 1), Period(2025, 12), Period(2026, 2)),
        (Period(2024, 2, 29), Period(2024, 2, 28), Period(2024, 3, 1)),
    ],
)
def test_periods(period: Period, before: Period, after: Period) -> None:
    """Follow each other."""
    assert (period.previous, period.next) == (before, after)
    assert before.end == period.start
    assert period.end == after.start


def test_making(client: Client) -> None:
    """By a form; what the store refuses is told on it."""
    assert 'name="title"' in client.get("/new").text
    refused = client.post("/new", data={"title": ""})
    assert refused.status == 422
    assert "This field is required." in refused.text
    taken = client.post("/new", data={"title": "Ale"})
    assert taken.status == 422
    assert "This is there already." in taken.text
    made = client.post("/new?tag=new", data={"title": "Mead", "author": "2", "made": "2026-01-02T03:04"})
    assert (made.status, made.headers["location"]) == (303, "/posts/5")
    assert client.get("/by/new").text == "Mead post by Ben"
    assert client.get("/archive/2026/1").text == "January 2026: Mead "


def test_changing(client: Client) -> None:
    """The form shows what there is; what is refused changes nothing."""
    assert 'value="Ale"' in client.get("/posts/1/edit").text
    taken = client.post("/posts/1/edit", data={"title": "Beer"})
    assert (taken.status, "This is there already." in taken.text) == (422, True)
    assert client.get("/posts/1").text == "Ale post by Ann"
    changed = client.post("/posts/1/edit", data={"title": "Stout", "slug": "not of the form"})
    assert (changed.status, changed.headers["location"]) == (303, "/posts/1")
    assert client.get("/by/ale").text == "Stout post by Ann"


def test_two_editors(client: Client) -> None:
    """Who is second is shown what the first one did, beside what they typed, and may send it again."""
    seen = version_in(client.get("/pages/1").text)
    assert client.post("/pages/1", data={"title": "First", "_version": seen}).status == 303
    second = client.post("/pages/1", data={"title": "Second", "_version": seen})
    assert second.status == 422
    assert 'value="Second"' in second.text
    assert "First" in second.text
    assert 'value="First"' in client.get("/pages/1").text
    again = client.post("/pages/1", data={"title": "Second", "_version": version_in(second.text)})
    assert again.status == 303


def test_an_editor_who_is_faster_at_the_last_moment(filled: Client) -> None:
    """Is noticed by the store, and told on the form as well."""
    seen = version_in(filled.get("/pages/1").text)
    late = filled.post("/pages/1?race=true", data={"title": "Late", "_version": seen})
    assert late.status == 422
    assert 'value="Late"' in late.text
    assert "Faster." in late.text
    assert version_in(late.text) == str(int(seen) + 1)
    assert 'value="Home"' in filled.get("/pages/1").text


def version_in(page: str) -> str:
    """The version that a form was shown for."""
    return page.partition('name="_version" value="')[2].partition('"')[0]


def test_deleting(client: Client) -> None:
    """Asks first, and is refused where something else needs it."""
    assert "Delete Ale? {&#39;post&#39;: 1} {}" in client.get("/posts/1/delete").text
    client.post("/notes/1")
    refused = client.post("/posts/1/delete")
    assert refused.status == 409
    assert "{&#39;note&#39;: 1}" in refused.text
    gone = client.post("/posts/2/delete")
    assert (gone.status, gone.headers["location"]) == (303, "/posts")
    assert client.get("/posts/2").status == 404
    assert client.get("/posts/1").status == 200


class Entry(Schema):
    """A record in memory."""

    id: int
    title: str


class EntryIn(Schema):
    """What visitors say of it."""

    title: str


def test_stores_that_are_no_database() -> None:
    """Have the same views."""
    entries = MemoryStore(Entry, [Entry(id=7, title="Seven")])

    class Entries(ListView):
        store = entries
        template = "list.html"

    class NewEntry(CreateView):
        store = entries
        template = "form.html"
        form = EntryIn
        to = Entries

    class EditEntry(UpdateView):
        store = entries
        template = "form.html"
        form = EntryIn
        to = "/entries"

    class DeleteEntry(DeleteView):
        store = entries
        template = "delete.html"

        def done(self) -> str:
            """An answer of its own."""
            return f"{self.item.title} is gone."

    app = App()
    app.use(Forms(), Templates())
    app.register(InlineTemplates(PAGES))
    for path, view in (("", Entries), ("/new", NewEntry), ("/{id}", EditEntry), ("/{id}/delete", DeleteEntry)):
        app.view(f"/entries{path}")(view)
    client = Client(app, follow_redirects=True)
    assert client.post("/entries/new", data={"title": "One"}).text == "One Seven (2) "
    assert 'value="Seven"' in client.get("/entries/7").text
    assert client.post("/entries/7", data={"title": "7"}).text == "One 7 (2) "
    assert client.post("/entries/7/delete").text == "7 is gone."
    assert client.get("/entries").text == "One (1) "


def test_stores_that_are_asked_for() -> None:
    """A class of one is given as to any handler."""

    class Entries(MemoryStore[Entry]):
        """The app's own."""

    class Index(ListView):
        store = Entries
        template = "list.html"

    app = App()
    app.use(Templates())
    app.register(InlineTemplates(PAGES))

    @app.provide
    def entries() -> Entries:
        return Entries(Entry, [Entry(id=1, title="One")])

    entries.__annotations__["return"] = Entries
    app.view("/")(Index)
    assert Client(app).get("/").text == "One (1) "


def test_forms_alone() -> None:
    """Need no store; what is done with them has a handler's parameters."""
    sent: list[str] = []

    class Contact(FormView):
        form = EntryIn
        template = "form.html"
        to = "/thanks"

        def done(self, loud: bool = False) -> Any:
            """Called when all is well."""
            sent.append(self.form.value.title.upper() if loud else self.form.value.title)

    app = App()
    app.use(Forms(), Templates())
    app.register(InlineTemplates(PAGES))
    app.view("/contact")(Contact)
    client = Client(app)
    assert client.get("/contact").status == 200
    assert client.post("/contact", data={}).status == 422
    assert client.post("/contact?loud=true", data={"title": "hello"}).headers["location"] == "/thanks"
    assert sent == ["HELLO"]


class Shelf:
    """A store whose methods are awaited, and which is no database."""

    def __init__(self) -> None:
        self._entries = MemoryStore(Entry, [Entry(id=7, title="Seven")])
        self.shape, self.key = self._entries.shape, self._entries.key

    async def page(self, *arguments: Any, **options: Any) -> Any:
        """As any store's."""
        await asyncio.sleep(0)
        return self._entries.page(*arguments, **options)

    async def create(self, values: Any) -> Any:
        """As any store's."""
        await asyncio.sleep(0)
        return self._entries.create(values)


def test_views_that_have_something_to_await() -> None:
    """Are async with any store, and without one; what a method raises is answered as ever."""
    shelf, sent = Shelf(), []

    class Entries(ListView):
        store = shelf
        template = "list.html"

        async def context(self) -> dict[str, Any]:
            """Awaits its store."""
            return {"heading": (await self.store.page()).items[0].title}

    class NewEntry(CreateView):
        store = shelf
        template = "form.html"
        form = EntryIn
        to = Entries

    class Remembered(ListView):
        store = MemoryStore(Entry)
        template = "list.html"

        async def query(self) -> Any:
            """Has nothing to show."""
            await asyncio.sleep(0)
            raise NotFound("Nobody remembers.")

    class Contact(FormView):
        form = EntryIn
        template = "form.html"
        to = "/"

        async def done(self) -> Any:
            """What is done takes a while."""
            await asyncio.sleep(0)
            sent.append(self.form.value.title)
            return None if len(sent) == 1 else "again"

    app = App()
    app.use(Forms(), Templates())
    app.register(InlineTemplates(PAGES))
    for path, view in (("/", Entries), ("/new", NewEntry), ("/remembered", Remembered), ("/contact", Contact)):
        app.view(path)(view)
    client = Client(app, follow_redirects=True)
    assert client.get("/").text == "Seven (1) Seven"
    assert client.post("/new", data={"title": ""}).status == 422
    assert client.post("/new", data={"title": "One"}).text == "One Seven (2) One"
    assert (client.get("/remembered").status, "Nobody remembers." in client.get("/remembered").text) == (404, True)
    assert client.post("/contact", data={}).status == 422
    assert client.post("/contact", data={"title": "hello"}).text == "One Seven (2) One"
    assert client.post("/contact", data={"title": "hello"}).text == "again"
    assert all(plan.is_async for plan in _plans_of(app))


def _plans_of(app: App) -> list[Any]:
    kernel = app.seal()
    return [
        plan
        for path in ("/", "/new", "/remembered", "/contact")
        for plan in kernel._addresses.find("", path)[0].values()
    ]


def test_mistakes_are_told_at_the_start() -> None:
    """What is missing, what leads nowhere, what belongs elsewhere."""

    def made(base: Any, **said: Any) -> Any:
        return type("Mistaken", (base,), {"model": ViewPost, "template": "show.html", **said})

    async def waits(self: Any) -> None:
        """Is to be awaited."""

    async def waits_for_db(self: Any, db: DB) -> None:
        """Asks for what cannot be awaited."""

    for code, path, view in (
        ("DMJ0129", "/", made(ListView, template="")),
        ("DMJ0537", "/", made(ListView, model=None)),
        ("DMJ0539", "/", made(ListView, query=waits, store=PlainPosts)),
        ("DMJ0314", "/", made(ListView, query=waits_for_db)),
        ("DMJ0125", "/", made(ListView, paginate_by=20)),
        ("DMJ0213", "/", made(DetailView)),
        ("DMJ0213", "/{id}", made(DeleteView)),
        ("DMJ0213", "/{id}", made(DeleteView, to="nowhere")),
        ("DMJ0580", "/", made(CreateView, to="/")),
        ("DMJ0582", "/", made(CreateView, to="/", fields=["none"])),
    ):
        with pytest.raises((SetupError, SetupErrors), match=code):
            Client(app_with((path, view)))


def test_batteries_that_are_missing() -> None:
    """Are told with the place of the class."""

    class Index(ListView):
        model = ViewPost
        template = "list.html"

    class Make(CreateView):
        store = MemoryStore(Entry)
        form = EntryIn
        template = "form.html"
        to = "/"

    for view, battery in ((Index, "Database"), (Make, "Forms")):
        app = App()
        app.use(Templates())
        app.view("/")(view)
        with pytest.raises((SetupError, SetupErrors), match=f"needs the {battery} battery") as caught:
            Client(app)
        assert "test_generic_views.py" in str(caught.value)


def test_views_are_in_the_document(client: Client) -> None:
    """With what they take, and what their classes say."""
    app = app_with(("/posts", Posts), ("/posts/{id}", Show))
    app.use(API())
    found = Client(app).get("/openapi.json").json()["paths"]
    asked = {one["name"] for one in found["/posts"]["get"]["parameters"]}
    assert asked == {"hidden", "page", "after", "q", "order"}
    assert found["/posts/{id}"]["get"]["description"] == "One, by its key."
