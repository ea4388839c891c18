"""Parsing and checking a form of 20 fields: Demijohn, Django and WTForms on the same data, in one run.

    python benchmarks/forms.py

Each is given what its framework hands to a form: pairs of texts. What counts is the ratio, not this machine's times.
Rounds are taken in turns, and the quickest of each counts, so that what else the machine does falls on all.
"""

from __future__ import annotations

import datetime
import decimal
import time
from collections.abc import Callable
from typing import Annotated, Any, Literal

from demijohn import Meta, Schema
from demijohn.forms import Email, Form

ROUNDS, TIMES = 20, 300

TEXTS = {
    **{f"name_{number}": f"A name of some length {number}" for number in range(6)},
    **{f"count_{number}": str(number * 7) for number in range(4)},
    **{f"email_{number}": f"somebody{number}@example.org" for number in range(2)},
    **{f"day_{number}": "2026-05-31" for number in range(2)},
    **{f"price_{number}": "19.90" for number in range(2)},
    **{f"kind_{number}": "second" for number in range(2)},
    **{f"flag_{number}": "true" for number in range(2)},
}
KINDS = ("first", "second", "third")


class Entry(Schema):
    """20 fields."""

    name_0: Annotated[str, Meta(max_length=50)]
    name_1: Annotated[str, Meta(max_length=50)]
    name_2: Annotated[str, Meta(max_length=50)]
    name_3: Annotated[str, Meta(max_length=50)]
    name_4: Annotated[str, Meta(max_length=50)]
    name_5: Annotated[str, Meta(max_length=50)]
    count_0: Annotated[int, Meta(ge=0, le=100)]
    count_1: Annotated[int, Meta(ge=0, le=100)]
    count_2: Annotated[int, Meta(ge=0, le=100)]
    count_3: Annotated[int, Meta(ge=0, le=100)]
    email_0: Email
    email_1: Email
    day_0: datetime.date
    day_1: datetime.date
    price_0: decimal.Decimal
    price_1: decimal.Decimal
    kind_0: Literal["first", "second", "third"]
    kind_1: Literal["first", "second", "third"]
    flag_0: bool
    flag_1: bool


def demijohn_form() -> Callable[[], object]:
    """`Form[Entry]`."""
    pairs = list(TEXTS.items())
    kind = Form[Entry]

    def check() -> object:
        form = kind()
        form.receive(pairs)
        assert form.valid, form.errors
        return form.value

    return check


def django_form() -> Callable[[], object]:
    """`forms.Form`."""
    import django
    from django import forms
    from django.conf import settings
    from django.http import QueryDict
    from django.utils.http import urlencode

    settings.configure(USE_I18N=False)
    django.setup()
    makers: dict[str, Callable[[], Any]] = {
        "name": lambda: forms.CharField(max_length=50),
        "count": lambda: forms.IntegerField(min_value=0, max_value=100),
        "email": lambda: forms.EmailField(max_length=320),
        "day": forms.DateField,
        "price": forms.DecimalField,
        "kind": lambda: forms.ChoiceField(choices=[(kind, kind) for kind in KINDS]),
        "flag": lambda: forms.BooleanField(required=False),
    }
    kind: Any = type("EntryForm", (forms.Form,), {name: makers[name.partition("_")[0]]() for name in TEXTS})
    data = QueryDict(urlencode(TEXTS))

    def check() -> object:
        form = kind(data)
        assert form.is_valid(), form.errors
        return form.cleaned_data

    return check


def wtforms_form() -> Callable[[], object]:
    """`wtforms.Form`, with the validators that say the same."""
    import wtforms
    from wtforms import validators

    needed = validators.InputRequired
    makers: dict[str, Callable[[], Any]] = {
        "name": lambda: wtforms.StringField(validators=[needed(), validators.Length(max=50)]),
        "count": lambda: wtforms.IntegerField(validators=[needed(), validators.NumberRange(0, 100)]),
        "email": lambda: wtforms.StringField(validators=[needed(), validators.Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]),
        "day": lambda: wtforms.DateField(validators=[needed()]),
        "price": lambda: wtforms.DecimalField(validators=[needed()]),
        "kind": lambda: wtforms.SelectField(choices=[(kind, kind) for kind in KINDS]),
        "flag": wtforms.BooleanField,
    }
    kind: Any = type("EntryForm", (wtforms.Form,), {name: makers[name.partition("_")[0]]() for name in TEXTS})

    class Data(dict[str, list[str]]):
        def getlist(self, name: str) -> list[str]:
            return self[name]

    data = Data({name: [text] for name, text in TEXTS.items()})

    def check() -> object:
        form = kind(data)
        assert form.validate(), form.errors
        return form.data

    return check


def main() -> None:
    """Measure, and print a line for each."""
    checks = {"Demijohn": demijohn_form(), "Django": django_form(), "WTForms": wtforms_form()}
    best = dict.fromkeys(checks, float("inf"))
    for _ in range(ROUNDS):
        for name, check in checks.items():
            begin = time.perf_counter()
            for _ in range(TIMES):
                check()
            best[name] = min(best[name], (time.perf_counter() - begin) / TIMES)
    for name, seconds in best.items():
        print(f"{name:10} {seconds * 1e6:8.1f} µs {seconds / best['Demijohn']:6.1f} x")


if __name__ == "__main__":
    main()
