"""Demijohn: JSON by an app without batteries, with those that every app has, and with sessions; a page, and forms."""

from __future__ import annotations

import datetime
import decimal
import os
from typing import Annotated, Any, Literal

# Production wants a secret of its own.
os.environ.setdefault("SECRET_KEY", "0123456789abcdef" * 4)

from demijohn import App, Form, Forms, Meta, Schema, Session, Sessions, Templates, render
from demijohn.forms import Email

from ..folder import TEMPLATES
from .work import MESSAGE, ROWS

# JSON ---------------------------------------------------------------------------------------------------------


def json():
    return {"message": MESSAGE}


async def json_async():
    return {"message": MESSAGE}


def read(session: Session):
    return {"message": session["message"]}


async def read_async(session: Session):
    return {"message": session["message"]}


def begin(session: Session):
    session["message"] = MESSAGE
    return MESSAGE


def apps_by_path(answer: Any, answer_from_session: Any) -> dict[str, App]:
    bare, guarded, remembering = App(bare=True), App(), App()
    remembering.use(Sessions())
    bare.get("/bare")(answer)
    guarded.get("/headers")(answer)
    remembering.get("/cookie")(answer)
    remembering.get("/session")(answer_from_session)
    remembering.get("/begin")(begin)
    paths = {"/cookie": remembering, "/session": remembering, "/begin": remembering}
    return {"/bare": bare, "/headers": guarded, **paths}


class RSGI:
    """The apps of all paths under one server, so that what differs between two runs of a server falls on all."""

    def __init__(self, apps: dict[str, App]) -> None:
        self._doors = {path: app.rsgi for path, app in apps.items()}
        self._calls = {path: door.__rsgi__ for path, door in self._doors.items()}

    def __rsgi_init__(self, loop: Any) -> None:
        for door in set(self._doors.values()):
            door.__rsgi_init__(loop)

    def __rsgi__(self, scope: Any, protocol: Any) -> Any:
        return self._calls[scope.path](scope, protocol)


_doors = {path: app.wsgi for path, app in apps_by_path(json, read).items()}
rsgi = RSGI(apps_by_path(json_async, read_async))


def wsgi(environ: dict[str, Any], start_response: Any) -> Any:
    return _doors[environ["PATH_INFO"]](environ, start_response)


# Pages and forms ----------------------------------------------------------------------------------------------


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


EntryForm = Form[Entry]
app = App()
app.use(Templates(folder=str(TEMPLATES)), Forms())


@app.get("/rows")
def rows():
    return render("rows.html", rows=ROWS)


@app.get("/rows/components")
def components():
    return render("rows-components.html", rows=ROWS)


@app.post("/form")
def take_form(form: Form[Entry]):
    if form.valid:
        return form.value.name_0
    return render("form.html", form=form)


@app.post("/body")
def take_body(entry: Entry):
    return entry.name_0


pages = app.wsgi
