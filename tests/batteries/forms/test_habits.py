"""What is typed from habit of other frameworks' forms ends in the right line."""

from __future__ import annotations

import pytest

from demijohn import App, Client, Form, Forms, Schema
from demijohn.batteries.forms.habits import HABITS


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
    def post(form: Form[Entry], other: Form[Data]) -> str:
        with pytest.raises(AttributeError) as caught:
            getattr(form, name)
        return f"{caught.value} {other.data.name}"

    assert Client(app).post("/", data={"name": "x", "data": "y"}).text == (
        f"A form has no {name!r}. Instead: {HABITS[name]} data"
    )
