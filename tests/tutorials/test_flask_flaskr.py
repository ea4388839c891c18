"""flaskr does what the tests of Flask's tutorial ask of it."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from asking import ask

from demijohn import DB, App, Database
from demijohn.testing import Client

REGISTER = ("POST", "/auth/register", {"username": "test", "password": "test"})
OTHER = ("POST", "/auth/register", {"username": "other", "password": "other"})
LOGIN = ("POST", "/auth/login", {"username": "test", "password": "test"})
INDEX = ("GET", "/")


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """The database of the tutorial's `data.sql`: two who may write, and one post of the first."""
    made = tmp_path_factory.mktemp("flaskr") / "filled.sqlite"
    ask("flask_flaskr", [REGISTER, OTHER], database=made)
    insert = "INSERT INTO post (title, body, author_id, created) VALUES (?, ?, 1, '2018-01-01 00:00:00')"
    run(made, insert, "test title", "test\nbody")
    return made


@pytest.fixture
def database(filled, tmp_path):
    """A copy of it for one test."""
    return shutil.copy(filled, tmp_path / "flaskr.sqlite")


def run(database, statement, *values):
    """What the database says, past the app."""
    with closing(sqlite3.connect(database)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def test_register(database):
    """The page is shown; who registers is sent to the login and is in the database, the password not as typed."""
    page, made = ask(
        "flask_flaskr",
        [("GET", "/auth/register"), ("POST", "/auth/register", {"username": "a", "password": "a"})],
        database=database,
    )
    assert page.status == 200
    assert made.header("location") == "/auth/login"
    [(password,)] = run(database, "SELECT password FROM user WHERE username = 'a'")
    assert password != "a"


@pytest.mark.parametrize(
    ("username", "password", "message"),
    [
        ("", "", "Username is required."),
        ("a", "", "Password is required."),
        ("test", "test", "User test is already registered."),
    ],
)
def test_register_validate_input(database, username, password, message):
    """What is wrong with a registration is flashed on the form, once, and nobody is registered."""
    form = {"username": username, "password": password}
    answer, again = ask(
        "flask_flaskr", [("POST", "/auth/register", form), ("GET", "/auth/register")], database=database
    )
    assert f'<div class="flash">{message}</div>' in answer.text
    assert "flash" not in again.text
    assert run(database, "SELECT count(*) FROM user") == [(2,)]


def test_login(database, tmp_path):
    """The page is shown; who signs in is sent to the posts, is kept in the session and known on the next page."""
    peek = """
from demijohn import Request, Session
from flask_flaskr import app

@app.get("/peek")
def peek(request: Request, session: Session):
    return {"session": dict(session), "username": request.state.user.username}
"""
    (tmp_path / "peeking.py").write_text(peek)
    page, signed_in, index, seen = ask(
        "peeking",
        [("GET", "/auth/login"), LOGIN, INDEX, ("GET", "/peek")],
        database=database,
        folder=tmp_path,
        environment={"PYTHONPATH": str(Path(__file__).parent)},
    )
    assert page.status == 200
    assert signed_in.header("location") == "/"
    assert json.loads(seen.text) == {"session": {"user_id": 1}, "username": "test"}
    assert "<span>test</span>" in index.text
    assert "Log Out" in index.text


@pytest.mark.parametrize(
    ("username", "password", "message"),
    [("a", "test", "Incorrect username."), ("test", "a", "Incorrect password.")],
)
def test_login_validate_input(database, username, password, message):
    """What is wrong with a login is flashed, and nobody is signed in."""
    answer, index = ask(
        "flask_flaskr",
        [("POST", "/auth/login", {"username": username, "password": password}), INDEX],
        database=database,
    )
    assert message in answer.text
    assert "Log In" in index.text


def test_logout(database):
    """After it nobody is signed in."""
    _, before, out, after = ask("flask_flaskr", [LOGIN, INDEX, ("GET", "/auth/logout"), INDEX], database=database)
    assert "Log Out" in before.text
    assert out.header("location") == "/"
    assert "Log Out" not in after.text
    assert "Log In" in after.text


def test_index(database):
    """Everybody sees the posts, and only their author the link to change one."""
    before, _, after = ask("flask_flaskr", [INDEX, LOGIN, INDEX], database=database)
    assert "Log In" in before.text
    assert "Register" in before.text
    assert 'href="/1/update"' not in before.text
    for text in ("test title", "by test on 2018-01-01", "test\nbody", 'href="/1/update"'):
        assert text in after.text


@pytest.mark.parametrize("path", ["/create", "/1/update", "/1/delete"])
def test_login_required(database, path):
    """Who is not signed in is sent to the login, and changes nothing."""
    [answer] = ask("flask_flaskr", [("POST", path, {"title": "x", "body": "x"})], database=database)
    assert answer.header("location") == "/auth/login"
    assert run(database, "SELECT title FROM post") == [("test title",)]


def test_author_required(database):
    """Another's post is neither changed nor deleted, and has no link for it."""
    run(database, "UPDATE post SET author_id = 2 WHERE id = 1")
    _, update, delete, index = ask(
        "flask_flaskr", [LOGIN, ("POST", "/1/update"), ("POST", "/1/delete"), INDEX], database=database
    )
    assert (update.status, delete.status) == (403, 403)
    assert "test title" in index.text
    assert 'href="/1/update"' not in index.text


@pytest.mark.parametrize("path", ["/2/update", "/2/delete"])
def test_exists_required(database, path):
    """There is no page of a post that is not there."""
    _, answer = ask("flask_flaskr", [LOGIN, ("POST", path)], database=database)
    assert answer.status == 404


def test_create(database):
    """A post is made, of who is signed in, and listed first, escaped."""
    _, page, made, index = ask(
        "flask_flaskr",
        [LOGIN, ("GET", "/create"), ("POST", "/create", {"title": "created <b>", "body": ""}), INDEX],
        database=database,
    )
    assert page.status == 200
    assert made.header("location") == "/"
    assert run(database, "SELECT title, author_id FROM post WHERE id = 2") == [("created <b>", 1)]
    assert index.text.index("created &lt;b&gt;") < index.text.index("test title")
    assert index.text.count("<hr>") == 1


def test_update(database):
    """The form holds the post, and what it sends is kept."""
    _, page, changed = ask(
        "flask_flaskr",
        [LOGIN, ("GET", "/1/update"), ("POST", "/1/update", {"title": "updated", "body": ""})],
        database=database,
    )
    assert page.status == 200
    assert 'value="test title"' in page.text
    assert changed.header("location") == "/"
    assert run(database, "SELECT title, body FROM post") == [("updated", "")]


@pytest.mark.parametrize("path", ["/create", "/1/update"])
def test_create_update_validate(database, path):
    """A post without title comes back with what was typed, and is not kept."""
    _, answer = ask("flask_flaskr", [LOGIN, ("POST", path, {"title": "", "body": "typed"})], database=database)
    assert '<div class="flash">Title is required.</div>' in answer.text
    assert ">typed</textarea>" in answer.text
    assert run(database, "SELECT title, body FROM post") == [("test title", "test\nbody")]


def test_delete(database):
    """The post is gone."""
    _, answer = ask("flask_flaskr", [LOGIN, ("POST", "/1/delete")], database=database)
    assert answer.header("location") == "/"
    assert run(database, "SELECT * FROM post WHERE id = 1") == []


def test_init_db(tmp_path):
    """`test_init_db_command`: there is no command to forget, the tables are made at start."""
    [index] = ask("flask_flaskr", [INDEX], database=tmp_path / "flaskr.sqlite")
    assert "<article" not in index.text
    assert {("post",), ("user",)} <= set(run(tmp_path / "flaskr.sqlite", "SELECT name FROM sqlite_master"))


@pytest.mark.parametrize("testing", [False, True])
def test_factory(tmp_path, testing):
    """`test_config` and `test_hello`: what the factory makes is an app, with settings from outside."""
    environment = {"FLASKR_TESTING": "true"} if testing else {}
    database = tmp_path / "flaskr.sqlite"
    hello, told = ask(
        "flask_flaskr", [("GET", "/hello"), ("GET", "/testing")], database=database, environment=environment
    )
    assert hello.text == "Hello, World!"
    assert json.loads(told.text) == {"testing": testing}


def test_get_close_db():
    """`test_get_close_db`: one session for one request, which holds nothing once it is over."""
    app = App()
    app.use(Database())
    kept = []

    def guard(db: DB):
        kept.append(db)
        yield

    @app.get("/", around=[guard])
    def index(db: DB):
        kept.append(db)
        db.connection()
        assert db.in_transaction()
        return "done"

    config = {"DATABASE_URL": "sqlite://", "database": {"create_tables": "always"}}
    with Client(app, config=config) as client:
        client.get("/")
        client.get("/")
    assert kept[0] is kept[1]
    assert kept[2] is kept[3]
    assert kept[0] is not kept[2]
    assert not kept[0].in_transaction()
