"""Hosts, languages, signed URLs and types of one's own in paths, through every door."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from contract_doors import Got, Sent, ask_asgi, ask_rsgi, ask_wsgi

from demijohn import App, Blueprint, Request, signed, signed_url, url


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> App:
    """A shop with a host for each tenant, in two languages, and a download by signed links."""
    monkeypatch.setenv("SECRET_KEY", "kJ8-6Wc5Yq0Ztq1cJx4b2v9nM3sLdF7hGpRa")
    app = App(bare=True)
    tenants = Blueprint("tenants", host="{tenant}.example.com")

    @tenants.get({"en": "/about", "de": "/über"})
    async def about(request: Request, tenant: str) -> dict[str, Any]:
        return {"tenant": tenant, "language": request.route.language, "link": url(about, tenant="b")}

    @app.get("/files/{name:path}", around=[signed])
    def file(name: str) -> str:
        return name

    @app.get("/links")
    def links(request: Request) -> list[str]:
        return [signed_url(file, name="a b/ü.txt"), url(about, tenant="c", language="de")]

    app.include(tenants)
    return app


def ask(app: App, door: str, sent: Sent) -> Got:
    if door == "wsgi":
        return ask_wsgi(app.wsgi, sent)
    return asyncio.run(ask_asgi(app.asgi, sent) if door == "asgi" else ask_rsgi(app.rsgi, sent))


@pytest.mark.parametrize("door", ["wsgi", "asgi", "rsgi"])
def test_a_host_and_a_language(app: App, door: str) -> None:
    """Both are read from the address, and links stay in the page's language."""
    german = ask(app, door, Sent("GET", "/%C3%BCber", host="a.example.com:8000"))
    assert german.body.decode() == '{"tenant":"a","language":"de","link":"http://b.example.com:8000/%C3%BCber"}'
    english = ask(app, door, Sent("GET", "/about", host="a.example.com"))
    assert english.body.decode() == '{"tenant":"a","language":"en","link":"http://b.example.com/about"}'
    assert ask(app, door, Sent("GET", "/about", host="example.com")).status in (404, 421)


@pytest.mark.parametrize("door", ["wsgi", "asgi", "rsgi"])
def test_a_signed_link(app: App, door: str) -> None:
    """It passes as it was made, and in no other form."""
    links = ask(app, door, Sent("GET", "/links")).body.decode()
    target = links.split('"')[1]
    assert ask(app, door, Sent("GET", target)).body.decode() == "a b/ü.txt"
    assert ask(app, door, Sent("GET", target.replace("a%20b", "a"))).status == 403
    assert ask(app, door, Sent("GET", target.partition("?")[0])).status == 403
