"""Signed URLs: what passes is what was signed, and only for its time."""

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from demijohn import App, Client, Depends, SetupError, signed, signed_url
from demijohn.kernel.links import LinkError

KEY = "kJ8-6Wc5Yq0Ztq1cJx4b2v9nM3sLdF7hGpRa"
OLD = "Zx3_0pQwE7rT5yUi9oP1aSdF4gHjK8lMnBvC"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    """The app has a key."""
    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.delenv("SECRET_KEY_FALLBACKS", raising=False)


def downloads() -> App:
    """An app with files for those who have a link."""
    app = App()

    @app.get("/files/{name:path}", around=[signed])
    def file(name: str, size: str = "") -> dict:
        return {"name": name, "size": size}

    @app.post("/invitations/{id}", around=[Depends(signed)])
    async def accept(id: int) -> str:
        return f"welcome, {id}"

    @app.get("/links")
    def links() -> list[str]:
        return [signed_url(file, name="a b.txt"), signed_url(accept, id=3, expires=timedelta(minutes=5))]

    @app.get("/tenant", host="{tenant}.example.com", around=[signed])
    def tenant(tenant: str) -> str:
        return tenant

    return app


def test_what_is_signed_passes():
    """With its values, in `def` and `async def`, made in a request or outside."""
    with Client(downloads()) as client:
        first, second = client.get("/links").json()
        assert client.get(first).json() == {"name": "a b.txt", "size": ""}
        assert client.post(second).text == "welcome, 3"
    app = downloads()
    with Client(app) as client:
        link = app.signed_url("file", name="é/ü.txt", size="a&b=c+d")
        assert client.get(link).json() == {"name": "é/ü.txt", "size": "a&b=c+d"}
        assert client.request("HEAD", link).status == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda link: link.partition("?")[0],
        lambda link: link.replace("/a.txt", "/b.txt"),
        lambda link: link.replace("size=1", "size=2"),
        lambda link: link.replace("size=1&", ""),
        lambda link: link.replace("size=1", "size=1&size=2"),
        lambda link: link + "&size=2",
        lambda link: link + "&utm_source=mail",
        lambda link: link + "&signature=" + link[-43:],
        lambda link: link.replace("signature=", "signature=&signature="),
        lambda link: link[:-1],
        lambda link: link + "A",
        lambda link: link[:-43] + "A" * 43,
        lambda link: link[:-43] + "%C3%A9",
        lambda link: link.replace("expires=", "expires=9"),
        lambda link: link.replace("expires=", "x="),
    ],
)
def test_what_was_changed_is_forbidden(change):
    """403, with a message that says why and nothing of the signature."""
    app = downloads()
    link = app.signed_url("file", name="a.txt", size="1", expires=timedelta(hours=1))
    with Client(app) as client:
        assert client.get(link).status == 200
        answer = client.get(change(link))
        assert answer.status == 403
        detail = answer.json()["detail"]
        assert "signature" in detail
        assert link[-43:] not in answer.text


def test_a_link_that_is_over_is_gone():
    """410, and only after its signature was found right."""
    app = downloads()
    link = app.signed_url("file", name="a.txt", expires=datetime.now(UTC) + timedelta(minutes=1))
    seals = app.seal().seals
    with Client(app) as client:
        assert client.get(link).status == 200
        seals._clock = lambda: time.time() + 61
        answer = client.get(link)
        assert answer.status == 410
        assert answer.json()["detail"] == "This link has expired. Ask for a new one."
        assert client.get(link.replace("a.txt", "b.txt")).status == 403


def test_the_order_of_escapes_does_not_matter():
    """Programs on the way write the same characters in other escapes."""
    app = downloads()
    link = app.signed_url("file", name="a.txt", size="a b")
    with Client(app) as client:
        assert client.get(link.replace("a+b", "a%20b")).status == 200
        assert client.get(link.replace("/files/", "/f%69les/")).status == 200


def test_a_link_of_one_route_or_host_is_none_of_another():
    """The path and the host are signed."""
    app = downloads()
    link = app.signed_url("tenant", tenant="acme")
    assert link.startswith("https://acme.example.com/tenant?signature=")
    query = urlsplit(link).query
    for host, status in (("acme", 200), ("ACME", 200), ("evil", 403)):
        with Client(app, base_url=f"http://{host}.example.com") as client:
            assert client.get(f"/tenant?{query}").status == status


def test_keys_rotate(monkeypatch):
    """What an older key signed passes while it is a fallback, and no longer."""
    monkeypatch.setenv("SECRET_KEY", OLD)
    link = downloads().signed_url("file", name="a.txt")
    monkeypatch.setenv("SECRET_KEY", KEY)
    for fallbacks, status in ((OLD, 200), ("", 403)):
        monkeypatch.setenv("SECRET_KEY_FALLBACKS", fallbacks)
        with Client(downloads()) as client:
            assert client.get(link).status == status
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", OLD)
    assert downloads().signed_url("file", name="a.txt") != link


def test_mounted_below_a_prefix():
    """What is cut off the path on the way is not signed."""
    outer = App()
    outer.mount("/shop", downloads())
    with Client(outer) as client:
        link = client.get("/shop/links").json()[0]
        assert link.startswith("/shop/files/a%20b.txt?")
        assert client.get(link).status == 200


def test_without_a_key(monkeypatch):
    """An app that guards a route says so when it is sealed; in development it has a key for the moment."""
    monkeypatch.delenv("SECRET_KEY")
    with pytest.raises(SetupError, match="DMJ0214") as caught:
        downloads().seal()
    assert caught.value.where
    app = downloads()
    app.debug = True
    with Client(app) as client:
        assert client.get(client.get("/links").json()[0]).status == 200
    App().seal()
    monkeypatch.setenv("SECRET_KEY", "changeme")
    with pytest.raises(SetupError, match="DMJ0610"):
        downloads().seal()


@pytest.mark.parametrize(
    ("expires", "error"),
    [
        (3600, TypeError), (datetime.now(), TypeError), ("1h", TypeError),  # noqa: DTZ005
        (timedelta(0), ValueError), (timedelta(days=-1), ValueError), (datetime(2020, 1, 1, tzinfo=UTC), ValueError),
    ],
)  # fmt: skip
def test_a_time_that_is_none(expires, error):
    """A number could be either a length or an end; what is over helps nobody."""
    with pytest.raises(error, match="expires="):
        downloads().signed_url("file", name="a", expires=expires)


def test_names_that_signing_needs():
    """Cannot be a route's own."""
    app = downloads()
    app.get("/other")(lambda request: "x")
    app.get("/taken", name="taken")(lambda request: "x")
    with pytest.raises(LinkError, match="called signature"):
        app.signed_url("taken", signature="x")
    with pytest.raises(LinkError, match=r"app\.signed_url"):
        signed_url("taken")


def test_the_guard_is_an_around():
    """Not a decorator of handlers."""
    with pytest.raises(SetupError, match="DMJ0331"):

        @signed
        def handler():
            return "x"


@given(st.text(min_size=1).filter(lambda text: not set(text) & {"/"} and text not in (".", "..")), st.text())
@example("a", "signature=x&expires=1")
def test_any_values_pass_and_no_others(name, size):
    """Whatever is signed reads back as it was, and nothing beside it."""
    try:
        name.encode(), size.encode()
    except UnicodeEncodeError:
        return
    link = APP.signed_url("file", name=name, size=size)
    assert dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))["size"] == size
    if all(char >= " " and not "\x7f" <= char < "\xa0" and char != "\ufffd" for char in name):
        assert CLIENT.get(link).json() == {"name": name, "size": size}
        assert CLIENT.get(link.replace("?", "x?", 1)).status == 403


APP = App(bare=True, debug=True)
APP.get("/files/{name:path}", around=[signed], name="file")(lambda name, size="": {"name": name, "size": size})
APP.routes[-1].handler.__annotations__.update(name=str, size=str)
CLIENT = Client(APP)
