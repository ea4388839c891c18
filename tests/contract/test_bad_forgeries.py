"""Forged requests, through every door: what a page of another site cannot have a visitor's browser do."""

from __future__ import annotations

import re

import pytest
from contract_asking import DOORS, ask
from contract_doors import Sent

from demijohn import App, Blueprint, HTMLResponse, Request, Schema, Security, Session, Sessions, SetupError
from demijohn.batteries.security.origins import Origins
from demijohn.foundation.errors import Where
from demijohn.security import (
    CORS,
    CrossSiteRefused,
    ShownAgain,
    csrf_exempt,
    csrf_token,
    refused_of,
    renew_csrf_token,
)

OWN, SPA, EVIL = "http://example.com", "https://spa.example", "https://evil.example"
FORM = ("content-type", "application/x-www-form-urlencoded")
JSON = ("content-type", "application/json")
SIGNED_IN = ("cookie", "session=abc")


class Note(Schema):
    """The body of a POST."""

    text: str


def make(*, debug: bool = False, **settings) -> App:
    app = App(debug=debug)
    app.use(Security(**settings))
    app.state_changes = 0  # type: ignore[attr-defined]

    @app.get("/form")
    def form(request: Request):
        return HTMLResponse(csrf_token(request))

    @app.route("/act", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def act(request: Request):
        if request.method not in ("GET", "HEAD"):
            app.state_changes += 1  # type: ignore[attr-defined]
        return "done"

    @app.post("/async")
    async def act_async(request: Request):
        return "done"

    @app.post("/notes")
    def take(note: Note):
        return {"text": note.text}

    @app.post("/hook", around=[csrf_exempt])
    def hook():
        return "done"

    @app.post("/login")
    def login(request: Request):
        renew_csrf_token(request)
        return "welcome"

    @app.post("/logout")
    def logout():
        return "goodbye"

    return app


@pytest.fixture(scope="module")
def app():
    """An app with its defaults."""
    return make()


def post(app, door, *headers, target="/act", method="POST", body=b"", scheme="http"):
    return ask(app, door, Sent(method, target, headers, body), scheme=scheme)


def token_and_cookie(app, door, *headers) -> tuple[str, str]:
    """What a form page gives an old browser."""
    answer = ask(app, door, Sent("GET", "/form", headers))
    cookies = [value.partition(";")[0] for value in answer.all("set-cookie")]
    return answer.text, "; ".join(cookies)


def site(value):
    return ("sec-fetch-site", value)


def origin(value):
    return ("origin", value)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((site("cross-site"), origin(EVIL)), 403), ((site("cross-site"), origin(OWN)), 403),
        ((site("same-site"), origin("http://sub.example.com")), 403), ((site("same-origin"), origin(OWN)), 200),
        ((site("none"),), 200), ((origin(OWN),), 200), ((origin("null"),), 403), ((origin(EVIL),), 403),
        ((("referer", EVIL + "/page"),), 403), ((site("rubbish"),), 403), ((site("cross-site"),), 403),
        ((origin(OWN), origin(EVIL)), 403), ((origin("http://example.com:8080"),), 403),
        ((origin("http://example.com@evil.example"),), 403), ((origin("http://example.com.evil.example"),), 403),
    ],
)  # fmt: skip
def test_what_a_browser_says_decides(app, door, headers, status):
    """With a valid token too: a page that is known to be another site's never passes."""
    token, cookie = token_and_cookie(app, door)
    sent = (("cookie", f"session=abc; {cookie}"), ("x-csrf-token", token), *headers)
    assert post(app, door, *sent).status == status
    assert post(app, door, *sent, target="/async").status == status


@pytest.mark.parametrize("door", DOORS)
def test_a_browser_that_says_neither_needs_a_token(app, door):
    """In the header or in the field; a request of our own page that a browser vouches for needs none."""
    token, cookie = token_and_cookie(app, door)
    brought = ("cookie", cookie)
    assert post(app, door, brought).status == 403
    assert post(app, door, brought, ("x-csrf-token", token)).status == 200
    assert post(app, door, brought, FORM, body=f"csrf_token={token}".encode()).status == 200
    assert post(app, door, brought, FORM, body=b"csrf_token=x").status == 403
    assert post(app, door, brought, FORM, body=b"csrf_token=%ff%00").status in (400, 403)
    assert post(app, door, brought, FORM, ("referer", OWN + "/form"), body=f"csrf_token={token}".encode()).status == 200
    assert post(app, door, brought, ("authorization", "Basic YTpi"), ("x-csrf-token", token)).status == 200
    assert post(app, door, brought, site("same-origin")).status == 200


@pytest.mark.parametrize("door", DOORS)
def test_nothing_can_be_forged_without_credentials(app, door):
    """curl, phones and services bring none, or write their own: they pass."""
    assert post(app, door).status == 200
    assert post(app, door, FORM, body=b"a=b").status == 200
    assert post(app, door, JSON, body=b'{"text": "hello"}', target="/notes").status == 200
    assert post(app, door, JSON, origin(SPA), site("cross-site"), body=b'{"text": "x"}', target="/notes").status == 200
    bearer = ("authorization", "Bearer abc")
    assert post(app, door, bearer).status == 200
    assert post(app, door, bearer, SIGNED_IN, origin(SPA), site("cross-site")).status == 200
    for ambient in ("Basic YTpi", "basic YTpi", "Digest x", "Negotiate x", "NTLM x"):
        assert post(app, door, ("authorization", ambient)).status == 403


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("target", ["/login", "/logout"])
def test_nobody_is_signed_in_or_out_by_another_site(app, door, target):
    """A form of another site is refused without any cookie, as it would sign a visitor in as somebody else."""
    for said in ((site("cross-site"),), (origin(EVIL),), (site("same-site"), origin("http://sub.example.com"))):
        assert post(app, door, FORM, *said, target=target, body=b"name=eve").status == 403
        assert post(app, door, ("content-type", "multipart/form-data; boundary=x"), *said, target=target).status == 403
        assert post(app, door, ("content-type", "text/plain"), *said, target=target).status == 403
        assert post(app, door, *said, target=target).status == 403  # A script's, with a body of no type.
        assert post(app, door, *said, target=target, body=b"name=eve").status == 403
    assert post(app, door, target=target, method="GET").status == 405


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "FOO"])
def test_every_method_that_changes_something_is_guarded(app, door, method):
    """And those that do not are let through, without effect."""
    before = app.state_changes
    assert post(app, door, SIGNED_IN, site("cross-site"), method=method).status in (403, 405)
    for safe in ("GET", "HEAD", "OPTIONS"):
        assert post(app, door, SIGNED_IN, site("cross-site"), method=safe).status in (200, 204)
    assert app.state_changes == before


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_json_is_read_from_nothing_else(app, door, kind):
    """A form of another site can send JSON as text; our own page's is told so."""
    headers = [SIGNED_IN, origin(OWN), *([("content-type", kind)] if kind else [])]
    assert post(app, door, *headers, target="/notes", body=b'{"text": "x"}').status == 415
    assert post(app, door, *headers, site("cross-site"), target="/notes", body=b'{"text": "x"}').status == 403


@pytest.mark.parametrize("door", DOORS)
def test_a_token_is_one_visitor_s_until_he_signs_in(app, door):
    """That of another is refused, and so is that of before."""
    ann, anns = token_and_cookie(app, door)
    bob, bobs = token_and_cookie(app, door)
    assert post(app, door, ("cookie", bobs), ("x-csrf-token", ann)).status == 403
    assert post(app, door, ("cookie", bobs), ("x-csrf-token", bob)).status == 200
    answer = post(app, door, ("cookie", anns), ("x-csrf-token", ann), target="/login")
    assert answer.status == 200
    renewed = answer.all("set-cookie")[0].partition(";")[0]
    assert renewed != anns
    assert post(app, door, ("cookie", renewed), ("x-csrf-token", ann)).status == 403
    again, nothing = token_and_cookie(app, door, ("cookie", renewed))
    assert nothing == ""
    assert post(app, door, ("cookie", renewed), ("x-csrf-token", again)).status == 200


@pytest.mark.parametrize("door", DOORS)
def test_a_session_that_rotates_renews_the_token(door):
    """Signing in and out does so: what was in a page before counts no more."""
    app = App(debug=False)
    app.use(Sessions(store="memory"))

    @app.get("/form")
    def form(request: Request):
        return HTMLResponse(csrf_token(request))

    @app.post("/act")
    def act():
        return "done"

    @app.post("/in")
    def sign_in(session: Session):
        session["user"] = 1
        session.rotate()
        return "in"

    @app.post("/out")
    def sign_out(session: Session):
        session.clear()
        return "out"

    token, cookie = token_and_cookie(app, door)
    for target in ("/in", "/out"):
        answer = post(app, door, ("cookie", cookie), ("x-csrf-token", token), target=target)
        assert answer.status == 200
        renewed = [value.partition(";")[0] for value in answer.all("set-cookie") if value.startswith("__Host-csrf")]
        assert len(renewed) == 1
        assert post(app, door, ("cookie", renewed[0]), ("x-csrf-token", token)).status == 403
        token, _ = token_and_cookie(app, door, ("cookie", renewed[0]))
        cookie = "; ".join(value.partition(";")[0] for value in answer.all("set-cookie"))
        assert post(app, door, ("cookie", cookie), ("x-csrf-token", token)).status == 200


@pytest.mark.parametrize("door", DOORS)
def test_two_tokens_of_one_visitor_differ_and_both_count(app, door):
    """A mask that is new each time tells nothing by the length of a compressed page."""
    first, cookie = token_and_cookie(app, door)
    second, _ = token_and_cookie(app, door, ("cookie", cookie))
    assert first != second
    assert len(first) == len(second)
    for token in (first, second):
        assert post(app, door, ("cookie", cookie), ("x-csrf-token", token)).status == 200


@pytest.mark.parametrize("door", DOORS)
def test_a_form_can_be_shown_again(door):
    """Where a battery does so, a request without a token reaches the handler, which is told; a foreign one does not."""
    app = make()
    app.register(ShownAgain(lambda route: route.path == "/again"))

    @app.post("/again")
    async def again(request: Request):
        error = refused_of(request)
        return f"{request.form['text']}: {error.needs_token if error else 'fine'}"

    token, cookie = token_and_cookie(app, door)
    sent = (("cookie", cookie), FORM)
    answer = post(app, door, *sent, target="/again", body=b"text=kept")
    assert (answer.status, answer.text) == (200, "kept: True")
    answer = post(app, door, *sent, target="/again", body=f"text=kept&csrf_token={token}".encode())
    assert (answer.status, answer.text) == (200, "kept: fine")
    assert post(app, door, *sent, site("cross-site"), target="/again", body=b"text=kept").status == 403
    assert post(app, door, *sent, target="/act", body=b"text=kept").status == 403


@pytest.mark.parametrize("door", DOORS)
def test_arounds_and_error_handlers_see_who_was_refused(door):
    """Those of the route, too: its own page may say it in its own words."""
    app, blueprint, seen = App(debug=False), Blueprint("shop"), []

    @blueprint.on_error(CrossSiteRefused)
    def refused(error: CrossSiteRefused):
        return f"our words, {error.needs_token}", 403

    def watch():
        try:
            yield
        except CrossSiteRefused as error:
            seen.append(error.status)
            raise

    @blueprint.post("/buy", around=[watch])
    def buy():
        return "bought"

    app.include(blueprint)
    answer = post(app, door, SIGNED_IN, site("cross-site"), target="/buy")
    assert (answer.status, answer.text) == (403, "our words, False")
    answer = post(app, door, SIGNED_IN, FORM, target="/buy")
    assert (answer.status, answer.text) == (403, "our words, True")
    assert seen == [403, 403]


@pytest.mark.parametrize("door", DOORS)
def test_the_cookie_is_guarded_by_its_prefix(app, door):
    """No other host, and no plain HTTP, can set it; the page that made it is nobody else's."""
    answer = ask(app, door, Sent("GET", "/form"))
    (cookie,) = answer.all("set-cookie")
    assert re.fullmatch(r"__Host-csrf=[\w-]{43}; Path=/; Secure; HttpOnly; SameSite=Lax", cookie)
    assert answer.header("cache-control") == "private, no-store"
    assert {name.strip().lower() for name in answer.header("vary").split(",")} == {"cookie", "sec-fetch-site"}


@pytest.mark.parametrize("door", DOORS)
def test_a_browser_that_vouches_is_given_no_token(app, door):
    """Its pages have no cookie, and may be cached."""
    answer = ask(app, door, Sent("GET", "/form", (site("none"),)))
    assert (answer.text, answer.all("set-cookie"), answer.header("cache-control")) == ("", [], None)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "token",
    ["", "x", "\x00", "é" * 86, "A" * 85, "A" * 87, "A" * 86, "A" * 8000, "=" * 86, "-_" * 43, " " * 86],
)
def test_no_token_breaks_the_check(app, door, token):
    """Whatever it is, it is no token: 403, or 400 where no header can hold it."""
    _, cookie = token_and_cookie(app, door)
    if "\x00" not in token and token.isascii():
        assert post(app, door, ("cookie", cookie), ("x-csrf-token", token)).status == 403
    body = f"csrf_token={token * 100}".encode()
    assert post(app, door, ("cookie", cookie), FORM, body=body).status in (400, 403, 413)
    if "\x00" not in token and token.isascii():
        assert post(app, door, ("cookie", f"__Host-csrf={token.strip()}"), FORM).status in (400, 403)


@pytest.mark.parametrize("door", DOORS)
def test_a_token_of_a_megabyte_is_no_token(door):
    """It is refused by the limits of bodies, or as any other."""
    app = make()
    _, cookie = token_and_cookie(app, door)
    assert post(app, door, ("cookie", cookie), FORM, body=b"csrf_token=" + b"A" * 1_000_000).status in (403, 413)


@pytest.mark.parametrize("door", DOORS)
def test_a_refused_body_is_not_read(door):
    """The verdict comes from the head: a body over its limit does not change it."""
    app = make()
    sent = Sent("POST", "/act", (SIGNED_IN, site("cross-site"), FORM), b"a" * 10_000_000)
    assert ask(app, door, sent).status == 403


@pytest.mark.parametrize("door", DOORS)
def test_origins_that_are_trusted_may_post(door):
    """By the setting, and by CORS with credentials; CORS without them lets nobody act for a visitor."""
    app = make(trusted_origins=["https://shop.example", "https://*.pages.example"])
    assert post(app, door, SIGNED_IN, origin("https://shop.example"), site("cross-site")).status == 200
    assert post(app, door, SIGNED_IN, origin("https://a.pages.example"), site("cross-site")).status == 200
    assert post(app, door, SIGNED_IN, origin("https://pages.example.evil.tld"), site("cross-site")).status == 403
    assert post(app, door, SIGNED_IN, origin("https://shop.example:8443"), site("cross-site")).status == 403
    with_cookies = make(cors=CORS(origins=[SPA], credentials=True))
    assert post(with_cookies, door, SIGNED_IN, origin(SPA), site("cross-site")).status == 200
    without = make(cors=CORS(origins=["*"]))
    assert post(without, door, SIGNED_IN, origin(SPA), site("cross-site")).status == 403
    assert post(without, door, FORM, origin(SPA), site("cross-site"), body=b"a=b").status == 200


@pytest.mark.parametrize("door", DOORS)
def test_routes_can_be_exempt(app, door):
    """For what other sites are meant to post; and the whole guard can be switched off."""
    assert post(app, door, SIGNED_IN, site("cross-site"), origin(EVIL), target="/hook").status == 200
    assert post(make(csrf=False), door, SIGNED_IN, site("cross-site")).status == 200


@pytest.mark.parametrize("door", DOORS)
def test_in_development_the_refusal_says_what_to_write(door):
    """In production it says nothing of the sort."""
    sent = (SIGNED_IN, site("same-site"), origin("http://localhost:5173"))
    app = make(debug=True)
    answer = ask(app, door, Sent("POST", "/act", sent, host="localhost:8000"))
    assert "Security(trusted_origins=[" in answer.text
    assert "http://localhost:5173" in answer.text
    assert "localhost" not in post(make(), door, *sent).text


@pytest.mark.parametrize("door", DOORS)
def test_in_development_the_cookie_does_without_https(door):
    """Phones on the network, and Safari, drop `Secure` cookies of plain HTTP."""
    app = make(debug=True)
    (cookie,) = ask(app, door, Sent("GET", "/form", host="localhost")).all("set-cookie")
    assert cookie.startswith("csrf=")
    assert "Secure" not in cookie
    (cookie,) = ask(app, door, Sent("GET", "/form", host="localhost"), scheme="https").all("set-cookie")
    assert cookie.startswith("__Host-csrf=")


@pytest.mark.parametrize("door", DOORS)
def test_an_own_page_over_https(app, door):
    """Plain HTTP of the same host could have been changed on the way."""
    sent = (SIGNED_IN, origin("https://example.com"))
    assert post(app, door, *sent, scheme="https").status == 200
    assert post(app, door, SIGNED_IN, origin(OWN), scheme="https").status == 403


def test_origins_are_compared_whole():
    """Scheme, host and port; no pattern, no prefix."""
    origins = Origins.of(["https://example.com", "https://*.multi.example"], "trusted_origins", Where("app.py", 1))
    assert origins.has("https://example.com")
    for other in (
        "https://example.com.evil", "http://example.com", "https://example.com:8443", "https://exampleXcom",
        "https://example.com@evil", "null", "", "https://multi.example", "http://a.multi.example",
        "https://evilmulti.example", "https://evil.tld/.multi.example", "https://evil@x.multi.example",
    ):  # fmt: skip
        assert not origins.has(other), other
    assert origins.has("https://a.multi.example")
    assert origins.has("https://a.b.multi.example")


@pytest.mark.parametrize(
    "entry",
    ["example.com", "https://example.com/", "https://*", "https://ex ample", "ftp://a.example", "", "*.a.example"],
)
def test_what_is_no_origin_is_a_mistake(entry):
    """What could never match is told at start."""
    with pytest.raises(SetupError, match="DMJ0660"):
        make(trusted_origins=[entry]).seal()
