"""A form from end to end: shown, sent, refused with everything kept, accepted."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any, Literal

import pytest

from demijohn import App, Client, InlineTemplates, Meta, Schema, Templates, redirect, render
from demijohn.forms import Accepted, Email, Field, Form, Forms, LongText, Password


class Line(Schema):
    """A row of an order."""

    product: Annotated[str, Meta(min_length=2)]
    count: Annotated[int, Meta(ge=1)] = 1


class Place(Schema):
    """A record inside of an order."""

    street: str
    postcode: Annotated[str, Meta(max_length=5)]


class OrderIn(Schema):
    """Some of everything."""

    title: Annotated[str, Meta(max_length=20, title="The title", description="Short.")]
    mail: Email
    place: Place
    text: LongText = ""
    day: datetime.date | None = None
    size: Literal["small", "large", "huge"] = "large"
    extras: list[Literal["bow", "card"]] = []
    gift: bool = True
    number: int = 5
    lines: list[Line] = []


GOOD = {"title": "Corks", "mail": "a@b.org", "place.street": "Quay 1", "place.postcode": "12345", "size": "huge"}


def _client(seen: list[Any], form_type: Any = Form[OrderIn], **options: Any) -> Client:
    app = App(bare=True)
    app.use(Forms(**options), Templates())
    app.register(InlineTemplates({"new.html": "<!doctype html><title>New</title>{{ form }}"}))

    @app.get("/done")
    def done() -> str:
        return "done"

    def new(form: Any) -> Any:
        if form.valid:
            seen.append(form.value)
            return redirect(done)
        return render("new.html", form=form)

    new.__annotations__["form"] = form_type
    app.route("/new", methods=["GET", "POST"])(new)
    return Client(app)


def _input(page: str, name: str) -> str:
    found = re.search(rf'<(?:input|select|textarea)[^>]* name="{re.escape(name)}"[^>]*>', page)
    assert found is not None, name
    return found[0]


def test_a_blank_form_is_shown() -> None:
    """Each field with its label, its native input, and the rules of its type as attributes."""
    page = _client([]).get("/new").text
    assert '<label for="form-title">The title</label>' in page
    title = _input(page, "title")
    assert 'type="text"' in title
    assert 'maxlength="20"' in title
    assert " required" in title
    assert 'aria-describedby="form-title-help"' in title
    assert '<p class="dj-help" id="form-title-help">Short.</p>' in page
    assert 'type="email"' in _input(page, "mail")
    assert 'autocomplete="email"' in _input(page, "mail")
    assert 'type="date"' in _input(page, "day")
    assert 'step="1"' in _input(page, "number")
    assert 'value="5"' in _input(page, "number")
    assert " checked" in _input(page, "gift")
    assert _input(page, "text").startswith("<textarea")
    assert "aria-invalid" not in page
    assert 'role="alert"' not in page


def test_what_is_right_becomes_the_type() -> None:
    """The handler is given the record, and answers as it likes."""
    seen: list[Any] = []
    sent = {**GOOD, "day": "2026-05-31", "extras": ["bow"], "number": " 7 ", "lines.0.product": "Jug", "text": "a\r\nb"}
    answer = _client(seen).post("/new", data=sent)
    assert answer.status == 303
    assert seen == [
        OrderIn(
            title="Corks", mail="a@b.org", text="a\nb", day=datetime.date(2026, 5, 31), size="huge", extras=["bow"],
            gift=False, number=7, place=Place(street="Quay 1", postcode="12345"), lines=[Line(product="Jug", count=1)],
        )
    ]  # fmt: skip


def test_all_that_is_wrong_is_told_at_once() -> None:
    """422, each error with its field and in the summary, and everything that was typed still there."""
    sent = {
        "title": "x" * 30,
        "mail": "nobody",
        "day": "31.5.",
        "lines.3.product": "a",
        "lines.3.count": "0",
        "number": "9",
    }
    answer = _client([]).post("/new", data=sent)
    page = answer.text
    assert answer.status == 422
    assert "There are 7 problems" in page
    for name, message in (
        ("title", "Expected at most 20 characters."),
        ("mail", "Expected an e-mail address, such as ada@example.org."),
        ("day", "Expected a date, such as 2026-05-31."),
        ("place-street", "This field is required."),
        ("place-postcode", "This field is required."),
        ("lines-0-product", "Expected at least 2 characters."),
        ("lines-0-count", "Expected 1 or more."),
    ):
        assert f'<a href="#form-{name}">' in page
        assert f'<ul class="dj-errors" id="form-{name}-errors"><li>{message}</li></ul>' in page
    assert f'value="{"x" * 30}"' in _input(page, "title")
    assert 'value="nobody"' in _input(page, "mail")
    assert 'value="9"' in _input(page, "number")
    assert 'value="0"' in _input(page, "lines.0.count")
    assert 'aria-invalid="true"' in _input(page, "title")
    assert 'aria-describedby="form-title-errors form-title-help"' in _input(page, "title")
    assert 'role="alert" tabindex="-1" autofocus' in page


def test_what_is_typed_is_escaped() -> None:
    """Whatever was sent, where it is shown again."""
    page = _client([]).post("/new", data={"title": '"><script>alert(1)</script>', "text": "</textarea><script>"}).text
    assert "<script>" not in page.replace('<script type="module"', "")
    assert "&lt;/textarea&gt;&lt;script&gt;" in page


def test_json_is_read_by_the_same_rules() -> None:
    """And answered with problem details."""
    seen: list[Any] = []
    client = _client(seen)
    record = {"title": "Corks", "mail": "a@b.org", "place": {"street": "Quay 1", "postcode": "12345"}}
    assert client.post("/new", json=record).status == 303
    assert seen[0].gift is True  # In JSON what is not said is the default.
    answer = client.post("/new", json={**record, "mail": "nobody", "title": 5})
    assert answer.status == 422
    assert answer.json()["errors"] == [
        {"where": "body.title", "message": "Expected text, got a whole number."},
        {"where": "body.mail", "message": "Expected an e-mail address, such as ada@example.org."},
    ]


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", ""])
def test_other_bodies_are_refused(content_type: str) -> None:
    """415, with the types that are read."""
    answer = _client([]).post("/new", content="title=x", headers={"content-type": content_type})
    assert answer.status == 415
    assert "multipart/form-data" in answer.headers["accept"]


class Account(Schema):
    """What a form says more of."""

    name: str
    password: Password
    again: Password
    terms: Accepted


class AccountForm(Form[Account]):
    """With fields, and rules of its own."""

    submit = "Sign up"
    name = Field(label="Your name", help="As others see it.", placeholder="Ada")

    def validate_name(self, value: str) -> str:
        """One field: what is returned is taken."""
        if value == "root":
            raise ValueError("This name is taken.")
        return value.title()

    def validate(self) -> None:
        """All fields."""
        if self.value.password != self.value.again:
            self.add_error("again", "The passwords differ.")


def test_a_class_says_more() -> None:
    """Labels, checks of one field and of all."""
    seen: list[Any] = []
    client = _client(seen, AccountForm)
    page = client.get("/new").text
    assert '<label for="form-name">Your name</label>' in page
    assert 'placeholder="Ada"' in page
    assert '<button class="dj-button">Sign up</button>' in page
    sent = {"name": "ada", "password": " a ", "again": " a ", "terms": "true"}
    assert client.post("/new", data=sent).status == 303
    assert seen == [Account(name="Ada", password=" a ", again=" a ", terms=True)]
    refused = client.post("/new", data={**sent, "name": "root"})
    assert "This name is taken." in refused.text
    assert 'value=" a "' not in refused.text
    assert "The passwords differ." in client.post("/new", data={**sent, "again": "b"}).text
    unticked = client.post("/new", data={name: text for name, text in sent.items() if name != "terms"})
    assert unticked.status == 422


def test_a_form_may_be_laid_out_by_hand() -> None:
    """Each field, and each piece of one, stands alone."""
    app = App(bare=True)
    app.use(Forms(assets=False), Templates())
    page = "{{ form.opening }}[{{ form.name.label }}]{{ form.name.input }}{{ form['terms'] }}{{ form.closing }}"
    app.register(InlineTemplates({"hand.html": page}))

    @app.get("/")
    def hand(form: AccountForm) -> Any:
        return render("hand.html", form=form)

    page = Client(app).get("/").text
    assert page.startswith('<form class="dj-form" id="form" method="post">')
    assert '[Your name]<input type="text" id="form-name" name="name" required' in page
    assert 'type="checkbox" id="form-terms"' in page
    assert page.rstrip().endswith("</form>")
    assert [field.name for field in AccountForm()] == ["name", "password", "again", "terms"]


def test_a_form_outside_of_an_app_says_so() -> None:
    """Its templates are the app's."""
    with pytest.raises(RuntimeError, match="while it answers a request"):
        str(AccountForm())


def test_fastapis_form_says_what_it_is_here() -> None:
    """A habit ends in the right spelling."""
    with pytest.raises(TypeError, match="FormField"):
        Form()


def test_rows_are_added_and_removed_without_script() -> None:
    """By buttons that send the form as it is: nothing is said to be wrong yet, and nothing is lost."""
    client = _client([])
    sent = {"title": "x" * 30, "lines.0.product": "Jug", "lines.0.count": "2"}
    more = client.post("/new", data={**sent, "_add": "lines"})
    assert more.status == 200
    assert 'value="Jug"' in _input(more.text, "lines.0.product")
    assert " autofocus" in _input(more.text, "lines.1.product")
    assert 'role="alert"' not in more.text
    assert f'value="{"x" * 30}"' in _input(more.text, "title")
    less = client.post("/new", data={**sent, "lines.1.product": "Cup", "_remove": "lines.0"})
    assert less.status == 200
    assert 'value="Cup"' in _input(less.text, "lines.0.product")
    assert "Jug" not in less.text


@pytest.mark.parametrize("name", ["lines", "lines.9", "lines.x", "title", "", "place", "a.b.c", "lines.0.product", "."])
def test_buttons_that_lead_nowhere_do_nothing(name: str) -> None:
    """Whatever they name."""
    client = _client([])
    for button in ("_add", "_remove", "_find"):
        assert client.post("/new", data={"title": "x", button: name}).status == 200
