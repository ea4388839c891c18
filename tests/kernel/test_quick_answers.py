"""What is of the annotated class already is sent as it is: nothing is cut, and no response made for it."""

from __future__ import annotations

from typing import Any

import pytest

from demijohn import App, Client, Schema
from demijohn.foundation.http.response import Response
from demijohn.kernel import replies


class City(Schema):
    """What visitors get."""

    name: str


class Capital(City):
    """A city with more to it."""

    secret: str = "x"


class Shown(Schema):
    """JSON by its class, HTML by its own word."""

    name: str

    def __html__(self) -> str:
        return f"<b>{self.name}</b>"


def test_records_of_the_class_make_no_response(monkeypatch: pytest.MonkeyPatch) -> None:
    """All else is shaped as ever: subclasses and dictionaries are cut, a status is heard."""
    app, made = App(), []

    class Counted(Response):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            made.append(arguments)
            super().__init__(*arguments, **options)

    @app.get("/city")
    def city() -> City:
        return City(name="Rome")

    @app.get("/perhaps")
    async def perhaps() -> City | None:
        return City(name="Rome")

    @app.get("/capital")
    def capital() -> City:
        return Capital(name="Rome")

    @app.get("/mapping")
    def mapping() -> City:
        return {"name": "Rome", "secret": "x"}  # type: ignore[return-value]

    @app.get("/created")
    def created() -> City:
        return City(name="Rome"), 201  # type: ignore[return-value]

    @app.get("/shown")
    def shown() -> Shown:
        return Shown(name="Rome")

    monkeypatch.setattr(replies, "Response", Counted)
    with Client(app) as client:
        for path, status, makes in [
            ("/city", 200, 0), ("/perhaps", 200, 0), ("/capital", 200, 1), ("/mapping", 200, 1), ("/created", 201, 1),
        ]:  # fmt: skip
            made.clear()
            answer = client.get(path)
            assert (answer.status, answer.json(), len(made)) == (status, {"name": "Rome"}, makes), path
            assert answer.headers["content-type"] == "application/json"
        assert client.get("/shown").text == "<b>Rome</b>"
