"""What type checkers understand of routes and links: checked by mypy --strict and pyright, and run.

The lines that must be refused carry an ignore, and an ignore that is not needed is itself an error: so both directions
are checked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import assert_type

from demijohn import (
    App,
    Blueprint,
    RedirectResponse,
    RedirectView,
    Request,
    View,
    WebSocket,
    include,
    path,
    redirect,
    signed,
    signed_url,
    url,
)


class Slug:
    """A type with a converter."""

    def __init__(self, text: str) -> None:
        self.text = text


app = App(bare=True, debug=True)
shop = Blueprint("shop", prefix={"en": "/shop", "de": "/laden"}, host="{tenant}.example.com")


@app.converter(to_text=lambda slug: slug.text, pattern="[a-z-]+")
def read_slug(text: str) -> Slug:
    """Converters stay what they are."""
    return Slug(text)


@app.get("/posts/{id}", host=["a.example.com", "b.example.com"], around=[signed])
def show(id: int, page: int = 1) -> dict[str, int]:
    """Handlers stay what they are."""
    return {"id": id, "page": page}


@shop.get({"en": "/offers/{slug}", "de": "/angebote/{slug}"}, name="offer")
async def offer(tenant: str, slug: Slug) -> str:
    """Also those that are coroutines."""
    return f"{tenant}: {slug.text}"


@app.websocket("/chat/{room}", host="chat.example.com")
async def chat(ws: WebSocket, room: str) -> None:
    """And WebSockets."""


@app.view("/page")
class Page(View):
    """And views."""

    def get(self, request: Request) -> str:
        """What it links to."""
        link = url(show, id=1)
        assert_type(link, str)
        assert_type(url("shop.offer", tenant="x", slug=Slug("a"), language="de"), str)
        assert_type(signed_url(show, id=1, expires=dt.timedelta(hours=1)), str)
        assert_type(redirect(Page, status=308), RedirectResponse)
        return link


class Old(RedirectView):
    """Redirects to a name."""

    to = "Page"


@app.around
def around() -> Iterator[None]:
    """An around."""
    yield


app.include(shop, prefix="/all", host=["{tenant}.example.org"])
app.urls(path("/old", Old), path({"en": "/again", "de": "/nochmal"}, include(shop), host="{tenant}.example.net"))

assert_type(read_slug("a"), Slug)
assert_type(show(1, page=2), dict[str, int])


def refused() -> None:
    """Never called: only checkers read it."""
    show("1")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    url(7)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    url()  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    signed_url(show, id=1, expires=3600)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    app.get({"en": 1})  # type: ignore[dict-item] # pyright: ignore[reportArgumentType]
    app.get("/", host=7)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    app.get("/", hots="x")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    path("/", "name")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    Blueprint("x", prefix=7)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    app.view("/x")(Slug)  # type: ignore[type-var] # pyright: ignore[reportArgumentType]


assert app.url(show, id=1, page=2) == "https://a.example.com/posts/1?page=2"
assert app.url(offer, tenant="x", slug=Slug("sea"), language="de") == "https://x.example.org/all/laden/angebote/sea"
print("ok")
