"""Forged requests, CORS and policies in a real browser: what it says of a request, and what it lets a page do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demijohn import (
    App,
    HTMLResponse,
    InlineTemplates,
    Request,
    Security,
    Session,
    Sessions,
    Templates,
    conditional,
    render,
)
from demijohn.security import CORS, page_policy

pytestmark = [pytest.mark.browser, pytest.mark.server]

PAGES = """
@@ sign.html
<!doctype html><title>Sign</title>
<form method="post" action="/sign">{{ csrf_field }}<input name="name" value="Ann"><button>Send</button></form>
<p>{{ session.get("name", "nobody") }}</p>
@@ inline.html
<!doctype html><title>before</title>
<script nonce="{{ nonce }}">document.title = "ran"</script>
<script>document.body.dataset.bad = "ran"</script>
<p onclick="document.title = 'clicked'">Text</p>
@@ framed.html
<!doctype html><p>Inside.</p>
"""


def make(spa: str) -> tuple[App, list[str]]:
    """A site with a form and an API, whose pages and data a page of another origin asks for."""
    app, done = App(debug=True), []  # In development, as there is no HTTPS here.
    app.use(Templates(), Sessions(), Security(reports="/reports"))
    app.register(InlineTemplates(PAGES))

    @app.get("/sign")
    def form():
        return render("sign.html")

    @app.post("/sign")
    def sign(request: Request, session: Session):
        session["name"] = request.form["name"]
        done.append(f"signed by {request.form['name']}")
        return render("sign.html")

    @app.post("/api/open", around=[CORS(origins=[spa])])
    def open_api():
        done.append("open")
        return {"ok": True}

    @app.put("/api/mine", around=[CORS(origins=[spa], credentials=True)])
    def mine(session: Session):
        done.append(f"mine: {session.get('name')}")
        return {"name": session.get("name")}

    @app.post("/api/closed")
    def closed():
        done.append("closed")
        return {"ok": True}

    @app.get("/inline")
    def inline():
        return render("inline.html")

    @app.get("/kept", around=[conditional(etag=lambda: "v1")])
    def kept():
        return render("inline.html")

    @app.get("/tagged")
    def tagged():
        response = render("inline.html")
        response.headers["etag"] = '"v1"'
        return response

    @app.get("/framed")
    def framed():
        return render("framed.html")

    @app.get("/widget", around=[page_policy(frame_ancestors=spa)])
    def widget():
        return render("framed.html")

    return app, done


@pytest.fixture
def sites(browser: Any, serve: Any) -> Iterator[tuple[Any, str, str, list[str]]]:
    """A page, the address of our site, that of another one (another port, so another origin), and what was done."""
    other = App("other", bare=True)
    target: list[str] = []

    @other.get("/")
    def home():
        return HTMLResponse("<!doctype html><title>Other</title><p>Other</p>")

    @other.get("/attack")
    def attack():
        return HTMLResponse(
            f'<!doctype html><form method="post" action="{target[0]}/sign"><input name="name" value="Eve">'
            "<button>Win</button></form>"
        )

    @other.get("/frames")
    def frames():
        return HTMLResponse(f'<iframe name="a" src="{target[0]}/framed"></iframe><iframe src="{target[0]}/widget">')

    with serve(other.wsgi) as elsewhere:
        spa = elsewhere.replace("127.0.0.1", "localhost")
        app, done = make(spa)
        with serve(app.wsgi) as own:
            target.append(own.replace("127.0.0.1", "localhost"))
            context = browser.new_context()
            yield context.new_page(), target[0], spa, done
            context.close()


FETCH = """async ([url, options]) => {
    try { const answer = await fetch(url, options); return [answer.status, await answer.text()]; }
    catch (error) { return ["refused", ""]; }
}"""


def test_a_form_of_our_own_posts_without_a_token(sites):
    """The browser says where it comes from: no field, no cookie for it."""
    page, site, _, done = sites
    page.goto(f"{site}/sign")
    assert page.locator("input[name=csrf_token]").count() == 0
    page.get_by_role("button").click()
    page.get_by_text("Ann", exact=True).wait_for()
    assert done == ["signed by Ann"]
    assert [cookie["name"] for cookie in page.context.cookies()] == ["session"]


def test_a_form_of_another_site_is_refused(sites):
    """With the visitor's cookies, as to the browser two ports are one site; and without any."""
    page, site, spa, done = sites
    for signed_in in (False, True):
        if signed_in:
            page.goto(f"{site}/sign")
            page.get_by_role("button").click()
            page.get_by_text("Ann", exact=True).wait_for()
        page.goto(f"{spa}/attack")
        with page.expect_navigation() as navigation:
            page.get_by_role("button").click()
        assert navigation.value.status == 403
    assert done == ["signed by Ann"]


def test_a_page_of_another_origin_uses_what_it_may(sites):
    """By CORS: without cookies, with them where that is said, and nothing else."""
    page, site, spa, done = sites
    page.goto(f"{site}/sign")
    page.get_by_role("button").click()
    page.get_by_text("Ann", exact=True).wait_for()
    page.goto(f"{spa}/")
    json = {"method": "POST", "body": "{}", "headers": {"content-type": "application/json"}}
    assert page.evaluate(FETCH, [f"{site}/api/open", {**json, "credentials": "omit"}])[0] == 200
    assert page.evaluate(FETCH, [f"{site}/api/open", {**json, "credentials": "include"}])[0] == "refused"
    mine = {"method": "PUT", "credentials": "include"}
    assert page.evaluate(FETCH, [f"{site}/api/mine", mine]) == [200, '{"name":"Ann"}']
    assert page.evaluate(FETCH, [f"{site}/api/closed", json])[0] == "refused"
    simple = {"method": "POST", "mode": "no-cors", "credentials": "include"}
    page.evaluate(FETCH, [f"{site}/api/closed", simple])
    assert done == ["signed by Ann", "open", "mine: Ann"]


def test_only_scripts_with_the_nonce_run(sites):
    """What was written into a page by somebody else does not, and the console says so."""
    page, site, _, _ = sites
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{site}/inline")
    page.get_by_text("Text").click()
    assert page.title() == "ran"
    assert page.locator("[data-bad]").count() == 0
    assert any("Content Security Policy" in complaint for complaint in complaints)


def test_only_partners_frame_a_page(sites):
    """A page that says who may is framed by him; the others by nobody."""
    page, _, spa, _ = sites
    page.goto(f"{spa}/frames")
    page.frame_locator("iframe").nth(1).get_by_text("Inside.").wait_for()
    assert page.frame_locator("iframe").nth(0).get_by_text("Inside.").count() == 0


@pytest.mark.parametrize("path", ["kept", "tagged"])
def test_a_page_that_was_kept_runs_its_scripts(sites, path):
    """The browser asks whether it is still good: the answer must not replace the policy that has the page's nonce."""
    page, site, _, _ = sites
    for _ in range(2):
        page.goto("about:blank")
        page.goto(f"{site}/{path}")
        assert page.title() == "ran"
        assert page.locator("[data-bad]").count() == 0
