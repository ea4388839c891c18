"""The page: everything of the document stands on it, escaped, without a word from elsewhere."""

from __future__ import annotations

import html
import re
from typing import Annotated

import pytest

from demijohn import API, App, Client, Header, HTTPError, Query, Request
from demijohn.batteries.api.document import make_document
from demijohn.batteries.api.page import Page


@pytest.fixture(scope="module")
def page(client):
    """The shop's page."""
    answer = client.get("/docs")
    assert answer.status == 200
    return answer.text


def test_every_operation_stands_on_it_once(page, document):
    """By its own anchor, with a link in the contents."""
    for item in document["paths"].values():
        for operation in item.values():
            assert page.count(f'id="op-{operation["operationId"]}"') == 1
            assert f'href="#op-{operation["operationId"]}"' in page


def test_nothing_is_loaded_from_elsewhere(page):
    """Style and script are the site's own; there is no inline script, style or handler, so that any policy may hold."""
    assert re.findall(r'(?:src|href)="(?!#|data:|/)([^"]+)"', page) == [
        "https://shop.example.com", "https://shop.example.com/terms",
    ]  # fmt: skip
    assert "<style" not in page
    assert not re.search(r'\s(style|on\w+)="', page)
    assert re.findall(r"<script[^>]*>(.*?)</script>", page) == [""]


def test_its_policy_is_that_of_all_pages(client):
    """The page asks for no exception."""
    app = App()
    app.get("/")(lambda request: request)
    other = client.get("/page").headers["content-security-policy"]
    assert "unsafe" not in other
    strip = re.compile(r"'nonce-[^']+'")
    assert strip.sub("", client.get("/docs").headers["content-security-policy"]) == strip.sub("", other)


@pytest.mark.parametrize(("name", "kind"), [("page.css", "text/css"), ("page.js", "text/javascript")])
def test_style_and_script_are_kept_for_ever(client, page, name, kind):
    """Their addresses hold their version."""
    address = re.search(rf'"(/docs/{name}\?v=\w+)"', page)
    assert address is not None
    answer = client.get(address[1])
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(kind)
    assert "immutable" in answer.headers["cache-control"]


def test_what_is_said_is_escaped():
    """Titles, docstrings, names and examples are text, whoever wrote them."""
    app = App()
    app.use(API(title="<script>alert(1)</script>", description="`<b>`"))

    @app.get("/x", summary="<i>", description="</details><script>")
    def x(q: Annotated[str, Query(description="<u>", examples=["<s>"])] = "<em>") -> str:
        return ""

    text = Client(app).get("/docs").text
    for tag in ("<script>", "<i>", "<u>", "<s>", "<em>", "<b>"):
        assert tag not in text
    assert "<code>&lt;b&gt;</code>" in text


def test_the_document_is_kept_and_tagged(client):
    """It is sent once to those that have it."""
    first = client.get("/openapi.json")
    assert first.headers["content-type"] == "application/json"
    again = client.get("/openapi.json", headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.content) == (304, b"")
    assert client.get("/openapi.json").content == first.content


def test_the_document_is_made_once(monkeypatch):
    """However often it is asked for; and not before."""
    from demijohn.batteries.api import publication

    made = []

    def count(*arguments, **options):
        made.append(arguments)
        return make_document(*arguments, **options)

    monkeypatch.setattr(publication, "make_document", count)
    app = App()
    app.use(API())
    client = Client(app)
    assert not made
    for _ in range(3):
        client.get("/openapi.json")
        client.get("/docs")
    assert len(made) == 1


def test_addresses_can_be_changed_left_out_and_guarded():
    """`path`, `docs` and `around` are settings."""

    def closed(request: Request):
        raise HTTPError(403)
        yield

    app = App()
    app.use(API(path="/schema.json", docs=None))
    client = Client(app)
    assert [client.get(path).status for path in ("/schema.json", "/openapi.json", "/docs")] == [200, 404, 404]
    app = App()
    app.use(API(around=[closed]))
    client = Client(app)
    assert [client.get(path).status for path in ("/openapi.json", "/docs")] == [403, 403]


def test_a_page_at_the_root():
    """Its style and script are beside it."""
    app = App()
    app.use(API(docs="/", path=None))
    client = Client(app)
    assert "OpenAPI document" not in client.get("/").text
    assert client.get("/page.css").status == 200


def test_trying_is_for_development_and_for_the_own_site():
    """There is no form in production unless it is asked for, nor for a server elsewhere."""

    def text(debug: bool, **settings):
        app = App(debug=debug)
        app.use(API(**settings))
        app.get("/x")(lambda: "")
        return Client(app).get("/docs").text

    assert 'class="try"' in text(True)
    assert 'class="try"' not in text(False)
    assert 'class="try"' in text(False, try_it=True)
    assert 'class="try"' not in text(True, servers=["https://elsewhere.test"])


def page_of(app: App, **settings) -> Page:
    """What the page of an app shows."""
    return Page(make_document(API(**settings), app.seal()))


def commands_of(app: App, own: str = "http://own.test", **settings) -> list[str]:
    """The commands on the page."""
    return [operation.curl(own) for group in page_of(app, **settings).groups for operation in group.operations]


def test_commands_carry_what_is_required():
    """Query, headers and credentials; a value with a space is quoted; a server elsewhere is asked itself."""
    app = App()

    @app.get("/x/{id}")
    def x(id: int, q: Annotated[str, Query(examples=["a b"])], x_token: Annotated[str, Header()], not_this: int = 1):
        return {}

    assert commands_of(app) == ["curl 'http://own.test/x/1?q=a+b' -H 'x-token: text'"]
    assert commands_of(app, servers=["https://api.test/v1"])[0].startswith("curl 'https://api.test/v1/x/1?")


def test_commands_of_the_shop_are_understood_by_it(page, client):
    """The JSON of each command is a body that its operation accepts."""
    for command in re.findall(r"<code>(curl -X POST [^<]+--json [^<]+)</code>", page):
        words = html.unescape(command)
        [path] = re.findall(r"http://[^/]+(/\S*)", words)
        [body] = re.findall(r"--json '(.*)'", words, flags=re.DOTALL)
        headers = {"content-type": "application/json", "authorization": "Basic YTpi" if "-u" in words else "Bearer x"}
        assert client.post(path, content=body.encode(), headers=headers).status in (200, 201, 409), command


def test_websockets_and_webhooks_have_no_command(page):
    """Nobody asks for them by a request."""
    socket = page[page.index('id="op-chat"') :].partition("</details>")[0]
    assert "WebSocket" in socket
    assert "curl" not in socket


def test_a_mounted_app_has_its_own_document_and_page():
    """Below the prefix: its server, its links and its commands."""
    inner, outer = App(), App()
    inner.use(API(title="Inner"))
    inner.get("/x")(lambda: "x")
    outer.use(API(title="Outer"))
    outer.mount("/in", inner)
    client = Client(outer)
    assert client.get("/in/openapi.json").json()["servers"] == [{"url": "/in"}]
    assert client.get("/openapi.json").json()["paths"] == {}
    text = client.get("/in/docs").text
    assert 'href="/in/openapi.json"' in text
    assert "curl http://localhost/in/x" in text
    style = re.search(r'href="(/in/docs/page\.css[^"]*)"', text)
    assert style is not None
    assert client.get(style[1]).status == 200


def test_paths_by_language_and_routes_by_host_are_told():
    """Each spelling is a path of its own; of one path on several hosts the first is told."""
    app = App()

    @app.get({"en": "/about", "de": "/ueber"}, name="about")
    def about() -> str:
        """Read about us."""
        return ""

    app.get("/x", host="a.test", name="first")(lambda: "")
    app.get("/x", host="b.test", name="second")(lambda: "")
    document = make_document(API(), app.seal())
    assert set(document["paths"]) == {"/about", "/ueber", "/x"}
    assert document["paths"]["/x"]["get"]["operationId"] == "first"
    ids = {document["paths"][path]["get"]["operationId"] for path in ("/about", "/ueber")}
    assert len(ids) == 2
