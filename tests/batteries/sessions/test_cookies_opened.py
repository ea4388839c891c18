"""Cookies are opened once per process, in the format that they have always had, and reading one costs little."""

from __future__ import annotations

import base64
import hmac
import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from demijohn import App, Client, Session, Sessions
from demijohn.batteries.sessions.backends.cookie import CookieStore
from demijohn.batteries.sessions.backends.encryption import Encrypted
from demijohn.foundation.signing import derived_keys

KEY = "kJ8-6Wc5Yq0Ztq1cJx4b2v9nM3sLdF7hGpRa"


def sealed_by_hand(payload: bytes, key: str = KEY) -> str:
    """A cookie as its format says: base64 of 16 random bytes and what AES-256-GCM makes, the key by HMAC-SHA-512."""
    salt = os.urandom(16)
    (own,) = derived_keys([key], "demijohn.session.encrypted.session")
    made = hmac.digest(own, salt, "sha512")
    sealed = salt + AESGCM(made[:32]).encrypt(made[32:44], payload, None)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


@pytest.mark.parametrize("length", [0, 1, 2, 3, 50, 3000])
def test_the_format_stays(length: int) -> None:
    """Cookies of earlier versions are opened, and by earlier versions those of this one."""
    payload = os.urandom(length)
    assert Encrypted([KEY], "session").unseal(sealed_by_hand(payload)) == payload
    raw = base64.urlsafe_b64decode(Encrypted([KEY], "session").seal(payload) + "==")
    (own,) = derived_keys([KEY], "demijohn.session.encrypted.session")
    made = hmac.digest(own, raw[:16], "sha512")
    assert AESGCM(made[:32]).decrypt(made[32:44], raw[16:], None) == payload


class Counting:
    """What opens cookies, and counts how often it is asked."""

    def __init__(self) -> None:
        self.inner = Encrypted([KEY], "session")
        self.asked = 0

    def seal(self, payload: bytes) -> str:
        """As the real one."""
        return self.inner.seal(payload)

    def unseal(self, token: str) -> bytes | None:
        """As the real one."""
        self.asked += 1
        return self.inner.unseal(token)


def test_a_cookie_is_opened_once() -> None:
    """Those of strangers are looked at each time, and nothing of them is kept; a few hundred of ours are."""
    sealing = Counting()
    store = CookieStore(sealing)
    token = store.save(None, b"mine", 60)
    assert token is not None
    assert [store.load(token) for _ in range(3)] == [b"mine"] * 3
    assert sealing.asked == 1
    for number in range(1000):
        assert store.load(f"{token[:-4]}{number:04}") is None
    assert sealing.asked == 1001
    assert store.load(token) == b"mine"
    assert sealing.asked == 1001
    others = [sealing.seal(b"other") for _ in range(1000)]
    assert {store.load(one) for one in others} == {b"other"}
    assert store._open.cache_info().currsize <= 512
    assert store.load(token) == b"mine"
    assert sealing.asked == 2002


def test_what_one_visitor_changes_is_not_seen_by_the_next() -> None:
    """Two requests with one cookie read the same text, each into values of its own."""
    app = App(debug=True)
    app.use(Sessions())

    @app.get("/begin")
    def begin(session: Session) -> str:
        session["list"] = ["a"]
        return ""

    @app.get("/change")
    def change(session: Session) -> list[str]:
        session["list"].append("b")
        found: list[str] = session["list"]
        return found

    client = Client(app)
    cookie = client.get("/begin").headers["set-cookie"].partition(";")[0]
    for _ in range(3):
        answer = Client(app).get("/change", headers={"cookie": cookie})
        assert answer.json() == ["a", "b"]
        assert "set-cookie" in answer.headers


def test_reading_a_session_costs_few_calls(calls_of) -> None:
    """Beside an answer that needs none."""
    app = App(debug=True)
    app.use(Sessions())

    @app.get("/plain")
    def plain() -> dict[str, str]:
        return {"name": "x"}

    @app.get("/begin")
    def begin(session: Session) -> str:
        session["name"] = "x"
        return ""

    @app.get("/read")
    def read(session: Session) -> dict[str, str]:
        return {"name": session["name"]}

    client = Client(app)
    client.get("/begin")
    counts = {}
    for path in ("/plain", "/read"):
        assert client.get(path).status == 200
        counts[path] = calls_of(lambda path=path: client.get(path))
    assert counts["/read"] - counts["/plain"] <= 42
