"""Parameters, answers and redirects written in less usual ways."""

from typing import Annotated, Any

import pydantic
import pytest

from demijohn import App, Client, Depends, Meta, Query, redirect


class Model(pydantic.BaseModel):
    """A model of Pydantic's."""

    x: int


class Row:
    """Something with more attributes than are told."""

    def __init__(self, x: int) -> None:
        self.x = x
        self.secret = "secret"


class Paging:
    """What `Depends()` makes by its annotation."""

    def __init__(self, page: int = 1) -> None:
        self.page = page


def client(app: App) -> Client:
    """A client that sees 500s."""
    return Client(app, raise_errors=False)


def test_defaults_are_made_for_each_request() -> None:
    """By a factory, or as copies."""
    app = App()

    @app.get("/made")
    def made(tags: Annotated[list[str], Query(default_factory=lambda: ["a"])]):
        tags.append("b")
        return tags

    @app.get("/copied")
    def copied(tags: Annotated[set[str], Query()] = {"a"}):  # noqa: B006
        tags.add("b")
        return sorted(tags)

    for target in ("/made", "/copied", "/made", "/copied"):
        assert client(app).get(target).json() == ["a", "b"]


def test_lists_have_bounds() -> None:
    """Of how many, and of each."""
    app = App()

    @app.get("/")
    def home(ids: Annotated[list[Annotated[int, Meta(ge=1)]], Query(), Meta(max_length=2)]):
        return ids

    assert client(app).get("/?ids=1&ids=2").json() == [1, 2]
    for query in ("ids=1&ids=2&ids=3", "ids=0", "ids=x"):
        answer = client(app).get(f"/?{query}")
        assert [error["where"] for error in answer.json()["errors"]] == ["query.ids"]


def test_a_class_is_its_own_dependency() -> None:
    """`Depends()` without a function."""
    app = App()

    @app.get("/")
    def home(paging: Annotated[Paging, Depends()]):
        return paging.page

    assert client(app).get("/?page=3").json() == 3


def test_answers_are_shaped_by_pydantic() -> None:
    """One, several, and what is a model already."""
    app = App()

    @app.get("/one")
    def one() -> Model:
        return Row(1)  # type: ignore[return-value]

    @app.get("/several")
    def several() -> list[Model]:
        return [Row(1), Model(x=2)]  # type: ignore[list-item]

    assert client(app).get("/one").json() == {"x": 1}
    assert client(app).get("/several").json() == [{"x": 1}, {"x": 2}]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"code": 308}, "redirect() has no code=: redirect('/x', status=308)."),
        ({"permanent": True}, "redirect() has no permanent=: redirect('/x', status=308)."),
        ({"id": 5}, "redirect('/x') is a whole path, in which id has no place"),
    ],
)
def test_redirects_from_habit(arguments: dict, message: str) -> None:
    """Each is told the right spelling."""
    with pytest.raises(TypeError) as caught:
        redirect("/x", **arguments)
    assert message in str(caught.value)
    with pytest.raises(ValueError, match=r"names of routes have dots: 'polls\.index'"):
        redirect("polls:index")


def test_links_that_take_no_such_value() -> None:
    """The nearest name is told, or all there are."""
    from demijohn import url

    app = App()

    @app.get("/posts/{id}")
    def show(id: int, page: int = 1):
        return str(id)

    @app.get("/near")
    def near():
        return url(show, id=1, pag=2)

    @app.get("/far")
    def far():
        return url(show, id=1, colour="red")

    for target, hint in (("/near", "Did you mean page?"), ("/far", "It takes id, page.")):
        with pytest.raises(LookupError, match="has no") as caught:
            Client(app).get(target)
        assert hint in str(caught.value)


class Aliased(pydantic.BaseModel):
    """As an API in camel case has it."""

    item_id: int = pydantic.Field(alias="itemId")
    size: int = pydantic.Field(default=1, serialization_alias="sizeOut")


@pytest.mark.parametrize("annotation", [Aliased, list[Aliased], None], ids=["one", "many", "none"])
def test_models_of_pydantic_are_sent_by_their_aliases(annotation):
    """As the OpenAPI document says."""
    app = App()

    def handler(item: Aliased) -> Any:
        return [item] if annotation is None or annotation != Aliased else item

    handler.__annotations__ = {"item": Aliased} | ({} if annotation is None else {"return": annotation})
    app.post("/")(handler)
    sent = Client(app).post("/", json={"itemId": 3}).json()
    assert (sent if isinstance(sent, dict) else sent[0]) == {"itemId": 3, "sizeOut": 1}
