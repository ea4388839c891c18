"""Forms of Pydantic models, attrs classes and dataclasses: what their own validators find stands at the fields."""

from __future__ import annotations

import dataclasses
import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import attrs
import pydantic
import pytest

from demijohn import App, Client, InlineTemplates, Schema, SetupError, Templates, render
from demijohn.forms import Field, Form, Forms, LongText


class Size(Enum):
    """A choice."""

    SMALL = 1
    LARGE = 2


class Line(pydantic.BaseModel):
    """A row."""

    product: str
    count: int = pydantic.Field(1, ge=1)

    @pydantic.field_validator("product")
    @classmethod
    def not_sold(cls, value: str) -> str:
        """Some things are not sold."""
        if value == "Cat":
            raise ValueError("Cats are not for sale.")
        return value.title()


class Order(pydantic.BaseModel):
    """Some of everything."""

    name: str = pydantic.Field(min_length=2, max_length=10, title="Your name", description="As on the door.")
    kind: Literal["private", "company"] = "private"
    size: Size = Size.SMALL
    day: datetime.date | None = None
    born: pydantic.PastDate | None = None
    price: Decimal = Decimal(1)
    site: pydantic.HttpUrl | None = None
    secret: pydantic.SecretStr = pydantic.SecretStr("")
    code: str | None = pydantic.Field(None, pattern="^[a-z]+$")
    note: LongText = ""
    urgent: bool = True
    first: int = pydantic.Field(0, alias="firstNumber")
    tags: list[str] = pydantic.Field(default_factory=lambda: ["new"])
    lines: list[Line] = []

    @pydantic.model_validator(mode="after")
    def together(self) -> Order:
        """Fields against each other."""
        if self.kind == "company" and self.price < 1:
            raise ValueError("Companies pay.")
        return self


class OrderForm(Form[Order]):
    """With a field said anew, and a rule of the form's own."""

    name = Field(placeholder="Ada")

    def validate_name(self, value: str) -> str:
        """In capitals."""
        if value == "root":
            raise ValueError("Not this one.")
        return value.upper()


def test_a_pydantic_model_is_filled() -> None:
    """Of texts as of plain values; a box that is not sent is not ticked."""
    form = OrderForm.parse_texts({
        "name": "ada", "size": "2", "day": "2026-05-31", "price": "1.50", "site": "https://example.org/x",
        "secret": " s ", "firstNumber": "7", "tags": "a\nb", "lines.0.product": "jug", "lines.0.count": "2",
        "lines.1.product": "",
    })  # fmt: skip
    assert form.errors == {}
    order = form.value
    assert (order.name, order.size, order.day, order.price) == (
        "ADA", Size.LARGE, datetime.date(2026, 5, 31), Decimal("1.50"),
    )  # fmt: skip
    assert (str(order.site), order.secret.get_secret_value(), order.first) == ("https://example.org/x", " s ", 7)
    assert (order.urgent, order.tags, order.lines) == (False, ["a", "b"], [Line(product="Jug", count=2)])
    assert OrderForm.parse({"name": "ada", "lines": [{"product": "cup"}]}).value.lines == [Line(product="Cup")]


def test_all_that_pydantic_finds_is_told_at_the_fields() -> None:
    """Beside what the grammar of texts does, at once; what is said of the model is said of the form."""
    form = OrderForm.parse_texts({
        "name": "a", "size": "9", "born": "2999-01-01", "site": "nonsense", "code": "1", "price": "x",
        "firstNumber": "1e3", "lines.0.product": "Cat", "lines.0.count": "0",
    })  # fmt: skip
    assert set(form.errors) == {
        "name", "size", "born", "site", "code", "price", "firstNumber", "lines.0.product", "lines.0.count",
    }  # fmt: skip
    assert form.errors["lines.0.product"] == ["Cats are not for sale."]
    assert form.errors["name"] == ["Expected at least 2 characters."]
    assert form.errors["born"] == ["Date should be in the past."]
    assert OrderForm.parse_texts({}).errors == {"name": ["This field is required."]}
    assert OrderForm.parse_texts({"name": "root"}).errors == {"name": ["Not this one."]}
    assert OrderForm.parse_texts({"name": "ada", "kind": "company", "price": "0.5"}).errors == {"": ["Companies pay."]}
    assert OrderForm.parse({"name": "ada", "lines": [{"product": "Cat"}]}).errors == {
        "lines.0.product": ["Cats are not for sale."]
    }


@pytest.mark.parametrize("text", ["1_000", "\uff11", "nan", "1.0", "0x1", " 1 2"])
def test_the_grammar_is_ours(text: str) -> None:
    """What Pydantic would read as a number, and people do not write."""
    assert list(OrderForm.parse_texts({"name": "ada", "firstNumber": text}).errors) == ["firstNumber"]


def test_it_is_shown_as_its_types_are() -> None:
    """Labels, widgets, bounds and what the fields start with."""
    app = App(bare=True)
    app.use(Forms(), Templates())
    app.register(InlineTemplates({"f.html": "{{ form }}"}))

    @app.route("/", methods=["GET", "POST"])
    def order(form: OrderForm) -> Any:
        return "taken" if form.valid else render("f.html", form=form)

    page = Client(app).get("/").text
    for text in (
        '<label for="form-name">Your name', "As on the door.", 'maxlength="10"', 'placeholder="Ada"',
        'type="date" id="form-born"', 'type="url" id="form-site"', 'type="password" id="form-secret"',
        '<textarea id="form-note"', 'name="urgent" value="true" checked', 'name="lines.0.count"', "new</textarea>",
        'name="firstNumber"',
    ):  # fmt: skip
        assert text in page, text
    answer = Client(app).post("/", data={"name": "ada", "lines.0.product": "Cat"})
    assert answer.status == 422
    assert 'href="#form-lines-0-product"' in answer.text
    assert Client(app).post("/", data={"name": "ada"}).text == "taken"


def test_one_kind_inside_of_the_other_is_refused() -> None:
    """A Schema could not check a Pydantic model."""

    class Mixed(Schema):
        line: Line

    with pytest.raises(SetupError, match=r"DMJ0581|DMJ0140"):
        Form[Mixed].shape()


@attrs.define
class Bottle:
    """With validators of attrs."""

    name: str = attrs.field(validator=attrs.validators.max_len(5))
    litres: int = attrs.field(default=5, validator=[attrs.validators.gt(0), attrs.validators.lt(100)])
    cork: int = attrs.field(default=3)
    labels: list[str] = attrs.field(factory=lambda: ["new"])

    @cork.validator
    def fits(self, attribute: Any, value: int) -> None:
        """One field against another."""
        if value > self.litres:
            raise ValueError("The cork is too large.")


@attrs.frozen
class Crate:
    """One that is frozen."""

    size: int = attrs.field(validator=attrs.validators.in_([6, 12]))


def test_validators_of_attrs() -> None:
    """Each at its field, all at once; defaults are shown."""
    assert Form[Bottle].parse_texts({"name": "Jug"}).value == Bottle(name="Jug", labels=[])
    form = Form[Bottle].parse_texts({"name": "Demijohn", "litres": "200", "cork": "300"})
    assert set(form.errors) == {"name", "litres", "cork"}
    assert form.errors["cork"] == ["The cork is too large."]
    assert Form[Bottle]()["litres"].text == "5"
    assert Form[Bottle]()["labels"].text == "new"
    assert list(Form[Crate].parse_texts({"size": "7"}).errors) == ["size"]
    assert list(Form[Crate].parse({"size": 7}).errors) == ["size"]
    assert Form[Crate].parse_texts({"size": "6"}).value == Crate(6)


@dataclasses.dataclass
class Span:
    """A dataclass, whose rule is of the whole."""

    start: int
    end: Annotated[int, Field(label="Until")] = 5

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("It ends before it starts.")


def test_a_dataclass_says_what_is_wrong_with_the_whole() -> None:
    """And its fields what is wrong with them."""
    assert Form[Span].parse_texts({"start": "9"}).errors == {"": ["It ends before it starts."]}
    assert Form[Span].parse_texts({"start": "x"}).errors == {"start": ["Expected a whole number."]}
    assert Form[Span]()["end"].label == "Until"
