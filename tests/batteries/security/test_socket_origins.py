"""WebSockets and other origins: who may post to an app may connect to it, and nobody else."""

from __future__ import annotations

import pytest

from demijohn import App, Blueprint, Client, Security, WebSocket
from demijohn.security import CORS
from demijohn.testing import WebSocketRefused

SPA, EVIL = "https://spa.example", "https://evil.example"
COOKIE = {"cookie": "session=abc"}


def make(*, around=(), **settings) -> App:
    app, live = App(debug=False), Blueprint("live", around=around)
    app.use(Security(**settings))

    @live.websocket("/echo")
    async def echo(ws: WebSocket):
        await ws.send("hello")

    @live.post("/post")
    def post():
        return "hello"

    app.include(live)
    return app


def connects(app: App, **headers: str) -> bool:
    try:
        with Client(app).websocket("/echo", headers=headers) as ws:
            return ws.receive() == "hello"
    except WebSocketRefused as refused:
        assert refused.status == 403  # noqa: PT017 - some are let in
        return False


@pytest.mark.parametrize(
    ("settings", "origin", "with_cookie", "without"),
    [
        ({}, SPA, False, False),
        ({"trusted_origins": [SPA]}, SPA, True, True),
        ({"trusted_origins": [SPA]}, SPA.upper(), True, True),
        ({"trusted_origins": [SPA]}, EVIL, False, False),
        ({"trusted_origins": [SPA]}, f"{SPA}.evil.example", False, False),
        ({"trusted_origins": [SPA]}, "null", False, False),
        ({"trusted_origins": ["https://*.spa.example"]}, "https://a.spa.example", True, True),
        ({"trusted_origins": ["*"]}, "null", False, False),
        ({"trusted_origins": [SPA], "csrf": False}, SPA, True, True),
        ({"csrf": False}, SPA, False, False),
        ({"cors": CORS(origins=[SPA], credentials=True)}, SPA, True, True),
        ({"cors": CORS(origins=[SPA])}, SPA, False, True),
        ({"cors": CORS(origins=["*"])}, EVIL, False, True),
        ({"around": [CORS(origins=[SPA], credentials=True)]}, SPA, True, True),
        ({"around": [CORS(origins=[EVIL])], "cors": CORS(origins=[SPA], credentials=True)}, SPA, False, False),
    ],
)  # fmt: skip
def test_whose_pages_connect(settings, origin, with_cookie, without):
    """Those that the settings trust, as for what they post; by CORS without credentials, those without cookies."""
    app = make(**settings)
    assert connects(app, origin=origin, **COOKIE) is with_cookie
    assert connects(app, origin=origin) is without
    if settings.get("csrf", True):
        sent = {"origin": origin, "sec-fetch-site": "cross-site", **COOKIE}
        assert (Client(app).post("/post", headers=sent).status == 200) is with_cookie


def test_two_origins_are_none():
    """What a trusted one stands beside is not trusted."""
    app = make(trusted_origins=[SPA])
    with pytest.raises(WebSocketRefused), Client(app).websocket("/echo", headers=[("origin", SPA), ("origin", EVIL)]):
        pass


def test_our_own_pages():
    """They need not be named, whoever else is."""
    assert connects(make(trusted_origins=[SPA]), origin="http://localhost", **COOKIE)
