"""A whole Flask app below a prefix: sessions, redirects, links, forms and errors work as they did alone."""

import asyncio
from pathlib import Path

import pytest
from flask_diary import create_app

from demijohn import App, AsyncClient, Client

ANN = {"name": "ann", "password": "a long word"}


def an_app(tmp_path: Path) -> App:
    app = App("new")

    @app.get("/")
    def home():
        return "the new one"

    app.mount("/diary", create_app(str(tmp_path / "diary.sqlite")))
    return app


def test_a_visit_over_wsgi(tmp_path: Path) -> None:
    """Register, log in, write, log out."""
    with Client(an_app(tmp_path)) as client:
        assert client.get("/").text == "the new one"
        assert '<a href="/diary/">' in client.get("/diary/").text
        assert client.get("/diary/create").headers["location"] == "/diary/auth/login"
        assert client.post("/diary/auth/register", data=ANN).headers["location"] == "/diary/auth/login"
        assert "The name is taken." in client.post("/diary/auth/register", data=ANN).text
        assert "Incorrect" in client.post("/diary/auth/login", data={**ANN, "password": "x"}).text
        assert client.post("/diary/auth/login", data=ANN).headers["location"] == "/diary/"
        assert client.post("/diary/create", data={"title": "", "body": ""}).status == 400
        assert client.post("/diary/create", data={"title": "Sea <3", "body": "Blue."}).status == 302
        assert "<h1>Sea &lt;3</h1>" in client.get("/diary/").text
        assert client.get("/diary/nothing").status == 404
        client.get("/diary/auth/logout")
        assert client.get("/diary/create").status == 302


def test_a_visit_over_asgi(tmp_path: Path) -> None:
    """The same where the app has threads of its own; ten visitors at a time."""

    async def visit(number: int, client: AsyncClient) -> None:
        answer = await client.post("/diary/auth/register", data={**ANN, "name": f"visitor {number}"})
        assert answer.headers["location"] == "/diary/auth/login"

    async def all_of_it() -> None:
        async with AsyncClient(an_app(tmp_path)) as client:
            await asyncio.gather(*(visit(number, client) for number in range(10)))
            answer = await client.post("/diary/auth/login", data={**ANN, "name": "visitor 3"})
            assert answer.headers["location"] == "/diary/"
            assert "visitor 3" in (await client.get("/diary/")).text

    asyncio.run(all_of_it())


def test_its_own_errors_stay_its_own(tmp_path: Path) -> None:
    """Flask answers its errors itself; ours has nothing to add."""
    old = create_app(str(tmp_path / "diary.sqlite"))

    @old.get("/fails")
    def fails() -> str:
        raise ValueError("no")

    app = App("new")
    app.mount("/diary", old)
    answer = Client(app).get("/diary/fails")
    assert answer.status == 500
    assert "Internal Server Error" in answer.text
    assert "content-security-policy" not in answer.headers


def test_in_debug_its_errors_are_raised(tmp_path: Path) -> None:
    """With PROPAGATE_EXCEPTIONS Flask lets them through, and they are treated as those of a handler."""
    old = create_app(str(tmp_path / "diary.sqlite"))
    old.config["PROPAGATE_EXCEPTIONS"] = True

    @old.get("/fails")
    def fails() -> str:
        raise ValueError("no")

    app = App("new")
    app.mount("/diary", old)
    with pytest.raises(ValueError, match="no"):
        Client(app).get("/diary/fails")
