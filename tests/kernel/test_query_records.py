"""Records whose fields are read one by one, of the query, headers and cookies."""

import dataclasses
import datetime
import enum
from typing import Annotated, Any

import pydantic
import pytest

from demijohn import API, App, Client, Cookie, Header, Meta, Query, Schema, SetupError


class State(enum.StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Filters(Schema, rename="camel"):
    """Ours."""

    text: str
    page_number: Annotated[int, Meta(ge=1)] = 1
    tags: list[str] = []
    state: State | None = None
    since: datetime.date | None = None

    def __post_init__(self) -> None:
        """A rule of several fields."""
        if self.text == "none" and self.tags:
            raise ValueError("No text has no tags.")


class Model(pydantic.BaseModel):
    """Pydantic's: with an alias, a validator, and a default that it would refuse."""

    text: str = None  # type: ignore[assignment]
    page: int = pydantic.Field(1, ge=1, alias="pageNumber", description="From 1.")
    tags: list[str] = pydantic.Field(default_factory=list)

    @pydantic.field_validator("text")
    @classmethod
    def check(cls, value: str) -> str:
        """Says no."""
        if value == "bad":
            raise ValueError("Not that.")
        return value


@dataclasses.dataclass
class Window:
    """A dataclass."""

    offset: int = 0
    limit: Annotated[int, Meta(le=100)] = 10


class Agent(Schema):
    """Headers."""

    user_agent: str
    x_tags: list[str] = []


class Theme(Schema):
    """Cookies."""

    theme: str = "light"


class Nested(Schema):
    """Not flat."""

    inner: Theme


@pytest.fixture
def client() -> Client:
    """One address for each."""
    app = App()
    app.use(API())

    @app.get("/ours")
    def ours(filters: Annotated[Filters, Query()]) -> Any:
        return filters

    @app.get("/pydantic")
    async def of_pydantic(filters: Annotated[Model, Query()], more: int = 0) -> Any:
        return filters.model_dump()

    @app.get("/window")
    def window(window: Annotated[Window, Query()] = Window(), text: str = "") -> Any:
        return [window.offset, window.limit, text]

    @app.get("/agent")
    def agent(agent: Annotated[Agent, Header()], theme: Annotated[Theme, Cookie()]) -> Any:
        return [agent.user_agent, agent.x_tags, theme.theme]

    return Client(app)


def test_fields_are_read(client):
    """By their names on the wire, with their defaults."""
    told = client.get("/ours?text=a&pageNumber=2&tags=b&tags=c&state=open&since=2026-05-01").json()
    assert told == {"text": "a", "pageNumber": 2, "tags": ["b", "c"], "state": "open", "since": "2026-05-01"}
    assert client.get("/ours?text=a").json()["tags"] == []
    assert client.get("/pydantic?pageNumber=3&tags=a").json() == {"text": None, "page": 3, "tags": ["a"]}
    assert client.get("/window?limit=5&text=x").json() == [0, 5, "x"]
    headers = {"user-agent": "me", "x-tags": "a", "cookie": "theme=dark"}
    assert client.get("/agent", headers=headers).json() == ["me", ["a"], "dark"]


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/ours?pageNumber=0&state=lost", ["query.text", "query.pageNumber", "query.state"]),
        ("/ours?text=none&tags=a", ["query"]),
        ("/pydantic?pageNumber=0&text=bad", ["query.text", "query.pageNumber"]),
        ("/pydantic?pageNumber=x&more=y", ["query.pageNumber", "query.more"]),
        ("/window?limit=1000", ["query.limit"]),
    ],
)
def test_all_that_is_wrong_is_told_at_its_place(client, path, where):
    """Of the record's own rules, and of the parameters beside it."""
    answer = client.get(path)
    assert answer.status == 422
    assert sorted(each["where"] for each in answer.json()["errors"]) == sorted(where)


def test_each_field_is_a_parameter_of_the_document(client):
    """As if it stood in the signature."""
    paths = client.get("/openapi.json").json()["paths"]
    said = {each["name"]: each for each in paths["/pydantic"]["get"]["parameters"]}
    assert list(said) == ["text", "pageNumber", "tags", "more"]
    assert said["pageNumber"]["description"] == "From 1."
    ours = {each["name"]: each["schema"] for each in paths["/ours"]["get"]["parameters"]}
    assert ours["pageNumber"] == {"type": "integer", "format": "int64", "minimum": 1, "default": 1}


def test_a_record_within_is_refused():
    """No query string could carry it."""
    app = App()

    @app.get("/")
    def search(filters: Annotated[Nested, Query()]) -> Any:
        return filters

    with pytest.raises(SetupError, match="a schema is not read from there"):
        app.seal()


class Unchecked(Schema):
    """With a bound that its type cannot have."""

    text: Annotated[str, Meta(ge=1)] = ""


def test_mistakes_of_its_fields_are_told_where_it_stands():
    """Not where it is taken apart."""
    app = App()

    @app.get("/")
    def search(filters: Annotated[Unchecked, Query()]) -> Any:
        return filters

    with pytest.raises(SetupError) as caught:
        app.seal()
    assert caught.value.where[0].file == __file__
    assert caught.value.where[0].name == "Unchecked"


@pytest.mark.parametrize(
    ("annotation", "default"), [(Window, Window(limit=3)), (Window | None, None)], ids=["own", "none"]
)
def test_a_default_that_would_never_be_used_is_refused(annotation, default):
    """The record is made of its fields in any case; a default that says the same does no harm."""
    app = App()

    @app.get("/same")
    def same(window: Annotated[Window, Query()] = Window()):
        return [window.limit]

    assert Client(app).get("/same").json() == [Window().limit]

    def other(window=default): ...

    other.__annotations__["window"] = Annotated[annotation, Query()]
    app = App()
    app.get("/other")(other)
    with pytest.raises(SetupError, match="never of another default"):
        app.seal()
