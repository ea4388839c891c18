"""CORS, through every door: which pages of other origins may read, and what a preflight is told."""

from __future__ import annotations

import pytest
from contract_asking import DOORS, ask
from contract_doors import Got, Sent

from demijohn import App, Blueprint, Request, Schema, Security, SetupError, StreamingResponse
from demijohn.security import CORS, csrf_exempt, rate_limit

A, B, EVIL = "https://a.example", "https://b.example", "https://evil.example"


class Note(Schema):
    """The body of a POST."""

    text: str


def guard(request: Request):
    return ("sign in first", 401) if "authorization" not in request.headers else None


def make(cors: CORS | None = None, **settings) -> App:
    app = App(debug=False)
    app.use(Security(cors=cors, **settings))

    @app.get("/plain")
    def plain():
        return {"a": 1}

    @app.get("/varied")
    def varied(request: Request):
        return {"kind": request.accepts("application/json")}

    @app.get("/stream")
    def stream():
        return StreamingResponse(iter(["a", "b"]))

    @app.get("/boom")
    def boom():
        raise RuntimeError("no")

    @app.post("/notes")
    def take(note: Note):
        return {"text": note.text}

    @app.put("/items/{id}", around=[guard])
    def put(id: int):
        return {"id": id}

    @app.get("/items/{id}")
    def item(id: int):
        return {"id": id}

    @app.get("/own", around=[CORS(origins=[B], exposed=["x-total"])])
    def own():
        return {"a": 1}

    api = Blueprint("api", around=[CORS(origins=[A, "https://*.apps.example"], credentials=True, headers=["x-one"])])

    @api.get("/data")
    def data():
        return {"a": 1}

    @api.delete("/data", around=[CORS(origins=[B])])
    def delete():
        return {"a": 1}

    app.include(api, prefix="/api")
    return app


EVERYWHERE = CORS(origins=[A])


def get(app, door, target, origin=None, method="GET", body=b"", *headers) -> Got:
    sent = [("origin", origin)] if origin else []
    return ask(app, door, Sent(method, target, (*sent, *headers), body))


def preflight(app, door, target, origin, method, *headers) -> Got:
    return get(app, door, target, origin, "OPTIONS", b"", ("access-control-request-method", method), *headers)


@pytest.mark.parametrize("door", DOORS)
def test_off_by_default(door):
    """Nobody else's page may read, and a preflight is told nothing."""
    app = make()
    for answer in (get(app, door, "/plain", EVIL), preflight(app, door, "/notes", EVIL, "POST")):
        assert not any(name.startswith("access-control") for name, _ in answer.headers)
        assert "origin" not in (answer.header("vary") or "").lower()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("origin", "allowed"),
    [(A, A), (EVIL, None), ("null", None), ("https://a.example.evil", None), ("http://a.example", None), (None, None)],
)
def test_only_those_on_the_list(door, origin, allowed):
    """Each answer says that it depends on the origin, that to a stranger too."""
    answer = get(make(EVERYWHERE), door, "/plain", origin)
    assert answer.status == 200
    assert answer.header("access-control-allow-origin") == allowed
    assert answer.header("access-control-allow-credentials") is None
    assert answer.header("vary") == "Origin"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("target", "method", "status"),
    [
        ("/plain", "GET", 200), ("/plain", "HEAD", 200), ("/stream", "GET", 200), ("/nowhere", "GET", 404),
        ("/items/x", "GET", 404), ("/boom", "GET", 500), ("/plain", "POST", 405), ("/notes", "POST", 415),
        ("/items/1", "PUT", 401), ("/%ff", "GET", 400),
    ],
)  # fmt: skip
def test_every_answer_can_be_read(door, target, method, status):
    """A page that cannot read an error shows its user nothing but "network error"."""
    answer = get(make(EVERYWHERE), door, target, A, method, b"x" if method == "POST" else b"")
    assert answer.status == status
    assert answer.header("access-control-allow-origin") == A
    assert "Origin" in answer.header("vary")


@pytest.mark.parametrize("door", DOORS)
def test_vary_is_added_to_what_is_there(door):
    """Not put in its place."""
    answer = get(make(EVERYWHERE), door, "/varied", A, "GET", b"", ("accept", "application/json"))
    assert {name.strip().lower() for name in answer.header("vary").split(",")} == {"accept", "origin"}


@pytest.mark.parametrize("door", DOORS)
def test_a_mistake_in_the_body_can_be_read(door):
    """422, with the list."""
    answer = get(make(EVERYWHERE), door, "/notes", A, "POST", b"{}", ("content-type", "application/json"))
    assert (answer.status, answer.header("access-control-allow-origin")) == (422, A)


@pytest.mark.parametrize("door", DOORS)
def test_a_preflight_is_answered_whatever_stands_around_the_route(door):
    """The browser sends it without credentials, so no sign-in may stop it."""
    asked = ("access-control-request-headers", "content-type, x-odd")
    answer = preflight(make(EVERYWHERE), door, "/items/1", A, "PUT", asked)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("access-control-allow-origin") == A
    assert answer.header("access-control-allow-methods") == "GET, HEAD, PUT"
    assert answer.header("access-control-allow-headers") == "content-type, x-odd"
    assert answer.header("access-control-max-age") == "7200"
    assert answer.header("vary") == "Origin"
    assert answer.header("x-content-type-options") == "nosniff"


@pytest.mark.parametrize("door", DOORS)
def test_a_preflight_of_a_stranger_is_told_nothing(door):
    """Nor is one for an address that is none."""
    app = make(EVERYWHERE)
    answer = preflight(app, door, "/items/1", EVIL, "PUT")
    assert answer.status == 204
    assert not any(name.startswith("access-control") for name, _ in answer.headers)
    assert answer.header("vary") == "Origin"
    assert preflight(app, door, "/nowhere", A, "PUT").status == 404


@pytest.mark.parametrize("door", DOORS)
def test_a_route_and_a_blueprint_have_rules_of_their_own(door):
    """The nearest counts, for its route alone; a preflight gets that of the method that it asks for."""
    for app in (make(EVERYWHERE), make()):
        assert get(app, door, "/own", B).header("access-control-allow-origin") == B
        assert get(app, door, "/own", B).header("access-control-expose-headers") == "x-total"
        assert get(app, door, "/own", A).header("access-control-allow-origin") is None
        answer = get(app, door, "/api/data", A)
        assert answer.header("access-control-allow-origin") == A
        assert answer.header("access-control-allow-credentials") == "true"
        assert get(app, door, "/api/data", "https://x.apps.example").header("access-control-allow-origin") is not None
        asked = ("access-control-request-headers", "X-One, x-two")
        answer = preflight(app, door, "/api/data", A, "GET", asked)
        assert answer.header("access-control-allow-headers") == "X-One"
        assert answer.header("access-control-allow-credentials") == "true"
        assert preflight(app, door, "/api/data", B, "DELETE").header("access-control-allow-origin") == B
        assert preflight(app, door, "/api/data", B, "GET").header("access-control-allow-origin") is None
    assert get(make(), door, "/plain", A).header("access-control-allow-origin") is None


@pytest.mark.parametrize("door", DOORS)
def test_everybody(door):
    """`*` is said as such: a cache need not keep one copy for each origin, but may have others of the same."""
    app = make(CORS(origins=["*"]))
    answer = get(app, door, "/plain", EVIL)
    assert answer.header("access-control-allow-origin") == "*"
    assert answer.header("access-control-allow-credentials") is None
    assert get(app, door, "/plain", "null").header("access-control-allow-origin") == "*"


@pytest.mark.parametrize("door", DOORS)
def test_hosts_of_a_private_network(door):
    """Only if it says so: a page of the internet that asks for an intranet is what an attack looks like."""
    asked = ("access-control-request-private-network", "true")
    plain = preflight(make(EVERYWHERE), door, "/plain", A, "GET", asked)
    assert plain.header("access-control-allow-private-network") is None
    open_ = preflight(make(CORS(origins=[A], private_network=True)), door, "/plain", A, "GET", asked)
    assert open_.header("access-control-allow-private-network") == "true"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "value", ["x" * 5000, "a\tb", "https://a.example, https://a.example", "https://a.example https://b.example", ""]
)
def test_no_origin_breaks_an_answer(door, value):
    """What is no origin is on no list; what no header can hold is not sent back."""
    answer = get(make(CORS(origins=[A, "https://*.a.example"])), door, "/plain", value or "x")
    assert answer.status in (200, 400, 431)
    assert answer.header("access-control-allow-origin") is None


@pytest.mark.parametrize("door", DOORS)
def test_an_app_s_own_options_stay_its_own(door):
    """And a preflight that is none is an OPTIONS as any other."""
    app = make(EVERYWHERE)
    answer = get(app, door, "/plain", A, "OPTIONS")
    assert (answer.status, answer.header("allow")) == (204, "GET, HEAD, OPTIONS")
    assert answer.header("access-control-allow-methods") is None


@pytest.mark.parametrize("door", DOORS)
def test_a_single_page_app_posts(door):
    """On another origin, with a token and without; what it is refused it can read."""
    app = make(CORS(origins=[A]))
    json, cross = ("content-type", "application/json"), ("sec-fetch-site", "cross-site")
    body = b'{"text": "x"}'
    assert get(app, door, "/notes", A, "POST", body, json, cross).status == 200
    assert get(app, door, "/notes", A, "POST", body, json, cross, ("authorization", "Bearer x")).status == 200
    refused = get(app, door, "/notes", A, "POST", body, json, cross, ("cookie", "a=b"))
    assert (refused.status, refused.header("access-control-allow-origin")) == (403, A)


def test_everybody_with_cookies_is_a_mistake():
    """At start, not at the first request of a stranger."""
    with pytest.raises(SetupError, match="DMJ0661"):
        CORS(origins="*", credentials=True)


@pytest.mark.parametrize(
    "settings",
    [{}, {"origins": []}, {"origins": [A], "max_age": -1}, {"origins": [A], "headers": ["x y"]},
     {"origins": [A], "exposed": ["a,b"]}],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_a_mistake(settings):
    """What a browser would not understand."""
    with pytest.raises(SetupError, match="DMJ0662"):
        CORS(**settings)


@pytest.mark.parametrize("mark", [CORS(origins=[A]), csrf_exempt, rate_limit("5/minute")])
def test_what_stands_among_arounds_decorates_nothing(mark):
    """A habit of other frameworks, answered with the right line."""
    with pytest.raises(SetupError, match="DMJ0331"):

        @mark
        def handler():
            return "x"
