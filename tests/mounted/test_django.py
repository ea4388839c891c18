"""A whole Django project below a prefix, by its WSGI and by its ASGI application."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from demijohn import App, AsyncClient, Client

# Each application is asked for a stream of the other's kind too, and Django says that it must take it in whole first.
pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")


def an_app(application: Any) -> App:
    app = App("new")

    @app.get("/")
    def home():
        return "the new one"

    app.mount("/site", application)
    return app


def applications() -> dict[str, Any]:
    from django.core.asgi import get_asgi_application
    from django.core.wsgi import get_wsgi_application

    return {"wsgi": get_wsgi_application(), "asgi": get_asgi_application()}


async def visit(client: AsyncClient) -> None:
    """Links, an upload, streams, and the admin: log in, look at a page, log out."""
    home = await client.get("/site/")
    assert home.text == "/site/|/|/site/|http://localhost/site/"
    photo = ("sea.png", b"x" * 3_000_000, "image/png")
    upload = await client.post("/site/upload", data={"title": "Sea"}, files={"photo": photo})
    assert upload.text == "sea.png: 3000000, Sea"
    assert (await client.get("/site/stream")).text == "0\n1\n2\n"
    assert (await client.get("/site/stream-async")).text == "0\n1\n2\n"
    assert (await client.get("/site/nothing")).status == 404

    login = await client.get("/site/admin/", follow_redirects=True)
    assert login.status == 200
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', login.text)
    assert token is not None
    form = {
        "csrfmiddlewaretoken": token[1], "username": "ann", "password": "a long word", "next": "/site/admin/auth/user/",
    }  # fmt: skip
    refused = await client.post("/site/admin/login/", data={**form, "csrfmiddlewaretoken": "x"})
    assert refused.status == 403
    answer = await client.post("/site/admin/login/", data=form)
    assert answer.headers["location"] == "/site/admin/auth/user/"
    users = await client.get("/site/admin/auth/user/")
    assert "ann@example.com" in users.text
    assert 'href="/site/admin/auth/user/add/"' in users.text


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_a_visit_over_asgi(django_folder: Path, interface: str) -> None:
    """Either application below an ASGI server."""

    async def all_of_it() -> None:
        async with AsyncClient(an_app(applications()[interface])) as client:
            await visit(client)

    asyncio.run(all_of_it())


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_a_visit_over_wsgi(django_folder: Path, interface: str) -> None:
    """Either application below a WSGI server."""

    class Waiting:
        """The sync client as `visit` asks it."""

        def __init__(self, client: Client) -> None:
            self._client = client

        async def get(self, path: str, **options: Any) -> Any:
            return await asyncio.to_thread(self._client.get, path, **options)

        async def post(self, path: str, **options: Any) -> Any:
            return await asyncio.to_thread(self._client.post, path, **options)

    with Client(an_app(applications()[interface])) as client:
        asyncio.run(visit(Waiting(client)))  # type: ignore[arg-type]
