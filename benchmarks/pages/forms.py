"""A form of 20 fields: parsed and checked of what a framework hands to a form, sent right, and sent wrong."""

from __future__ import annotations

from typing import Any

from ..apps.pages.work import RIGHT_BODY, TEXTS, WRONG_BODY
from .contest import Contest, Exchange, Task


def _demijohn() -> Any:
    from ..apps.pages import demijohn

    return demijohn


def _django() -> Any:
    from ..apps.pages import django

    return django


def _flask() -> Any:
    from ..apps.pages import flask

    return flask


def _check_demijohn() -> Task:
    kind, pairs = _demijohn().EntryForm, list(TEXTS.items())

    def check() -> object:
        form = kind()
        form.receive(pairs)
        assert form.valid, form.errors
        return form.value

    return check


def _check_django() -> Task:
    kind = _django().EntryForm
    from django.http import QueryDict

    data = QueryDict(RIGHT_BODY)

    def check() -> object:
        form = kind(data)
        assert form.is_valid(), form.errors
        return form.cleaned_data

    return check


def _check_wtforms() -> Task:
    from werkzeug.datastructures import ImmutableMultiDict

    kind, data = _flask().EntryForm, ImmutableMultiDict(TEXTS)

    def check() -> object:
        form = kind(data)
        assert form.validate(), form.errors
        return form.data

    return check


def _right(app: Any, path: str = "/form") -> Task:
    return Exchange(app, path, RIGHT_BODY, says=TEXTS["name_0"].encode())


def _wrong(app: Any, status: int = 200) -> Task:
    return Exchange(app, "/form", WRONG_BODY, status=status, says=b'value="nobody"')


FORM, BODY, DJANGO, WTFORMS = "Demijohn, `Form[T]`", "Demijohn, a `Schema` as the body", "Django", "Flask, WTForms"
_GOALS = {DJANGO: 3.0, WTFORMS: 3.0}
CHECKED = Contest(
    "checked",
    "parsed and checked",
    FORM,
    {FORM: _check_demijohn, DJANGO: _check_django, WTFORMS: _check_wtforms},
    at_least=_GOALS,
)
SENT = Contest(
    "sent",
    "sent right",
    FORM,
    {
        FORM: lambda: _right(_demijohn().pages),
        BODY: lambda: _right(_demijohn().pages, "/body"),
        DJANGO: lambda: _right(_django().pages),
        WTFORMS: lambda: _right(_flask().pages),
    },
)
SHOWN = Contest(
    "shown",
    "sent wrong, shown again",
    FORM,
    {
        FORM: lambda: _wrong(_demijohn().pages, 422),
        DJANGO: lambda: _wrong(_django().pages),
        WTFORMS: lambda: _wrong(_flask().pages),
    },
)
FORMS = [CHECKED, SENT, SHOWN]
