"""Two forms on one page, with equal names: one is sent, the other stays as it was."""

from __future__ import annotations

import io
import re
from typing import Annotated, Any, Literal

import pytest

from demijohn import App, Client, InlineTemplates, Meta, Schema, SetupError, Templates, render
from demijohn.batteries.forms.prefixes import own_pairs, state_of
from demijohn.forms import Form, Forms


class Row(Schema):
    """A row."""

    name: str


class Login(Schema):
    """One."""

    name: Annotated[str, Meta(max_length=10)]
    kind: Literal["a", "b"] = "a"


class SignUp(Schema):
    """Another, with the same name and more."""

    name: Annotated[str, Meta(max_length=10)]
    friends: list[Row] = []
    gift: bool = False


class SignUpForm(Form[SignUp]):
    """With a prefix of its own."""

    prefix = "up"
    live = True


class Search(Form[Login]):
    """One that only asks."""

    method = "get"


PAGE = "{{ login }}<hr>{{ sign_up }}"


@pytest.fixture(scope="module")
def client() -> Client:
    """A page with both."""
    app = App(debug=True)
    app.use(Forms(), Templates())
    app.register(InlineTemplates({"p.html": PAGE}))

    @app.route("/", methods=["GET", "POST"])
    def home(login: Annotated[Form[Login], "in"], sign_up: SignUpForm) -> Any:
        if login.valid:
            return f"in: {login.value.name}"
        if sign_up.valid:
            return f"up: {sign_up.value.name} {len(sign_up.value.friends)} {sign_up.value.gift}"
        return render("p.html", login=login, sign_up=sign_up)

    @app.route("/async", methods=["GET", "POST"])
    async def home_async(login: Annotated[Form[Login], "in"], sign_up: SignUpForm) -> Any:
        return [login.submitted, login.valid, sign_up.submitted, sign_up.valid]

    return Client(app)


def _ids(page: str) -> list[str]:
    return re.findall(r' id="([^"]+)"', page)


def test_each_has_names_and_ids_of_its_own(client: Client) -> None:
    """Every id once, labels that lead to their inputs, a token in each form that is sent."""
    page = client.get("/").text
    ids = _ids(page)
    assert len(ids) == len(set(ids))
    assert {"form-in", "form-up", "form-in-name", "form-up-name", "form-in-kind-0"} <= set(ids)
    assert set(re.findall(r'<label for="([^"]+)"', page)) <= set(ids)
    names = set(re.findall(r' name="([^"]+)"', page))
    assert {"in.name", "in.kind", "in", "up.name", "up.gift", "up"} <= names
    assert not {"name", "kind", "gift"} & names
    assert page.count('<form class="dj-form"') == 2


def test_one_is_sent_and_the_other_is_as_it_was(client: Client) -> None:
    """No mistake of it is told, and nothing of the one stands in the other."""
    assert client.post("/", data={"in": "sent", "in.name": "Ada"}).text == "in: Ada"
    assert client.post("/", data={"up": "sent", "up.name": "Bob", "up.gift": "true"}).text == "up: Bob 0 True"
    answer = client.post("/", data={"up": "sent", "up.name": "x" * 11})
    assert answer.status == 422
    login, _, sign_up = answer.text.partition("<hr>")
    assert "dj-summary" not in login
    assert "aria-invalid" not in login
    assert 'value="xxx' not in login
    assert 'href="#form-up-name"' in sign_up
    assert 'id="form-up-name-errors"' in sign_up


def test_an_empty_form_is_sent_too(client: Client) -> None:
    """What stands under its bare prefix says so; without it, any of its names does."""
    answer = client.post("/", data={"up": "sent"})
    assert answer.status == 422
    assert answer.text.count("This field is required.") == 2  # in the summary, and at the field
    assert client.post("/", data={"up.name": "Bob"}).text.startswith("up: Bob")


def test_what_neither_knows_is_neither(client: Client) -> None:
    """Names without a prefix, of no form or of another."""
    for sent in ({"name": "Ada"}, {"other.name": "Ada"}, {"in": ""}, {}, {"upname": "x"}):
        answer = client.post("/async", data=sent)
        assert answer.json() == [("in" in sent), False, False, False], sent


def test_what_was_typed_beside_is_kept(client: Client) -> None:
    """The script sends it along, marked: it is shown, and neither judged nor taken."""
    sent = {"up": "sent", "up.name": "", "in": "kept", "in.name": "y" * 12, "in.kind": "b"}
    answer = client.post("/", data=sent)
    assert answer.status == 422
    login = answer.text.partition("<hr>")[0]
    assert f'value="{"y" * 12}"' in login
    assert re.search(r'value="b" checked', login)
    assert "dj-summary" not in login
    assert client.post("/async", data={"in": "kept", "in.name": "Ada"}).json() == [False, False, False, False]


def test_rows_searches_and_live_checks_name_their_form(client: Client) -> None:
    """The buttons carry the prefix, and so do the messages that the script is told."""
    answer = client.post("/", data={"up": "sent", "up.name": "Bob", "up.friends.0.name": "Cy", "_add": "up.friends"})
    assert answer.status == 200
    assert 'name="up.friends.1.name"' in answer.text
    assert 'name="_remove" value="up.friends.0"' in answer.text
    other = client.post("/", data={"in": "sent", "in.name": "Ada", "_add": "up.friends"})
    assert other.text == "in: Ada"
    told = client.post("/", data={"up": "sent", "up.name": "x" * 11}, headers={"demijohn-form": "check"})
    assert told.json() == {"errors": {"up.name": ["Expected at most 10 characters."]}}


def test_json_has_each_under_its_prefix(client: Client) -> None:
    """One of them, and where it is wrong."""
    assert client.post("/", json={"in": {"name": "Ada"}}).text == "in: Ada"
    answer = client.post("/", json={"up": {"name": "x" * 11}})
    assert [one["where"] for one in answer.json()["errors"]] == ["body.up.name"]
    assert client.post("/", json={"up": 5}).json()["errors"] == [{"where": "body.up", "message": "Expected an object."}]
    assert client.post("/", json=[]).status == 200


def test_a_form_is_given_its_prefix_by_hand() -> None:
    """For tests and commands, whose names have none."""
    form = Form[Login](prefix="x")
    assert (form.id, form["name"].name, form["name"].id) == ("form-x", "x.name", "form-x-name")
    assert SignUpForm.parse_texts({"name": "Ada"}).valid


def _sealed(*handlers: Any) -> None:
    app = App(bare=True)
    app.use(Forms(), Templates())
    for number, handler in enumerate(handlers):
        app.post(f"/{number}")(handler)
    app.seal()


def test_forms_that_would_mix_are_refused_at_the_start() -> None:
    """With the line to write; those that are told apart are not, nor forms that only ask."""

    def mixed(first: Form[Login], second: Form[SignUp]) -> None: ...
    def half(first: Form[Login], second: SignUpForm) -> None: ...
    def same(first: Annotated[Form[Login], "up"], second: SignUpForm) -> None: ...
    def apart(first: Annotated[Form[Login], "a"], second: SignUpForm) -> None: ...

    def asking(search: Search, second: Form[SignUp]) -> None: ...

    for wrong in (mixed, half, same):
        with pytest.raises(SetupError, match="DMJ0592") as caught:
            _sealed(wrong)
        assert 'first: Annotated[Form[Login], "first"]' in str(caught.value)
    _sealed(apart, asking)


@pytest.mark.parametrize("prefix", ["a.b", "_a", "1", "a b", "ä", "a\n"])
def test_a_prefix_is_a_plain_word(prefix: str) -> None:
    """Else it could not be told from a name."""
    with pytest.raises(SetupError, match="DMJ0592"):
        Form[Login](prefix=prefix)
    with pytest.raises(SetupError, match="DMJ0592"):
        type("Wrong", (Form[Login],), {"prefix": prefix})


def test_what_is_sent_under_a_prefix() -> None:
    """Alone."""
    assert own_pairs("", [("a", "1")]) == [("a", "1")]
    assert own_pairs("a", [("a.b", "1"), ("ab", "2"), ("_back", "1"), ("_find", "a.c"), ("_find", "x.c")]) == [
        ("b", "1"), ("_back", "1"), ("_find", "c"),
    ]  # fmt: skip
    assert state_of("a", [], [("a.f", object())]) == "sent"


def test_a_request_that_nobody_vouches_for_is_of_one_form() -> None:
    """It is shown again with what was sent, and says so; the other knows nothing of it."""
    app = App(debug=True)
    app.use(Forms(), Templates())
    app.register(InlineTemplates({"p.html": PAGE}))

    @app.post("/")
    def home(login: Annotated[Form[Login], "in"], sign_up: Annotated[Form[SignUp], "up"]) -> Any:
        return "taken" if login.valid else render("p.html", login=login, sign_up=sign_up)

    body, said = b"in=sent&in.name=Ada", []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/", "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "HTTP_HOST": "localhost", "HTTP_COOKIE": "a=b", "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/x-www-form-urlencoded", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
    }  # fmt: skip
    page = b"".join(app.wsgi(environ, lambda status, headers: said.append(status))).decode()
    login, _, sign_up = page.partition("<hr>")
    assert said == ["422 Unprocessable Content"]
    assert "This could not be sent safely" in login
    assert 'value="Ada"' in login
    assert "dj-summary" not in sign_up
