"""Flask: the same JSON, page and form, with WTForms."""

from __future__ import annotations

from typing import Any

import wtforms
from flask import Flask, Response, render_template, request, session
from wtforms import validators

from ..bare import DATA
from ..folder import TEMPLATES
from .work import KINDS, MESSAGE, ROWS, TEXTS

# JSON ---------------------------------------------------------------------------------------------------------


def json():
    return {"message": MESSAGE}


def read():
    return {"message": session["message"]}


def begin():
    session["message"] = MESSAGE
    return MESSAGE


def add_headers(response: Response) -> Response:
    response.headers.update(DATA)
    return response


def make_app(headers: bool, secret: str | None) -> Any:
    app = Flask(__name__, template_folder=str(TEMPLATES))
    app.secret_key = secret
    for path, view in (("/bare", json), ("/headers", json), ("/cookie", json), ("/session", read), ("/begin", begin)):
        app.add_url_rule(path, path, view)
    if headers:
        app.after_request(add_headers)
    return app.wsgi_app


_remembering = make_app(True, "benchmark")
_apps = {"/bare": make_app(False, None), "/headers": make_app(True, None)}


def wsgi(environ: dict[str, Any], start_response: Any) -> Any:
    return _apps.get(environ["PATH_INFO"], _remembering)(environ, start_response)


# Pages and forms ----------------------------------------------------------------------------------------------

_needed = validators.InputRequired
_MAKERS = {
    "name": lambda: wtforms.StringField(validators=[_needed(), validators.Length(max=50)]),
    "count": lambda: wtforms.IntegerField(validators=[_needed(), validators.NumberRange(0, 100)]),
    "email": lambda: wtforms.StringField(validators=[_needed(), validators.Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]),
    "day": lambda: wtforms.DateField(validators=[_needed()]),
    "price": lambda: wtforms.DecimalField(validators=[_needed()]),
    "kind": lambda: wtforms.SelectField(choices=[(kind, kind) for kind in KINDS]),
    "flag": wtforms.BooleanField,
}
EntryForm: Any = type("EntryForm", (wtforms.Form,), {name: _MAKERS[name.partition("_")[0]]() for name in TEXTS})
app = Flask(__name__, template_folder=str(TEMPLATES))


@app.get("/rows")
def rows():
    return render_template("rows.html", rows=ROWS)


@app.post("/form")
def take_form():
    form = EntryForm(request.form)
    if form.validate():
        return form.name_0.data
    return render_template("form-wtforms.html", form=form)


pages = app.wsgi_app
