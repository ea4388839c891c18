"""A form in several steps: forward, back, kept in the session, and checked whole at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

import pytest

from demijohn import (
    App,
    Client,
    InlineTemplates,
    Meta,
    Schema,
    Sessions,
    SetupError,
    Templates,
    UploadedFile,
    redirect,
    render,
)
from demijohn.forms import Form, Forms, Wizard


class Who(Schema):
    """The first step."""

    name: Annotated[str, Meta(max_length=20)]
    friends: list[str] = []


class Line(Schema):
    """A row of the second."""

    product: str
    count: Annotated[int, Meta(ge=1)] = 1


class What(Schema):
    """The second step."""

    lines: Annotated[list[Line], Meta(min_length=1)]


class How(Schema):
    """The last step."""

    card: Annotated[str, Meta(min_length=4)]


class HowForm(Form[How]):
    """With a rule of its own."""

    def validate_card(self, value: str) -> None:
        """A card."""
        if value == "stolen":
            raise ValueError("Not this card.")


class Order(Wizard):
    """Three steps."""

    steps = {"who": Who, "what": What, "how": HowForm}
    labels = {"who": "About you"}


taken: list[Any] = []


def _app() -> App:
    app = App(bare=True, debug=True)
    app.use(Forms(), Sessions(), Templates())
    app.register(InlineTemplates({"order.html": "{{ wizard }}"}))

    @app.get("/thanks")
    def thanks() -> str:
        return "Thanks."

    @app.route("/order", methods=["GET", "POST"])
    def order(wizard: Order) -> Any:
        if wizard.done:
            taken.append([wizard[name].value for name in wizard.steps])
            wizard.clear()
            return redirect(thanks)
        return render("order.html", wizard=wizard)

    @app.route("/async", methods=["GET", "POST"])
    async def order_async(wizard: Order) -> Any:
        if wizard.done:
            taken.append([wizard[name].value for name in wizard.steps])
            wizard.clear()
            return redirect(thanks)
        return render("order.html", wizard=wizard)

    return app


@pytest.fixture(params=["/order", "/async"])
def visit(request: pytest.FixtureRequest) -> Iterator[tuple[Client, str]]:
    """A visitor, and where the wizard is."""
    taken.clear()
    with Client(_app()) as client:
        yield client, request.param


def _titles(page: str) -> list[str]:
    return re.findall(r"<li[^>]*>(?:<a[^>]*>)?([^<]+)", page.partition("</nav>")[0])


def test_step_by_step(visit: tuple[Client, str]) -> None:
    """Each right step leads to the next; at the end everything is there, once."""
    client, path = visit
    page = client.get(path).text
    assert _titles(page) == ["About you", "What", "How"]
    assert '<li aria-current="step">About you</li>' in page
    assert 'action="?step=who"' in page
    assert ">Continue</button>" in page
    assert "_back" not in page
    answer = client.post(f"{path}?step=who", data={"name": "Ada", "friends": "Bob\nCy"})
    assert (answer.status, answer.headers["location"]) == (303, f"{path}?step=what")
    page = client.get(f"{path}?step=what").text
    assert '<a href="?step=who">About you</a>' in page
    assert 'name="_back"' in page
    answer = client.post(f"{path}?step=what", data={"lines.0.product": "Jug", "lines.0.count": "2"})
    assert answer.headers["location"] == f"{path}?step=how"
    assert ">Finish</button>" in client.get(path).text
    assert client.post(f"{path}?step=how", data={"card": "stolen"}).status == 422
    assert taken == []
    answer = client.post(f"{path}?step=how", data={"card": "1234"})
    assert (answer.status, answer.headers["location"]) == (303, "/thanks")
    whole = [Who(name="Ada", friends=["Bob", "Cy"]), What(lines=[Line(product="Jug", count=2)]), How(card="1234")]
    assert taken == [whole]
    again = client.post(f"{path}?step=how", data={"card": "1234"})
    assert taken == [whole]
    assert again.status in (200, 422)
    assert 'name="name"' in again.text


def test_a_step_that_is_wrong_is_shown_again(visit: tuple[Client, str]) -> None:
    """With what was typed, and the mistakes."""
    client, path = visit
    answer = client.post(path, data={"name": "x" * 30})
    assert answer.status == 422
    assert "Expected at most 20 characters." in answer.text
    assert "x" * 30 in answer.text


def test_going_back_loses_nothing(visit: tuple[Client, str]) -> None:
    """Neither what was right, nor what was not yet."""
    client, path = visit
    client.post(f"{path}?step=who", data={"name": "Ada"})
    answer = client.post(f"{path}?step=what", data={"lines.0.product": "Jug", "lines.0.count": "0", "_back": "1"})
    assert answer.headers["location"] == f"{path}?step=who"
    assert 'value="Ada"' in client.get(f"{path}?step=who").text
    page = client.get(f"{path}?step=what").text
    assert 'value="Jug"' in page
    assert "dj-errors" not in page


def test_steps_cannot_be_skipped(visit: tuple[Client, str]) -> None:
    """What is sent for a later one is not taken before its time."""
    client, path = visit
    assert 'name="name"' in client.get(f"{path}?step=how").text
    assert client.post(f"{path}?step=how", data={"card": "1234"}).status == 422
    assert client.post(f"{path}?step=nothing", data={"card": "1234"}).status == 422
    assert taken == []


def test_an_earlier_step_that_became_wrong_is_asked_again(visit: tuple[Client, str]) -> None:
    """Everything is checked at the end, not only the last step."""
    client, path = visit
    client.post(f"{path}?step=who", data={"name": "Ada"})
    client.post(f"{path}?step=what", data={"lines.0.product": "Jug"})
    client.post(f"{path}?step=what", data={"_back": "1"})
    client.post(f"{path}?step=how", data={"card": "1234"})
    assert taken == []
    assert 'name="lines.0.product"' in client.get(path).text


def test_rows_are_added_within_a_step(visit: tuple[Client, str]) -> None:
    """Buttons of a form work as they do elsewhere."""
    client, path = visit
    client.post(f"{path}?step=who", data={"name": "Ada"})
    answer = client.post(f"{path}?step=what", data={"lines.0.product": "Jug", "_add": "lines"})
    assert answer.status == 200
    assert 'name="lines.1.product"' in answer.text


def test_json_is_no_step(visit: tuple[Client, str]) -> None:
    """415."""
    client, path = visit
    assert client.post(path, json={"name": "Ada"}).status == 415


class Photo(Schema):
    """With a file."""

    photo: UploadedFile


def test_files_are_refused_at_start() -> None:
    """A session cannot keep them."""
    kind: Any = type("Wrong", (Wizard,), {"steps": {"photo": Photo}})
    with pytest.raises(SetupError, match="DMJ0587"):
        kind.refuse_files()


def test_no_steps_are_refused_at_start() -> None:
    """There is nothing to show."""
    with pytest.raises(SetupError, match="DMJ0586"):
        Wizard.kinds()


def test_without_sessions_it_says_so() -> None:
    """The battery that is missing."""
    app = App(bare=True)
    app.use(Forms(), Templates())

    @app.get("/order")
    def order(wizard: Order) -> Any:
        return render("order.html", wizard=wizard)

    with pytest.raises(SetupError, match="Sessions"):
        app.seal()
