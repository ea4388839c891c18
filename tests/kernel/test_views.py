"""Class-based views: methods as handlers, method restriction, arounds, names, and the habits of others."""

import pytest

from demijohn import App, Blueprint, Client, Forbidden, RedirectView, Request, SetupError, View, path, url
from demijohn.kernel.route_notes import RouteNote

log: list[str] = []


def guard(request: Request):
    if "x-no" in request.headers:
        raise Forbidden


def noted(request: Request):
    log.append("in")
    yield
    log.append("out")


class Posts(View):
    """A view with sync and async methods, and state of its own."""

    around = [guard]

    def __init__(self):
        self.asked = 0

    def get(self, id: int, page: int = 1):
        """One post."""
        self.asked += 1
        return {"id": id, "page": page, "asked": self.asked, "link": url(type(self), id=id)}

    async def post(self, id: int):
        return f"made {id}", 201


class Shared(Posts):
    """One instance for all requests; the arounds of its base hold."""

    around = [noted]
    init_every_request = False


class Old(RedirectView):
    to = "posts.Posts"


class Moved(RedirectView):
    to = "/new"
    status = 308
    query = True


def app_with_views() -> App:
    app, posts = App(), Blueprint("posts")
    posts.view("/{id}")(Posts)
    app.include(posts, prefix="/posts")
    app.urls(path("/shared/{id}", Shared, name="shared"), path("/old/{id}", Old), path("/moved", Moved))
    return app


def test_methods_are_handlers():
    """Parameters come by the rules of handlers; each request has an instance of its own."""
    with Client(app_with_views()) as client:
        for _ in range(2):
            answer = client.get("/posts/7?page=2")
            assert answer.json() == {"id": 7, "page": 2, "asked": 1, "link": "/posts/7"}
        assert client.post("/posts/7").status == 201
        assert client.get("/posts/x").status == 404
        assert client.get("/posts/7?page=x").status == 422


def test_other_methods_are_refused():
    """405 with Allow, HEAD as GET, OPTIONS."""
    with Client(app_with_views()) as client:
        answer = client.delete("/posts/7")
        assert answer.status == 405
        assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"
        assert client.head("/posts/7").status == 200
        assert client.options("/posts/7").headers["allow"] == "GET, HEAD, POST, OPTIONS"


def test_one_instance_for_all():
    """`init_every_request = False`, Flask's word for it."""
    with Client(app_with_views()) as client:
        assert [client.get("/shared/7").json()["asked"] for _ in range(3)] == [1, 2, 3]


def test_arounds_of_a_view_and_its_base():
    """The base's go outside; a guard that refuses ends it."""
    log.clear()
    with Client(app_with_views()) as client:
        assert client.get("/posts/7", headers={"x-no": "1"}).status == 403
        assert client.get("/shared/7", headers={"x-no": "1"}).status == 403
        assert log == []
        client.get("/shared/7")
        assert log == ["in", "out"]


def test_what_the_registration_says_goes_first():
    """Options of the decorator and of path() are those of routes."""
    app = App(bare=True)
    app.view("/a/{id}", name="a", around=[noted], status=202)(Posts)
    log.clear()
    with Client(app) as client:
        assert client.get("/a/1").status == 202
    assert log == ["in", "out"]
    assert app.url("a", id=1) == app.url(Posts, id=1) == "/a/1"
    assert app_with_views().url("shared", id=1) == "/shared/1"


def test_redirects():
    """To a name with the path's parameters, to a path with the query."""
    with Client(app_with_views(), follow_redirects=False) as client:
        assert client.get("/old/7?x=1").headers["location"] == "/posts/7"
        answer = client.get("/moved?a=1&a=2")
        assert (answer.status, answer.headers["location"]) == (308, "/new?a=1&a=2")


class Nothing(View):
    pass


class Upper(View):
    def GET(self):
        return "x"


class Flask(View):
    def dispatch_request(self):
        return "x"


class Needy(View):
    def __init__(self, db):
        self.db = db

    def get(self):
        return "x"


class Selfless(View):
    def get():
        return "x"


class Valued(View):
    get = 3


class Plain:
    def get(self):
        return "x"


class Django(RedirectView):
    pattern_name = "x"


@pytest.mark.parametrize(
    ("step", "code", "words"),
    [
        (lambda app: app.get("/")(Posts), "DMJ0107", '@app.view("/...")'),
        (lambda app: app.view("/")(Plain), "DMJ0127", "class Plain(View)"),
        (lambda app: app.view("/")(guard), "DMJ0127", "on a function"),
        (lambda app: app.view(Posts), "DMJ0110", "/Posts"),
        (lambda app: app.view("/", methods=["GET"]), "DMJ0112", "A route takes"),
        (lambda app: app.urls(path("/", Posts.as_view())), "DMJ0123", 'path("/...", Posts)'),
        (lambda app: app.view("/")(Nothing), "DMJ0124", "def get(self)"),
        (lambda app: app.view("/")(Upper), "DMJ0124", "def get(self)"),
        (lambda app: app.view("/")(Selfless), "DMJ0124", "def get(self)"),
        (lambda app: app.view("/")(Valued), "DMJ0124", "def get(self)"),
        (lambda app: app.view("/")(Flask), "DMJ0125", "one method for each"),
        (lambda app: app.view("/")(Django), "DMJ0125", 'to = "posts.show"'),
        (lambda app: app.view("/")(Needy), "DMJ0126", "def get(self, db: ...)"),
        (lambda app: app.urls(path("/", Posts, methods=["POST"])), "DMJ0128", "path('/', Posts)"),
    ],
)  # fmt: skip
def test_mistakes_and_habits(step, code, words):
    """Each ends in the line to write."""
    with pytest.raises(SetupError) as caught:
        step(App(bare=True))
    assert caught.value.code == code
    assert words in caught.value.fix
    assert caught.value.where


def test_query_is_no_method_of_a_view():
    """It is what generic views read their rows from."""

    class Rows(View):
        def get(self):
            return self.query()

        def query(self):
            return [1]

    blueprint = Blueprint("x")
    blueprint.view("/")(Rows)
    assert [note.methods for note in blueprint.routes if isinstance(note, RouteNote)] == [("GET",)]
