"""Scripts in what a visitor sends, through every door: nothing of it comes back as markup."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from contract_asking import DOORS, ask
from contract_doors import Sent

from demijohn import HTML, App, HTTPError, InlineTemplates, Request, Schema, Templates, render

SCRIPT = "<script>alert(1)</script>"
QUOTED = "%3Cscript%3Ealert(1)%3C/script%3E"
PAGE, ANY = ("accept", "text/html"), ("accept", "*/*")


class Wine(Schema):
    """The body of a POST."""

    name: str
    year: int


@pytest.fixture(scope="module")
def app():
    """An app in production that says back what it is sent."""
    app = App(debug=False)
    app.use(Templates())
    app.register(
        InlineTemplates("""
@@ attributes.html
<p{{ {key: "v"}|xmlattr }}></p>
@@ links.html
<a href="{{ url("links", q=q, page=2) }}">next</a><p title="{{ q }}">{{ q }}</p>
""")
    )

    @app.post("/wines")
    def post(wine: Wine):
        return HTML("<p>{}</p>", wine.name)

    @app.get("/text")
    def text(q: str):
        return f"Hello, {q}!"

    @app.get("/says")
    def says(q: str):
        raise HTTPError(409, f"There is {q} already.")

    @app.get("/boom")
    def boom(q: str):
        secret_of_the_house = q
        raise RuntimeError(f"broken {secret_of_the_house} in /srv/shop")

    @app.get("/links")
    def links(q: str, page: int = 1):
        return render("links.html", q=q)

    @app.get("/attributes")
    def attributes(request: Request):
        return render("attributes.html", key=request.query["key"])

    return app


class Seen(HTMLParser):
    """The elements and attributes of a page, as a browser would see them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.links: list[str | None] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("accept", [PAGE, ANY], ids=["page", "any"])
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (Sent("GET", f"/{QUOTED}"), 404), (Sent("GET", f"/nowhere?q={QUOTED}"), 404),
        (Sent("GET", "/nowhere", (("x-name", SCRIPT), ("referer", SCRIPT))), 404),
        (Sent("GET", "/nowhere", (("cookie", f"a={SCRIPT}"),)), 404), (Sent("DELETE", f"/text?q={QUOTED}"), 405),
        (Sent("GET", f"/%ff{QUOTED}"), 400), (Sent("GET", "/text", host=f"a{SCRIPT}"), 400),
        (Sent("POST", "/wines", (("content-type", "application/json"),), SCRIPT.encode()), 400),
        (Sent("POST", "/wines", (("content-type", f"text/{SCRIPT}"),), b"x"), 415),
        (Sent("POST", "/wines", (("content-type", "application/json"),), b'{"year": "%s"}' % SCRIPT.encode()), 422),
        (Sent("POST", "/wines", (("content-type", "application/json"),), b'{"%s": 5}' % SCRIPT.encode()), 422),
        (Sent("GET", f"/says?q={QUOTED}"), 409), (Sent("GET", f"/boom?q={QUOTED}"), 500),
    ],
    ids=lambda value: None,
)  # fmt: skip
def test_no_error_says_it_back_as_markup(app, door, accept, sent, status):
    """A page escapes it, JSON is no page; and browsers are told to believe the type."""
    answer = ask(app, door, replace(sent, headers=(*sent.headers, accept)))
    assert answer.status == status
    assert answer.header("x-content-type-options") == "nosniff"
    kind = answer.header("content-type") or ""
    if accept == PAGE:
        assert kind == "text/html; charset=utf-8"
        assert SCRIPT not in answer.text
        assert "script" not in Seen(answer.text).tags
    else:
        assert kind == "application/problem+json"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("accept", [PAGE, ANY], ids=["page", "any"])
def test_what_was_not_foreseen_tells_an_id_and_nothing_else(app, door, accept):
    """Neither the error nor where it was, nor what it was about."""
    answer = ask(app, door, Sent("GET", "/boom?q=hunter2", (accept,)))
    assert answer.status == 500
    for word in ("hunter2", "RuntimeError", "Traceback", "/srv", "test_bad_scripts", "secret_of_the_house", "demijohn"):
        assert word not in answer.text


@pytest.mark.parametrize("door", DOORS)
def test_text_and_values_are_no_markup(app, door):
    """A str is text, and what is put into HTML is escaped."""
    answer = ask(app, door, Sent("GET", f"/text?q={QUOTED}", (PAGE,)))
    assert (answer.header("content-type"), answer.text) == ("text/plain; charset=utf-8", f"Hello, {SCRIPT}!")
    assert answer.header("x-content-type-options") == "nosniff"
    body = b'{"name": "%s", "year": 5}' % SCRIPT.encode()
    answer = ask(app, door, Sent("POST", "/wines", (("content-type", "application/json"),), body))
    assert Seen(answer.text).tags == ["p"]


@pytest.mark.parametrize("door", DOORS)
def test_links_carry_a_query_encoded(app, door):
    """What a page was opened with is in the links to its next page, and is no attribute there."""
    answer = ask(app, door, Sent("GET", "/links?q=%22onmouseover=alert(1)&page=2"))
    page = Seen(answer.text)
    assert (page.tags, page.names) == (["a", "p"], {"href", "title"})
    assert page.links == ["/links?q=%22onmouseover%3Dalert%281%29&page=2"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("key", ["x%20y", "a/b", "a%3Eb", "a=b", "%22%3E%3Cx", "a%0Ab"])
def test_names_of_attributes_are_names(app, door, key):
    """A key of a visitor's makes no second attribute and no element: it is an error."""
    answer = ask(app, door, Sent("GET", f"/attributes?key={key}", (PAGE,)))
    assert answer.status == 500
    assert ask(app, door, Sent("GET", "/attributes?key=title")).text.strip() == '<p title="v"></p>'
