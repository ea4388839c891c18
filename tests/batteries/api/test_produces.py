"""Routes that write what they return in several types."""

from __future__ import annotations

from demijohn import App, Client, Schema
from demijohn.api import API


class Town(Schema):
    """A record."""

    name: str


def test_each_type_is_described() -> None:
    """JSON and its kin with the schema; what a renderer writes has none."""
    app = App(debug=False)
    app.use(API())

    @app.get("/towns", produces=["json", "csv", "application/geo+json"])
    def towns() -> list[Town]:
        return [Town(name="Bern")]

    operation = Client(app).get("/openapi.json").json()["paths"]["/towns"]["get"]
    content = operation["responses"]["200"]["content"]
    assert list(content) == ["application/json", "text/csv", "application/geo+json"]
    assert content["text/csv"] == {}
    assert content["application/json"]["schema"]["type"] == "array"
    assert content["application/geo+json"] == content["application/json"]
