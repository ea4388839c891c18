"""The messages that people search the web for elsewhere, and what is said here in their place."""

import pytest
from typing_from_habit import said_of

from demijohn import App, Schema
from demijohn.testing import Client

TOLD = {
    "FastAPI: a route that can never run": ("""
@app.get("/users/{id}")
def show(id: int): ...
@app.get("/users/{name}")
def by_name(name): ...
""", None, """
DMJ0206  GET /users/{name} (by_name) can never run: GET /users/{id} (show) answers first.
  at app.py:1
  at app.py:3
  Fix: Change one of the paths or methods; what a parameter is called or typed does not tell two paths apart."""),
    "Flask: working outside of the application context": ("""
from demijohn import url
url("index")
""", None, """
url() was called where no request is being answered: use app.url(...) of your App."""),
    "Flask: overwriting an existing endpoint function": ("""
@app.get("/a")
def index(): ...
@app.get("/b")
def index(): ...
""", None, """
DMJ0207  Two handlers are called index: links by name would be ambiguous.
  at app.py:1
  at app.py:3
  Fix: Rename one, or say name="..." at its route."""),
    "Flask: did not return a valid response": ("""
@app.get("/")
def home(q: str = ""):
    if q:
        return q
""", "GET /", """
home() returned nothing: a branch ends without return. Return text, a dict, a schema or render(...); if nothing is \
what you mean, annotate it -> None (204)."""),
    "Django: reverse with no arguments not found": ("""
from demijohn import url
@app.get("/posts/{id}/edit")
def edit(id: int): ...
@app.get("/")
def index():
    return url(edit)
""", "GET /", """
url(edit) needs id: its path is /posts/{id}/edit."""),
    "Django: a synchronous call from an async context": ("""
from demijohn import DB
from demijohn.database import Database
app.use(Database())
@app.get("/")
async def index(db: DB): ...
""", None, """
DMJ0314  DB cannot be used in an async def handler: index -> DB.
  at app.py:4 in index
  Fix: Ask for AsyncDB and await its methods, or make the handler a plain def: it may block."""),
}  # fmt: skip


@pytest.mark.parametrize("what", TOLD)
def test_it_is_told_what_to_do(what):
    """The whole message: what, where, why and the line to write."""
    typed, asked, said = TOLD[what]
    assert said_of(typed.lstrip("\n"), asked) == said.lstrip("\n")


def test_a_template_that_is_not_there():
    """Jinja: "TemplateNotFound: index.htm". Which one was meant, and every place that was looked in."""
    typed = """
from demijohn import InlineTemplates, Templates, render
app.use(Templates())
app.register(InlineTemplates({"index.html": "Hello"}))
@app.get("/")
def index():
    return render("index.htm")
"""
    first, second, *places = said_of(typed, "GET /").splitlines()
    assert first == "There is no template 'index.htm'. Did you mean index.html?"
    assert second == "Looked in:"
    assert places[0].endswith("templates (no such folder)")
    assert places[-1] == "  InlineTemplates (index.html)"


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", None])
def test_json_without_its_content_type(content_type):
    """FastAPI: "Input should be a valid dictionary". What was sent, what is read, and the header to send."""
    app = App()

    @app.post("/")
    def add(item: Item):
        return item

    headers = {"content-type": content_type} if content_type else {}
    answer = Client(app).post("/", content=b'{"name": "x"}', headers=headers)
    assert answer.status == 415
    assert "application/json" in answer.json()["detail"]
    assert answer.headers["accept"].startswith("application/json")


def test_a_form_with_mistakes_stays_a_form():
    """Only a body that begins like JSON is told to be JSON."""
    app = App()

    @app.post("/")
    def add(item: Item):
        return item

    answer = Client(app).post("/", data={"title": "{x}"})
    assert answer.status == 422
    assert answer.json()["errors"] == [{"where": "body.name", "message": "This field is required."}]


class Item(Schema):
    """What is sent."""

    name: str
