"""What is typed from habit of other frameworks' forms ends in the right line."""

from __future__ import annotations

import re
from typing import Annotated, Any

import pytest

from demijohn import App, Client, Form, Forms, Schema
from demijohn.batteries.forms.habits import FIELDS, HABITS, OPTIONS
from demijohn.forms import Field


class Entry(Schema):
    """One field."""

    name: str


class Data(Schema):
    """A field with the name of a habit."""

    data: str


@pytest.mark.parametrize("name", sorted(HABITS))
def test_a_habit_is_answered(name: str):
    """Unless a field has the name."""
    app = App(debug=True)
    app.use(Forms())

    @app.post("/")
    def post(form: Annotated[Form[Entry], "first"], other: Annotated[Form[Data], "second"]) -> str:
        with pytest.raises(AttributeError) as caught:
            getattr(form, name)
        return f"{caught.value} {other.data.path}"

    assert Client(app).post("/", data={"first.name": "x", "second.data": "y"}).text == (
        f"A form has no {name!r}. Instead: {HABITS[name]} data"
    )


class EntryForm(Form[Entry]):
    """One of a class."""


def test_options_of_other_frameworks_are_answered():
    """With ours."""
    made: Any = Field
    for name, instead in OPTIONS.items():
        with pytest.raises(TypeError) as caught:
            made(**{name: 1})
        assert str(caught.value) == f"Field has no {name}=. Instead: {instead}"
    with pytest.raises(TypeError, match=r"^Field has no nonsense=\.$"):
        made(nonsense=1)
    with pytest.raises(TypeError, match=r"Field\(label='Title'\)"):
        made("Title")


@pytest.mark.parametrize(("given", "named"), [(({"name": "x"},), {}), ((), {"data": {}}), ((), {"files": {}})])
def test_a_form_is_not_made_of_a_request(given: Any, named: Any):
    """The handler is given it, filled in."""
    with pytest.raises(TypeError, match=r"def new\(form: EntryForm\)"):
        EntryForm(*given, **named)


class Owned(Form[Entry]):
    """One that is made with more."""

    def __init__(self, owner: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.owner = owner


def test_a_form_may_be_made_with_more():
    """Where its class says so."""
    assert Owned("Ada", prefix="x").owner == "Ada"
    assert Owned.parse_texts({"name": "x"}).valid


def test_fields_are_not_called_and_have_other_names():
    """As WTForms and Django have them."""
    field: Any = EntryForm()["name"]
    with pytest.raises(TypeError, match=r"form.name.input .*attributes="):
        field(class_="wide")
    for name, instead in FIELDS.items():
        with pytest.raises(AttributeError, match=re.escape(instead)):
            getattr(field, name)
    assert not hasattr(field, "nonsense")


def test_a_form_is_saved_by_a_unit_of_work():
    """And is not saved with `commit=False`."""
    form = EntryForm.parse_texts({"name": "x"})
    with pytest.raises(TypeError, match=r"form.save\(db\).*form.value"):
        form.save()
    with pytest.raises(TypeError, match=r"form.value"):
        form.save(object(), commit=False)
