"""Everything of ours that visitors and developers see, in two apps: one as in development, one in production."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from demijohn import (
    App,
    HTMLResponse,
    HTTPError,
    InlineTemplates,
    Meta,
    Request,
    Schema,
    Session,
    Sessions,
    SetupErrors,
    Templates,
    render,
)
from demijohn.database import KeysetPage, Page
from demijohn.forms import (
    URL,
    Accepted,
    Color,
    CreateView,
    DeleteView,
    DetailView,
    Email,
    Field,
    Form,
    Forms,
    ListView,
    LongText,
    Markdown,
    Password,
    Phone,
    UpdateView,
)
from demijohn.storage import Storage
from demijohn.stores import MemoryStore
from demijohn.tools.debug import DEBUG_CSP, Debugger
from demijohn.tools.debug.startup import import_error_page
from demijohn.tools.reload import welcome as welcome_page

LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 2


class Line(Schema):
    """A row."""

    product: Annotated[str, Meta(min_length=2)]
    count: Annotated[int, Meta(ge=1)] = 1


class Place(Schema):
    """A record."""

    street: str
    city: Annotated[str, Meta(description="Where the street is.")] = ""


Size = Literal["small", "medium", "large", "huge", "enormous"]


class Everything(Schema):
    """Each widget that there is."""

    title: Annotated[str, Meta(max_length=20, description="Short, and " + LONG)]
    email: Email
    website: URL | None = None
    phone: Phone | None = None
    colour: Color = "#0c6b4d"
    password: Password = ""
    search: Annotated[str, Field(widget="search", placeholder="Words")] = ""
    note: LongText = ""
    text: Markdown = ""
    age: int | None = None
    price: Annotated[Decimal, Field(label=LONG)] = Decimal(1)
    day: dt.date | None = None
    hour: dt.time | None = None
    moment: dt.datetime | None = None
    kind: Literal["private", "company"] = "private"
    size: Size = "small"
    sizes: set[Size] = set()
    words: list[str] = []
    news: Annotated[bool, Meta(description="Once a month.")] = False
    terms: Accepted = False
    place: Place | None = None
    lines: list[Line] = []


class EverythingForm(Form[Everything]):
    """With a rule of its own, and checked while it is filled in."""

    live = True

    def validate(self) -> None:
        """A mistake of the whole."""
        raise ValueError("The shop is closed.")


class BottleIn(Schema):
    """What may be said of a bottle."""

    name: Annotated[str, Meta(min_length=2, max_length=40)]
    litres: Annotated[float, Meta(gt=0)] = 5.0


class Bottle(BottleIn, kw_only=True):
    """What the generic views show."""

    id: int


PAGES = """
@@ layout.html
{% extends "demijohn/base.html" %}
{% block title %}Gallery{% endblock %}
{% block header %}<header><nav aria-label="Main"><a href="/">The gallery</a>
<a href="/bottles" aria-current="page">Bottles</a>
<a href="/form">A form</a> <a href="/">{{ long }}</a></nav></header>{% endblock %}
{% block footer %}<footer><p>Written in {{ 2026 }}. <a href="/">Imprint</a></p></footer>{% endblock %}
@@ page.html
{% extends "layout.html" %}
{% block main %}
<h1>Everything on a page, and {{ long }}</h1>
<p>A paragraph with a <a href="/">link</a>, <code>code</code>, <kbd>Ctrl</kbd>, <mark>marked</mark>,
<strong>strong</strong>,
<em>stressed</em>, <del>deleted</del>, <small>small</small>, <abbr title="HyperText">HTML</abbr> and
<time datetime="2026-11-21">21 November</time>.</p>
<h2>Lists</h2>
<ul><li>One</li><li>Two<ul><li>Two and a half</li></ul></li></ul><ol><li>First</li><li>Second</li></ol>
<dl><dt>Demijohn</dt><dd>A very large bottle.</dd><dt>Jug</dt><dd>A small one.</dd></dl>
<h3>Quoted</h3>
<blockquote><p>Start like Flask. Grow into Django.</p></blockquote>
<pre tabindex="0"><code>app = App()  # a line that is much longer than a telephone is wide: it scrolls</code></pre>
<h2>A table</h2>
<table><caption>Bottles in stock</caption><thead>
<tr><th scope="col">Bottle</th><th scope="col">Litres</th><th scope="col">Price</th>
<th scope="col">Colour</th></tr></thead><tbody>
<tr><th scope="row">Demijohn</th><td>15</td><td>24.00 €</td><td>green</td></tr>
<tr><th scope="row">Jug</th><td>1</td><td>4.00 €</td><td>brown</td></tr></tbody></table>
<article><h2>An article</h2><p>With a text, and a picture:</p>
<svg viewBox="0 0 80 20" role="img" aria-label="A line"><path d="M0 10 H80" stroke="currentColor"/></svg>
<p>{{ long }}</p></article>
<details open><summary>More</summary><p>What was folded.</p></details>
<hr>
<form action="/search"><label for="q">Search</label> <input id="q" type="search" name="q">
<button>Search</button></form>
<nav aria-label="Drafts"><a rel="prev" href="?page=1">Newer</a> <span>Page 2 of 3</span>
<a rel="next" href="?page=3">Older</a></nav>
<p>By number, where there are many, and by cursor:</p>
{{ component("demijohn/pager.html", page=many, label="Pages of bottles") }}
{{ component("demijohn/pager.html", page=cursors, label="Pages of jugs") }}
{% endblock %}
@@ form.html
{% extends "layout.html" %}
{% block main %}<h1>A form</h1>{{ form }}{% endblock %}
@@ list.html
{% extends "layout.html" %}
{% block main %}
<h1>Bottles</h1>
<form><input type="search" name="q" value="{{ q }}" aria-label="Search"> <button>Search</button></form>
<ul>{% for bottle in items %}<li><a href="{{ url('Show', id=bottle.id) }}">{{ bottle.name }}</a></li>{% endfor %}</ul>
<p>{{ page.total }} bottles</p>
{{ component("demijohn/pager.html", page=page) }}
<p><a href="{{ url('New') }}">A new one</a></p>
{% endblock %}
@@ show.html
{% extends "layout.html" %}
{% block main %}
<h1>{{ item.name }}</h1>
<dl><dt>Litres</dt><dd>{{ item.litres }}</dd></dl>
<p><a href="{{ url('Change', id=item.id) }}">Change</a> <a href="{{ url('Delete', id=item.id) }}">Delete</a></p>
{% endblock %}
@@ delete.html
{% extends "layout.html" %}
{% block main %}<h1>Delete {{ item.name }}?</h1>
<form method="post">{{ csrf_field }}<button>Delete</button></form>{% endblock %}
"""


def development(folder: Path) -> App:
    """A site in development, with debug pages."""
    app = App("gallery", debug=True)
    app.use(Debugger(), Forms(), Sessions(), Templates(), Storage(folder=str(folder)))
    app.register(InlineTemplates(PAGES))
    _add_pages(app)
    _add_views(app)

    @app.get("/broken")
    def broken(request: Request) -> Any:
        shelf = {"bottles": [LONG] * 3, "password": "secret"}
        try:
            return shelf["jugs"]
        except KeyError as error:
            raise ValueError(f"There is no jug called <b>{LONG}</b>\nand more of it:\n" + "line\n" * 5) from error

    @app.get("/no-start")
    def no_start() -> Any:
        wrong = App("wrong", debug=True)
        wrong.get("/a/{one}")(lambda two: two)
        wrong.get("/b")(lambda three: three)
        try:
            wrong.seal()
        except SetupErrors as errors:
            return HTMLResponse(import_error_page(errors), headers={"content-security-policy": DEBUG_CSP})

    @app.get("/welcome")
    def welcome() -> Any:
        door = welcome_page.WelcomeDoor(app, Path("/home/ann/shop/app.py"))
        return HTMLResponse(door.page, headers={"content-security-policy": welcome_page._CSP})

    @app.get("/wrong-template")
    def wrong_template() -> Any:
        return render("no-such-page.html")

    return app


def _add_pages(app: App) -> None:
    @app.get("/page")
    def page(session: Session) -> Any:
        for category in ("info", "success", "warning", "error"):
            session.flash(f"This is of the category {category}.", category)
        many = Page(items=[1], page=1234, size=10, total=99_999)
        cursors = KeysetPage(items=[1], size=1, next="n", previous="p")
        return render("page.html", long=LONG, many=many, cursors=cursors)

    @app.route("/form", methods=["GET", "POST"])
    def form(form: EverythingForm) -> Any:
        return render("form.html", form=form, long=LONG)


def _add_views(app: App) -> None:
    bottles = MemoryStore(Bottle, [Bottle(id=number, name=f"Bottle {number}") for number in range(1, 30)])

    class Shared:
        store = bottles

        def context(self) -> dict[str, Any]:
            return {"long": LONG}

    @app.view("/bottles")
    class Bottles(Shared, ListView):
        template = "list.html"
        search = ("name",)

    @app.view("/bottles/{id}")
    class Show(Shared, DetailView):
        template = "show.html"

    @app.view("/new")
    class New(Shared, CreateView):
        template = "form.html"
        form = Form[BottleIn]
        to = Show

    @app.view("/bottles/{id}/change")
    class Change(Shared, UpdateView):
        template = "form.html"
        form = Form[BottleIn]
        to = Show

    @app.view("/bottles/{id}/delete")
    class Delete(Shared, DeleteView):
        template = "delete.html"
        to = Bottles


def production() -> App:
    """A site in production that answers with each of the error pages."""
    app = App("closed", debug=False)

    @app.get("/error/{status}")
    def error(status: int) -> Any:
        errors = [
            {"where": f"query.{LONG}", "message": "Expected a whole number."},
            {"where": "", "message": "Closed."},
        ]
        headers = {"Retry-After": "90"} if status in (429, 503) else {}
        raise HTTPError(status, headers=headers, **({"errors": errors} if status == 422 else {}))

    @app.get("/number")
    def number(count: int, size: float) -> dict[str, Any]:
        return {}

    @app.get("/crash")
    def crash() -> Any:
        raise RuntimeError("Nobody sees this.")

    @app.post("/send")
    def send(request: Request) -> Any:
        return {}

    return app
