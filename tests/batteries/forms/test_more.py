"""Other types than schemas, records that may be left out, fields that depend on others, and forged requests."""

from __future__ import annotations

import dataclasses
import io
from typing import Annotated, Any, Literal, TypedDict

import pytest

from demijohn import App, Client, InlineTemplates, Meta, Schema, Security, Templates, render
from demijohn.forms import Accepted, Field, Form, Forms


class Renamed(Schema, rename="camel"):
    """Other names on the wire."""

    first_name: str
    is_new: bool = False


class RenamedForm(Form[Renamed]):
    """By the names of the wire."""

    def validate_firstName(self, value: str) -> str:
        """A change."""
        return value.upper()


class Named(TypedDict):
    """A dictionary."""

    name: str


class Mapped(Named, total=False):
    """With what may stay out."""

    age: int


@dataclasses.dataclass
class Point:
    """A dataclass."""

    x: int
    y: int = 7
    tags: list[str] = dataclasses.field(default_factory=list)


def test_names_of_the_wire() -> None:
    """Are the names of the fields; attributes are the record's own."""
    form = RenamedForm.parse_texts({"firstName": "ada", "isNew": "on"})
    assert form.value == Renamed(first_name="ADA", is_new=True)
    assert form.values == {"firstName": "ADA", "isNew": True}
    shown = RenamedForm(instance=Renamed(first_name="Bob"))
    assert [field.name for field in shown] == ["firstName", "isNew"]
    assert shown.firstName.text == "Bob"


def test_a_typed_dictionary() -> None:
    """As it is; what is not required may stay out."""
    kind: Any = Form[Mapped]
    assert kind.parse_texts({"name": "Ada"}).value == {"name": "Ada"}
    assert kind.parse_texts({"name": "Ada", "age": "36"}).value == {"name": "Ada", "age": 36}
    assert kind.parse_texts({"age": "x"}).errors == {
        "name": ["This field is required."],
        "age": ["Expected a whole number."],
    }


def test_a_dataclass() -> None:
    """With its defaults."""
    assert Form[Point].parse_texts({"x": "1"}).value == Point(1, 7, [])
    assert Form[Point].parse({"x": 1, "tags": ["a"]}).value == Point(1, 7, ["a"])
    assert Form[Point]().y.text == "7"


class Inner(Schema):
    """A record."""

    street: str
    number: int = 1


class Outer(Schema):
    """With one that may be left out."""

    name: str
    place: Inner | None = None


def test_a_record_may_be_left_out() -> None:
    """If nothing of it was filled in; else it is whole."""
    assert Form[Outer].parse_texts({"name": "a", "place.street": "", "place.number": "1"}).value.place is None
    assert Form[Outer].parse_texts({"name": "a", "place.street": "x"}).value.place == Inner(street="x")
    assert Form[Outer].parse_texts({"name": "a", "place.number": "5"}).errors == {
        "place.street": ["This field is required."]
    }


class Order(Schema):
    """With a field that counts at times."""

    kind: Literal["private", "company"] = "private"
    vat: Annotated[str | None, Field(show_if={"kind": "company"}, required=True)] = None
    gift: bool = False
    card: Annotated[str | None, Field(show_if="gift")] = None
    terms: Accepted = False


@pytest.mark.parametrize("json", [False, True])
def test_a_field_counts_when_it_is_shown(json: bool) -> None:
    """What was sent for one that is not is dropped; one that is may be asked for."""

    def of(**values: Any) -> Form[Order]:
        if json:
            return Form[Order].parse({"terms": True, **values})
        return Form[Order].parse_texts({"terms": "true", **{name: str(one).lower() for name, one in values.items()}})

    assert of(kind="private", vat="de1").value.vat is None
    assert of(kind="company", vat="de1").value.vat == "de1"
    assert of(kind="company").errors == {"vat": ["This field is required."]}
    assert of(gift=True, card="hi").value.card == "hi"
    assert of(gift=False, card="hi").value.card is None
    assert of(terms=False).errors == {"terms": ["This field is required."]}


class Search(Schema):
    """What is asked for."""

    q: str
    page: Annotated[int, Meta(ge=1)] = 1


class SearchForm(Form[Search]):
    """In the address."""

    method = "get"
    submit = "Search"


def _app(kind: Any, *batteries: Any, bare: bool = True) -> App:
    app = App(bare=bare, debug=True)
    app.use(Forms(), Templates(), *batteries)
    app.register(InlineTemplates({"f.html": "{{ form }}"}))

    def page(form: Any) -> Any:
        return f"{form.value}" if form.valid else render("f.html", form=form)

    page.__annotations__["form"] = kind
    app.route("/f", methods=["GET", "POST"])(page)
    return app


def test_a_form_may_be_in_the_address() -> None:
    """Blank, if nothing of it is there."""
    client = Client(_app(SearchForm))
    assert client.get("/f?other=1").status == 200
    assert '<form class="dj-form" id="form" method="get">' in client.get("/f").text
    assert client.get("/f?q=tea&page=2").text == "Search(q='tea', page=2)"
    assert client.get("/f?q=tea&page=0").status == 422


def test_a_request_that_may_be_forged_shows_the_form_again() -> None:
    """Nothing is taken, nothing that was typed is lost, and the page has the token for the next time."""
    app = _app(Form[Outer], Security(), bare=False)
    body = b"name=typed"
    said: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/f",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "HTTP_COOKIE": "a=b",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
    }
    page = b"".join(app.wsgi(environ, lambda status, headers: said.append(status))).decode()
    assert said == ["422 Unprocessable Content"]
    assert "This could not be sent safely" in page
    assert 'value="typed"' in page
    assert 'name="csrf_token" value="' in page
    evil = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert Client(app).post("/f", data={"name": "x"}, headers=evil).status == 403


class Callable:
    """A handler that is an object."""

    def __call__(self) -> str:
        return "called"


def test_handlers_of_any_kind_are_asked_whether_they_take_a_form() -> None:
    """Objects and functions that say nothing, too."""
    app = App(debug=True)
    app.use(Forms())
    app.post("/object")(Callable())

    @app.post("/silent")
    def silent(request):  # type: ignore[no-untyped-def]
        return "silent"

    client = Client(app)
    assert client.post("/object").text == "called"
    assert client.post("/silent").text == "silent"


def test_an_error_handler_may_show_a_form() -> None:
    """With what was sent for it, or blank; a body that is none of its own does not keep the error from its answer."""
    app = App()
    app.use(Forms())

    @app.on_error(404)
    def lost(error: Exception, form: Form[Renamed]) -> dict[str, Any]:
        return {"name": form.values.get("firstName")}

    @app.on_error(422)
    def refused(error: Exception, form: Form[Renamed]) -> dict[str, Any]:
        return {"name": form.values.get("firstName")}

    @app.post("/renamed")
    def save(renamed: Renamed) -> None: ...

    client = Client(app)
    assert client.get("/nowhere").json() == {"name": None}
    assert client.post("/renamed", data={"firstName": "Ann", "isNew": "x"}).json() == {"name": "Ann"}
    answer = client.post("/renamed", json={"isNew": 7})
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [each["where"] for each in answer.json()["errors"]] == ["body.firstName", "body.isNew"]
