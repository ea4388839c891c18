"""The pages of Flask's quickstart answer as its readers expect."""

import flask_quickstart
import pytest

from demijohn.testing import Client


@pytest.fixture
def client():
    return Client(flask_quickstart.app)


def test_a_minimal_application(client):
    """HTML that says so is HTML, and what visitors give is escaped in it."""
    answer = client.get("/")
    assert (answer.status, answer.text) == (200, "<p>Hello, World!</p>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/greet/<script>").text == "<p>Hello, &lt;script&gt;!</p>"


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/user/ann", 200, "User ann"),
        ("/user/J%C3%BCrgen%20K", 200, "User Jürgen K"),
        ("/post/7", 200, "Post 7"),
        ("/post/-7", 200, "Post -7"),
        ("/path/a/b/c", 200, "Subpath a/b/c"),
        ("/projects/", 200, "The project page"),
        ("/about", 200, "The about page"),
    ],
)
def test_variable_rules(client, path, status, text):
    """A parameter of the path comes as its annotation says, as text where there is none."""
    answer = client.get(path)
    assert (answer.status, answer.text) == (status, text)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_value_that_does_not_convert_is_not_found(client):
    """As with Flask's `<int:post_id>`."""
    assert client.get("/post/seven").status == 404


def test_unique_urls(client):
    """The other spelling of a slash is redirected to the one that was written, either way."""
    assert client.get("/projects").headers["location"] == "/projects/"
    assert client.get("/about/").headers["location"] == "/about"
    assert client.get("/about/?q=1", follow_redirects=True).url == "http://localhost/about?q=1"


def test_url_building(client):
    """The list of Flask's own page."""
    assert client.get("/links").json() == ["/", "/login", "/login?next=%2F", "/user/John%20Doe"]
    assert flask_quickstart.app.url("show_post", post_id=7) == "/post/7"


def test_http_methods(client):
    """GET brings HEAD and OPTIONS; a method without a handler is refused with those that have one."""
    assert client.head("/login").status == 200
    assert client.options("/login").headers["allow"] == "GET, HEAD, POST, OPTIONS"
    refused = client.delete("/login")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
    assert client.get("/both", query={"key": "x"}).text == "searched x"
    assert client.post("/both", data={"word": "y"}).text == "posted y"


def test_the_request_object(client):
    """A form is read from the request; a key that was not sent is a 400, as in Flask."""
    right = client.post("/login", data={"username": "admin", "password": "default"})
    assert (right.status, right.headers["location"]) == (303, "/user/admin")
    wrong = client.post("/login", data={"username": "admin", "password": "x"})
    assert (wrong.status, wrong.text) == (401, "Invalid username/password")
    assert client.post("/login", data={"username": "admin"}).status == 400


def test_rendering_templates(client):
    """A template that is in the code, with and without its value, which is escaped."""
    assert "<h1>Hello, World!</h1>" in client.get("/hello/").text
    assert "<h1>Hello &lt;b&gt;!</h1>" in client.get("/hello/<b>").text
    assert client.get("/hello/x").headers["content-type"] == "text/html; charset=utf-8"


def test_file_uploads(client, tmp_path):
    """A file by its type, and by Flask's way over the request."""
    given = {"the_file": ("notes.txt", b"one two", "text/plain")}
    assert client.post("/upload", files=given).json() == {"name": "notes.txt", "bytes": 7}
    assert client.post("/upload").status in {415, 422}
    assert client.post("/upload/plain", files=given, query={"to": str(tmp_path)}).text == "saved uploaded_file.txt"
    assert (tmp_path / "uploaded_file.txt").read_bytes() == b"one two"


def test_cookies(client):
    """Read from the request, set on a response."""
    assert client.get("/cookie").text == "nobody"
    answer = client.get("/cookie/set")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert client.get("/cookie").text == "ann"


def test_redirects_and_errors(client):
    """A redirect to a handler, errors that end a request early, and a page of one's own for one of them."""
    assert client.get("/old", follow_redirects=True).status == 401
    teapot = client.get("/teapot")
    assert (teapot.status, teapot.json()["detail"]) == (418, "No coffee here.")
    for path in ("/nowhere", "/gone/1"):
        missing = client.get(path)
        assert (missing.status, missing.headers["x-missing"]) == (404, "yes")
        assert f"<p>{path} is not here.</p>" in missing.text
        assert missing.headers["content-type"] == "text/html; charset=utf-8"


def test_apis_with_json(client):
    """What is returned becomes JSON; a tuple gives the status and headers."""
    ann = {"username": "ann", "theme": "dark", "image": "/ann.png"}
    assert client.get("/me").json() == ann
    assert client.get("/users").json() == [ann]
    made = client.get("/tuple")
    assert (made.status, made.headers["x-parachutes"], made.json()) == (201, "are cool", {"made": True})
