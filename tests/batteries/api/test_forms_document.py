"""Forms in the document: what it says of them is what the app takes."""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal

import pytest
from openapi_spec_validator import validate

from demijohn import API, App, Client, Form, Forms, InlineTemplates, Meta, Schema, Sessions, UploadedFile
from demijohn.forms import Accepted, Email, Field, FormView, Password, Wizard

FORM, MULTIPART, JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"


class Size(enum.Enum):
    """Of a bottle."""

    SMALL = "small"
    LARGE = "large"


class Line(Schema):
    """A row."""

    sku: Annotated[str, Meta(max_length=10)]
    amount: int = 1


class Address(Schema):
    """A record inside."""

    street: str
    city: str = ""


class OrderIn(Schema):
    """With all that a form may have inside."""

    title: Annotated[str, Meta(max_length=20, description="It stands above."), Field(label="What for")]
    email: Email
    size: Size
    lines: Annotated[list[Line], Meta(min_length=1)]
    address: Address
    kind: Literal["gift", "own"] = "own"
    colour: Annotated[str, Field(choices={"g": "Green", "b": "Brown"})] = "g"
    password: Password | None = None
    wrapped: bool
    tags: list[str] = []
    company: Annotated[str | None, Field(show_if="wrapped", required=True)] = None
    terms: Accepted


ORDER = {
    "title": "Corks", "email": "ann@example.org", "size": "small", "lines.0.sku": "A1", "address.street": "High Street",
    "terms": "true",
}  # fmt: skip


class PhotoIn(Schema):
    """With a file."""

    photo: UploadedFile
    more: list[UploadedFile] = []
    text: str = ""


class Search(Schema):
    """Read from the query."""

    word: Annotated[str, Meta(description="What is looked for.")] = ""
    most: int = 10


class SearchForm(Form[Search]):
    """As it says."""

    method = "get"


class Steps(Wizard):
    """Two forms, one after the other."""

    steps = {"who": Address, "what": Line}


class Contact(FormView):
    """A page with a form."""

    form = Address
    template = "form.html"
    to = "/search"


class Plain(Schema):
    """A body that may be a form, of which not all has to be sent."""

    title: str
    done: bool
    tags: list[str]


app = App(debug=True)
app.use(API(), Forms(), Sessions())
app.register(InlineTemplates({"form.html": "{{ form }}"}))
app.view("/contact")(Contact)


@app.route("/order", methods=["GET", "POST"])
def order(form: Form[OrderIn]) -> Any:
    """Order something."""
    form.require_valid()
    return {"lines": len(form.value.lines)}


@app.post("/photo")
def photo(form: Form[PhotoIn]) -> Any:
    """Send a photo."""
    form.require_valid()


@app.get("/search")
def search(form: SearchForm) -> Any:
    """Look for something."""
    return {}


@app.route("/steps", methods=["GET", "POST"])
def steps(wizard: Steps) -> Any:
    """Answer one thing after the other."""
    return {}


@app.post("/both")
def both(first: Annotated[Form[Address], "in"], second: SearchForm, third: Annotated[Form[Line], "out"]) -> Any:
    """Have several forms on a page."""
    return {}


@app.post("/plain")
def plain(plain: Plain) -> Any:
    """Take JSON or a form."""
    return plain


@pytest.fixture(scope="module")
def client() -> Client:
    """A client of these forms."""
    return Client(app)


@pytest.fixture(scope="module")
def document(client: Client) -> dict[str, Any]:
    """The document, as it is served."""
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def body(document: dict[str, Any], path: str, kind: str = FORM) -> dict[str, Any]:
    """The schema of what is sent somewhere."""
    found: dict[str, Any] = document["paths"][path]["post"]["requestBody"]["content"][kind]["schema"]
    return found


def test_the_schema_of_openapi_accepts_them(document: dict[str, Any]) -> None:
    """The document is OpenAPI 3.1, by its own JSON Schema."""
    validate(document)


def test_fields_are_told_as_a_browser_sends_them(document: dict[str, Any]) -> None:
    """With bounds, choices, formats, labels and helps."""
    fields = body(document, "/order")["properties"]
    assert fields["title"] == {
        "type": "string", "maxLength": 20, "description": "It stands above.", "title": "What for",
    }  # fmt: skip
    assert fields["email"]["format"] == "email"
    assert fields["password"]["format"] == "password"
    assert fields["kind"] == {"type": "string", "enum": ["gift", "own"], "default": "own"}
    assert fields["colour"] == {"type": "string", "enum": ["g", "b"], "default": "g"}
    assert fields["tags"]["items"] == {"type": "string"}


def test_rows_are_arrays_and_records_objects(document: dict[str, Any]) -> None:
    """The names that they are sent under stand in the description."""
    fields = body(document, "/order")["properties"]
    assert fields["lines"]["items"]["required"] == ["sku"]
    assert (fields["lines"]["minItems"], fields["lines"]["maxItems"]) == (1, 100)
    assert fields["lines"]["description"] == "Sent as `lines.0.sku`, `lines.1.sku`, ..."
    assert fields["address"]["required"] == ["street"]
    assert fields["address"]["description"] == "Sent as `address.street`, ..."


def test_what_is_required_is_required(client: Client, document: dict[str, Any]) -> None:
    """To send just that is enough, and to leave out any of it is not."""
    required = body(document, "/order")["required"]
    assert required == ["title", "email", "size", "lines", "address", "terms"]
    assert client.post("/order", data=ORDER).json() == {"lines": 1}
    for name in required:
        less = {sent: text for sent, text in ORDER.items() if sent.partition(".")[0] != name}
        assert client.post("/order", data=less).status == 422, name


def test_files_make_a_form_multipart(document: dict[str, Any]) -> None:
    """And nothing else, as JSON has no files."""
    assert list(document["paths"]["/photo"]["post"]["requestBody"]["content"]) == [MULTIPART]
    schema = body(document, "/photo", MULTIPART)
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    assert schema["properties"]["photo"] == file
    assert schema["properties"]["more"] == {"type": "array", "items": file}
    assert schema["required"] == ["photo"]


def test_json_goes_by_the_type(document: dict[str, Any]) -> None:
    """As for any handler that takes it."""
    assert body(document, "/order", JSON) == {"$ref": "#/components/schemas/OrderIn"}


def test_only_what_sends_a_form_has_a_body(document: dict[str, Any]) -> None:
    """To ask for the page takes none."""
    assert "requestBody" not in document["paths"]["/order"]["get"]
    assert "422" not in document["paths"]["/order"]["get"]["responses"]
    assert "requestBody" in document["paths"]["/contact"]["post"]


def test_a_form_that_is_not_valid_is_told(document: dict[str, Any]) -> None:
    """By a page or by problem details; any other type of body is refused."""
    answers = document["paths"]["/order"]["post"]["responses"]
    assert answers["422"] == {"$ref": "#/components/responses/InvalidForm"}
    assert answers["415"] == {"$ref": "#/components/responses/UnsupportedMediaType"}
    shown = document["components"]["responses"]["InvalidForm"]["content"]
    assert list(shown) == ["text/html", "application/problem+json"]


def test_a_form_in_the_query_is_parameters(document: dict[str, Any]) -> None:
    """None of which must be given."""
    told = document["paths"]["/search"]["get"]
    assert "requestBody" not in told
    assert told["parameters"] == [
        {
            "name": "word", "in": "query", "required": False, "description": "What is looked for.",
            "schema": {"type": "string", "default": ""},
        },
        {"name": "most", "in": "query", "required": False,
         "schema": {"type": "integer", "format": "int64", "default": 10}},
    ]  # fmt: skip


def test_a_wizard_takes_any_of_its_steps(document: dict[str, Any]) -> None:
    """One at a time."""
    options = body(document, "/steps")["anyOf"]
    assert [list(option["properties"]) for option in options] == [["street", "city"], ["sku", "amount"]]


def test_several_forms_have_prefixes(document: dict[str, Any]) -> None:
    """One of them is sent, under its own names; in JSON, too."""
    first, last = body(document, "/both")["anyOf"]
    assert first["properties"]["in"]["description"] == "Sent as `in.street`, ..."
    assert list(last["properties"]) == ["out"]
    assert body(document, "/both", JSON)["anyOf"][0]["properties"] == {"in": {"$ref": "#/components/schemas/Address"}}
    assert [one["name"] for one in document["paths"]["/both"]["post"]["parameters"]] == ["word", "most"]


def test_the_page_shows_them(client: Client) -> None:
    """Beside all other bodies."""
    assert "lines" in client.get("/docs").text


def test_a_body_as_a_form_need_not_say_what_browsers_leave_out(client: Client, document: dict[str, Any]) -> None:
    """A box that is not ticked, a list of nothing: in JSON both have to be there."""
    assert body(document, "/plain")["required"] == ["title"]
    assert client.post("/plain", data={"title": "x"}).json() == {"title": "x", "done": False, "tags": []}
    assert body(document, "/plain", JSON) == {"$ref": "#/components/schemas/Plain"}
    assert client.post("/plain", json={"title": "x"}).status == 422
