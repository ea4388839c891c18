"""Sessions as handlers, templates and WebSockets meet them."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

import pytest

from demijohn import (
    App,
    AsyncClient,
    Client,
    InlineTemplates,
    NotFound,
    Request,
    Session,
    Sessions,
    SetupError,
    Templates,
    WebSocket,
    cache_control,
    redirect,
    render,
)  # fmt: skip
from demijohn.batteries.sessions import SessionTooLarge
from demijohn.batteries.sessions.backends.memory import MemoryStore
from demijohn.foundation.http.errors import ServiceUnavailable

PAGE = "{% for m in messages() %}<p class={{ m.category }}>{{ m }}</p>{% endfor %}{{ session.n|default }}"


def make(*, debug=True, **settings) -> App:
    app = App(debug=debug)
    app.use(Sessions(**settings), Templates())
    app.register(InlineTemplates({"page.html": PAGE, "plain.html": "plain"}))

    @app.get("/count")
    def count(session: Session):
        session["n"] = session.get("n", 0) + 1
        return {"n": session["n"]}

    @app.get("/count-async")
    async def count_async(session: Session | None):
        session["n"] = session.get("n", 0) + 1
        return {"n": session["n"]}

    @app.get("/ignored")
    def ignored(session: Session):
        return "ignored"

    @app.get("/unasked")
    def unasked():
        return "unasked"

    @app.get("/read")
    def read(session: Session):
        return str(session.get("n"))

    @app.get("/append")
    def append(session: Session):
        session.setdefault("list", []).append(len(session.get("list", [])))
        return {"list": session["list"]}

    @app.get("/save")
    async def save(session: Session):
        session.flash("Saved <b>it</b>.", "success")
        return redirect("page")

    @app.get("/page")
    def page():
        return render("page.html")

    @app.get("/plain")
    def plain():
        return render("plain.html")

    @app.get("/out")
    def out(session: Session):
        session.clear()
        return "out"

    @app.get("/fails")
    def fails(session: Session, status: int = 500):
        session["failed"] = True
        if status == 404:
            raise NotFound
        raise RuntimeError("broken")

    @app.get("/failed")
    def failed(session: Session):
        return {"failed": session.get("failed", False)}

    @app.get("/large")
    def large(session: Session):
        session["cart"] = "x" * 5000
        return "large"

    @app.get("/public", around=[cache_control(public=True, max_age=60)])
    def public(session: Session):
        return str(len(session))

    @app.get("/stream")
    def stream(session: Session):
        yield "a"
        yield str(session.get("n"))

    @app.get("/late")
    def late(session: Session):
        yield "a"
        session["late"] = True

    @app.websocket("/ws")
    async def ws(ws: WebSocket, session: Session):
        await ws.send(str(session.get("n")))
        try:
            session["n"] = 5
        except RuntimeError as error:
            await ws.send(str(error))

    return app


@pytest.fixture(params=["cookie", "memory", "file", "database"])
def app(request, tmp_path):
    """The app with its sessions in each of the places."""
    app = make(store=f"file:{tmp_path}" if request.param == "file" else request.param)
    app.seal_with = {"DATABASE_URL": "sqlite://"}
    return app


@pytest.fixture
def client(app):
    """A browser."""
    with Client(app, config=app.seal_with) as client:
        yield client


def test_a_session_lasts(client):
    """What one request keeps, the next one reads: in def and in async def handlers."""
    assert [client.get(path).json()["n"] for path in ("/count", "/count-async", "/count")] == [1, 2, 3]


def test_on_a_loop_too(app):
    """The same through the other door."""

    async def run():
        async with AsyncClient(app, config=app.seal_with) as client:
            for path, n in (("/count", 1), ("/count-async", 2), ("/count", 3)):
                assert (await client.get(path)).json() == {"n": n}
            async with client.websocket("/ws") as ws:
                assert await ws.receive() == "3"
                assert "cannot change it" in await ws.receive()
            assert (await client.get("/save", follow_redirects=True)).text.startswith("<p class=success>")

    asyncio.run(run())


def test_what_is_in_a_list_is_noticed(client):
    """A change inside of a value is a change, without a word by the handler."""
    assert client.get("/append").json() == {"list": [0]}
    assert client.get("/append").json() == {"list": [0, 1]}
    assert client.get("/append").json() == {"list": [0, 1, 2]}


def test_a_message_is_shown_once(client):
    """It waits for the next page that shows messages, is escaped there, and gone after."""
    client.get("/save")
    client.get("/plain")
    client.get("/save")
    shown = "<p class=success>Saved &lt;b&gt;it&lt;/b&gt;.</p>"
    assert client.get("/page").text == shown * 2
    assert client.get("/page").text == ""


def test_only_changes_are_sent(client):
    """A session that is read makes the answer private, and sets no cookie."""
    client.get("/count")
    answer = client.get("/read")
    assert (answer.text, answer.headers["vary"], answer.headers["cache-control"]) == (
        "1",
        "Cookie",
        "private, no-store",
    )
    assert "set-cookie" not in answer.headers
    for path in ("/ignored", "/unasked", "/plain"):
        answer = client.get(path)
        assert not {"set-cookie", "vary", "cache-control"} & set(answer.headers), path


LOOKS = {
    "in": lambda session: "n" in session,
    "len": len,
    "bool": bool,
    "keys": lambda session: list(session.keys()),
    "items": lambda session: list(session.items()),
    "get": lambda session: session.get("n"),
    "iter": list,
    "equal": lambda session: session == {},
    "new": lambda session: session.is_new,
    "messages": lambda session: session.messages(),
    "pop": lambda session: session.pop("none", None),
    "rotate": lambda session: session.rotate(),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("is_new", [True, False])
def test_every_way_to_look_makes_it_private(look, is_new):
    """However a handler looks into a session, its answer is this visitor's alone."""
    app = make()

    @app.get("/look")
    def handler(session: Session):
        LOOKS[look](session)
        return "looked"

    client = Client(app)
    if not is_new:
        client.get("/count")
    answer = client.get("/look")
    assert answer.headers["vary"] == "Cookie"
    assert answer.headers["cache-control"] == "private, no-store"
    assert is_new is ("set-cookie" not in answer.headers) or look != "rotate"


def test_what_a_handler_says_of_caching_is_made_private(client):
    """Public is what an answer with a session cannot be; how long it may be kept stays."""
    assert client.get("/public").headers["cache-control"] == "private, max-age=60"


def test_signing_out(client):
    """A cleared session takes its cookie with it."""
    client.get("/count")
    assert "Max-Age=0" in client.get("/out").headers["set-cookie"]
    assert client.get("/count").json() == {"n": 1}


def test_what_failed_has_not_happened(client):
    """A crash keeps nothing of the session, an error that answers a visitor does."""
    client.raise_errors = False
    assert client.get("/fails").status == 500
    assert client.get("/failed").json() == {"failed": False}
    assert client.get("/fails?status=404").status == 404
    assert client.get("/failed").json() == {"failed": True}


def test_a_session_that_browsers_would_drop():
    """A cookie that is too large is an error that says what fills it, not a session that is lost."""
    client = Client(make())
    with pytest.raises(SessionTooLarge, match=r"bytes, and browsers drop .* It holds cart \(5002 bytes\)"):
        client.get("/large")
    client.raise_errors = False
    assert client.get("/large").status == 500
    assert Client(make(store="memory")).get("/large").status == 200


@pytest.mark.parametrize("store", ["memory", "file", "database"])
def test_a_session_that_grows_and_grows(store, tmp_path):
    """On the server there is room for a megabyte; then it says what fills it, and what was kept stays."""
    app = make(store=f"file:{tmp_path}" if store == "file" else store)

    @app.get("/grow")
    def grow(session: Session, size: int):
        session["cart"] = "x" * size
        return "grown"

    with Client(app, config={"DATABASE_URL": "sqlite://"}) as client:
        assert client.get("/grow?size=1000000").status == 200
        with pytest.raises(SessionTooLarge, match=r"bytes, and 1048576 are the most\. It holds cart \(1100002 bytes\)"):
            client.get("/grow?size=1100000")
        assert client.get("/count").json() == {"n": 1}


def test_streams(client):
    """A stream reads the session and is private; what it changes is an error, for the answer is on its way."""
    client.get("/count")
    answer = client.get("/stream")
    assert answer.text == "a1"
    assert answer.headers["cache-control"] == "private, no-store"
    with pytest.raises(RuntimeError, match="after the answer went out"):
        client.get("/late")


@pytest.mark.parametrize(
    ("debug", "base", "name", "secure"),
    [
        (True, "http://localhost", "session", False),
        (True, "https://localhost", "__Host-session", True),
        (False, "http://localhost", "__Host-session", True),
        (False, "https://example.com", "__Host-session", True),
    ],
)
def test_the_cookie(debug, base, name, secure):
    """Guarded as well as can be: only plain HTTP in development goes without prefix and Secure."""
    config = {"SECRET_KEY": "kJ8-6Wc5Yq0Ztq1cJx4b2v9nM3sLdF7hGpRa"}
    cookie = Client(make(debug=debug), base_url=base, config=config).get("/count").headers["set-cookie"]
    assert cookie.startswith(f"{name}=")
    attributes = {"Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=43200"} | ({"Secure"} if secure else set())
    assert set(cookie.split("; ")[1:]) == attributes


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (datetime(2026, 1, 1), r"value\.isoformat\(\)"),  # noqa: DTZ001
        (b"x", r"value\.hex\(\)"),
        ({1, 2}, r"sorted\(value\)"),
        (object(), r"value\.id"),
        ([{"a": object()}], r"session\['x'\]\[0\]\['a'\]"),
        (float("nan"), "no spelling"),
        (2**64, "64 bits"),
        ("\ud800", "surrogate"),
        ({1: 2}, r"str\(key\)"),
    ],
)
def test_what_is_no_json_is_told_where_it_is_written(value, hint):
    """What would not come back as it went in is an error on the line that keeps it."""
    app = App(debug=True)
    app.use(Sessions())

    @app.get("/")
    def home(session: Session):
        with pytest.raises((TypeError, ValueError), match=hint):
            session["x"] = value
        session["ring"] = ring = []
        ring.append(ring)
        return "done"

    with pytest.raises(ValueError, match="holds itself"):
        Client(app).get("/")


@pytest.mark.parametrize(
    ("name", "line"), [("permanent", "lifetime"), ("modified", "noticed"), ("cycle_key", "rotate"), ("user", '"user"')]
)
def test_habits(name, line):
    """Attributes of other frameworks' sessions are answered with the line to write here."""
    app = App(debug=True)
    app.use(Sessions())

    @app.get("/")
    def home(session: Session):
        with pytest.raises(AttributeError, match=line):
            getattr(session, name)
        return repr(session)

    assert Client(app).get("/").text == "<Session, not read>"


def test_habits_of_requests():
    """Django's request.session, Flask's import and a forgotten battery end in the right line."""
    with pytest.raises(ImportError, match=r"session: Session"):
        exec("from demijohn import session")
    with pytest.raises(ImportError, match=r"session\.flash"):
        exec("from demijohn import flash")
    app = App(debug=True)

    @app.get("/")
    def home(session: Session):
        return "home"

    with pytest.raises(SetupError, match=r"from demijohn.sessions import Sessions"):
        app.seal()
    bare = App(debug=True)
    bare.get("/")(lambda session: "home")
    with pytest.raises(SetupError, match=r"def show\(session: Session\)"):
        bare.seal()
    other = App(debug=True)

    @other.get("/")
    def django(request: Request):
        return request.session["n"]

    with pytest.raises(AttributeError, match="session: Session"):
        Client(other).get("/")


class Broken(MemoryStore):
    """A store that has gone away."""

    blocking = True

    def load(self, token):
        raise ServiceUnavailable("gone")

    save = load


@pytest.mark.parametrize("path", ["/count", "/count-async", "/stream"])
def test_a_store_that_is_gone_is_a_503(path):
    """Neither reading nor saving fails silently, and nobody becomes somebody new."""
    app = make(store=Broken())
    client = Client(app, cookies={"session": "a" * 43})
    if path != "/stream":
        assert client.get(path).status == 503


def test_a_session_that_was_ended_meanwhile_is_not_kept():
    """A change that comes after signing out in another tab is dropped."""
    store = MemoryStore()
    app = make(store=store)

    @app.get("/slow")
    def slow(session: Session):
        session["slow"] = True
        store._kept.clear()
        return "slow"

    client = Client(app)
    client.get("/count")
    answer = client.get("/slow")
    assert "set-cookie" not in answer.headers
    assert len(store) == 0


class Counted(MemoryStore):
    """Counts what it is asked."""

    blocking = False

    def __init__(self):
        super().__init__()
        self.asked = []

    def load(self, token):
        self.asked.append("load")
        return super().load(token)

    def save(self, token, payload, max_age):
        self.asked.append("save")
        return super().save(token, payload, max_age)


def test_who_ignores_the_session_asks_nothing():
    """Neither a handler that takes no session nor one that does not look into it reads, saves or sets anything."""
    store = Counted()
    client = Client(make(store=store))
    client.get("/count")
    store.asked.clear()
    for path in ("/ignored", "/unasked", "/plain", "/nowhere"):
        client.get(path)
    assert store.asked == []
    client.get("/read")
    assert store.asked == ["load"]
    store.asked.clear()
    client.get("/count")
    assert store.asked == ["load", "save"]


def test_anonymous_readers_leave_nothing_behind():
    """A thousand visitors who keep nothing are no sessions."""
    store = Counted()
    app = make(store=store)
    for _ in range(100):
        for path in ("/unasked", "/ignored", "/read"):
            assert "set-cookie" not in Client(app).get(path).headers
    assert len(store) == 0
    assert store.asked == []


def test_the_battery_costs_one_call_where_nobody_asks(calls_of):
    """The question whether anybody has asked is all that an exchange pays; its cookie is not even looked at."""
    bare = App(debug=True)

    @bare.get("/unasked")
    def unasked():
        return "unasked"

    with_sessions = App(debug=True)
    with_sessions.use(Sessions())
    with_sessions.get("/unasked")(unasked)

    def calls_for(app, path, headers=()):
        client = Client(app, headers=dict(headers))
        client.get(path)
        return calls_of(lambda: client.get(path))

    assert calls_for(with_sessions, "/unasked") - calls_for(bare, "/unasked") == 1
    cookie = {"cookie": "session=" + "a" * 200}
    assert calls_for(with_sessions, "/unasked", cookie) == calls_for(bare, "/unasked", cookie) + 1


def test_encryption_is_never_left_out_in_silence(monkeypatch):
    """Without its package the app does not start, and is told what to install or to say; signing needs none."""
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(SetupError, match=r"encrypt=False signs it.*pip install 'demijohn\[standard\]'"):
        make().seal()
    signed = make(encrypt=False)
    client = Client(signed)
    assert client.get("/count").json() == {"n": 1}
    assert client.get("/count").json() == {"n": 2}


def test_what_is_in_an_encrypted_cookie_cannot_be_read():
    """A visitor sees nothing of it, and the same session never looks the same."""
    import base64

    app = make()
    raw = []
    for _ in range(2):
        value = Client(app).get("/count").cookies["session"]
        raw.append(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    assert raw[0] != raw[1]
    assert all(b'"n"' not in each for each in raw)
    value = Client(make(encrypt=False)).get("/count").cookies["session"]
    assert b'"n"' in base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


@pytest.mark.parametrize("settings", [{"idle": 0}, {"lifetime": -1}, {"same_site": "maybe"}, {"cookie": "a b"}])
def test_settings_that_are_not_possible(settings):
    """Each is told with its name when the app is sealed."""
    with pytest.raises(SetupError, match=rf"DMJ0571 .*{next(iter(settings))}="):
        make(**settings).seal()


@pytest.mark.parametrize("store", ["mongo", "cookie:x", "localhost:6379", "redis", object()])
def test_places_that_are_none(store):
    """A store that nobody knows is told when the app is sealed, and no address is shown."""
    with pytest.raises(SetupError, match="DMJ0570"):
        make(store=store).seal()


def test_the_address_of_a_store_is_not_shown():
    """It may hold a password: neither the battery's text nor the mistake has it."""
    settings = Sessions(store="redis://:hunter2@host:notaport/0")
    assert "hunter2" not in repr(settings)
    app = App(debug=True)
    app.use(settings)
    with pytest.raises(SetupError) as caught:
        app.seal()
    assert "hunter2" not in str(caught.value)
