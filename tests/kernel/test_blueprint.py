"""Blueprints and routes: habits of others, prefixes, names, tables, options."""
# ruff: noqa: E501 - the cases read as a table

import importlib
import types

import pytest

from demijohn import App, Blueprint, Client, SetupError, include, path


def handler():
    return "x"


def other():
    return "y"


def str_of(id: str) -> str:
    return id


def refused(step) -> SetupError:
    with pytest.raises(SetupError) as caught:
        step()
    return caught.value


@pytest.mark.parametrize(
    ("step", "code", "fix"),
    [
        (lambda app: app.get("/", response_model=int), "DMJ0112", "Annotate what is sent: -> PostOut, or, for type checkers, -> Annotated[Post, PostOut]"),
        (lambda app: app.post("/", status_code=201), "DMJ0112", "status=201"),
        (lambda app: app.get("/", endpoint="x"), "DMJ0112", 'name="show"'),
        (lambda app: app.get("/", dependencies=[]), "DMJ0112", "around=[Depends(check)]"),
        (lambda app: app.route("/", methods="POST"), "DMJ0106", "methods=['POST']"),
        (lambda app: app.route("/", methods=["BREW"]), "DMJ0106", None),
        (lambda app: app.get("/")(3), "DMJ0107", "Decorate a function."),
        (lambda app: app.urls(handler), "DMJ0108", 'app.urls(path("/", home), path("/blog", include(blog)))'),
        (lambda app: app.include(handler), "DMJ0109", None),
        (lambda app: app.include(Blueprint("x"), prefix="x"), "DMJ0201", 'Write "/x".'),
        (lambda app: app.urls(path("/", handler, methods="POST")), "DMJ0106", "methods=['POST']"),
        (lambda app: app.urls(path("/", handler, methods=["BREW"])), "DMJ0106", None),
        (lambda app: app.urls(path("/", handler, status_code=201)), "DMJ0112", "status=201"),
        (lambda app: Blueprint("posts", __name__), "DMJ0111", 'posts = Blueprint("posts")'),
        (lambda app: Blueprint("posts", url_prefix="/p"), "DMJ0111", 'posts = Blueprint("posts", prefix="/p")'),
        (lambda app: Blueprint("posts", prefix="p"), "DMJ0201", 'Write "/p".'),
        (lambda app: (app.on_error("404")(handler), app.get("/")(handler), app.seal()), "DMJ0120", "@app.on_error(404) or @app.on_error(NotFound)"),
        (lambda app: (app.get("/a")(handler), app.get("/a")(other), app.seal()), "DMJ0206", None),
        (lambda app: (app.get("/{a}")(lambda a: a), app.get("/{b}", name="b")(lambda b: b), app.seal()), "DMJ0206", None),
        (lambda app: (app.get("/a", name="x")(handler), app.get("/b", name="x")(other), app.seal()), "DMJ0207", None),
    ],
)  # fmt: skip
def test_mistakes_and_habits(step, code, fix):
    """What Flask, FastAPI and Django users type is answered with the right line."""
    error = refused(lambda: step(App(bare=True)))
    assert error.code == code
    if fix is not None:
        assert error.fix == fix
    assert error.where
    assert __file__ in {place.file for place in error.where}


def test_prefixes_names_and_nesting():
    """A blueprint may be included twice and inside another: paths and names follow."""
    inner, outer, app = Blueprint("inner"), Blueprint("outer"), App(bare=True)
    inner.get("/{id}", name="show")(str_of)
    inner.get("/")(handler)
    outer.include(inner, prefix="/in")
    app.include(outer, prefix="/out/")
    app.include(inner)
    client = Client(app)
    assert client.get("/out/in/5").text == "5"
    assert client.get("/out/in/").text == "x"
    assert client.get("/7").text == "7"
    assert app.url("outer.inner.show", id=1) == "/out/in/1"
    assert app.url("inner.show", id=1) == "/1"


def test_a_central_table():
    """`path` and `include` as in Django, with names and options."""
    blog, app = Blueprint("blog"), App(bare=True)
    blog.urls(path("/{id}", str_of, name="show"))
    app.urls(
        path("/", handler, name="home"),
        path("/made", other, methods=["post"], status=201),
        path("/blog", include(blog)),
    )
    client = Client(app)
    assert client.get("/").text == "x"
    assert client.post("/made").status == 201
    assert client.get("/blog/3").text == "3"
    assert app.url("blog.show", id=3) == "/blog/3"


def test_handlers_stay_functions():
    """A decorated function is returned as it was."""
    app = App(bare=True)
    assert app.get("/")(handler) is handler
    assert app.around(handler) is handler
    assert app.on_error(404)(handler) is handler
    assert app.provide(handler) is handler


def test_flask_fingers():
    """`before_request`, `after_request` and `teardown_request` are thin arounds, sync and async."""
    app, log = App(bare=True), []

    @app.before_request
    def before(request):
        log.append("before")
        return "stopped" if "stop" in request.query else None

    @app.after_request
    def after(response):
        log.append("after")
        response.headers["x-after"] = "1"

    @app.after_request
    async def after_async(response):
        log.append("after async")
        response.headers["x-after-async"] = "1"
        return response

    @app.teardown_request
    def teardown(error):
        log.append(f"teardown {type(error).__name__}")

    @app.teardown_request
    async def teardown_async(error):
        log.append(f"teardown async {type(error).__name__}")

    @app.get("/")
    def home():
        return "home"

    @app.get("/broken")
    def broken():
        raise LookupError

    client = Client(app, raise_errors=False)
    answer = client.get("/")
    assert answer.headers["x-after"] == answer.headers["x-after-async"] == "1"
    assert log == ["before", "teardown async NoneType", "teardown NoneType", "after async", "after"]
    log.clear()
    assert client.get("/broken").status == 500
    assert log == ["before", "teardown async LookupError", "teardown LookupError"]
    assert client.get("/?stop=1").text == "stopped"


def test_a_blueprint_in_itself():
    """A circle of blueprints is a mistake that is told, not an endless walk."""
    a, b = Blueprint("a"), Blueprint("b")
    a.include(b, prefix="/b")
    assert refused(lambda: b.include(a, prefix="/a")).what == "b and a would include each other in a circle."
    assert "circle" in refused(lambda: a.include(a)).what


def test_an_app_is_not_a_blueprint_to_include():
    """An app has batteries and doors of its own: including it would lose them silently."""
    error = refused(lambda: App(bare=True).include(App(bare=True)))
    assert error.code == "DMJ0109"


def test_a_module_that_takes_the_place_of_its_blueprint_is_refused(tmp_path, monkeypatch):
    """Python sets a package's submodule as its attribute: whoever imports the blueprint then would get the module."""
    package = tmp_path / "clashing_shop"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from demijohn import Blueprint\nauth = Blueprint('auth', modules=['.auth'])\n"
    )
    (package / "auth.py").write_text("from . import auth as app\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    shop = importlib.import_module("clashing_shop")
    error = refused(lambda: App(bare=True).include(shop.auth))
    assert error.code == "DMJ0134"
    assert error.what.startswith("The blueprint auth and the module clashing_shop.auth have one name")
    assert isinstance(shop.auth, Blueprint)


def test_a_module_that_holds_a_blueprint_is_not_it():
    """As Flask's tutorial has it: `app.register_blueprint(auth.bp)`."""
    module = types.ModuleType("shop.auth")
    module.bp = Blueprint("auth")
    error = refused(lambda: App(bare=True).include(module))
    assert error.what == "include() takes a Blueprint, and shop.auth is a module."
    assert error.fix == "app.include(auth.bp)"


def test_several_are_included_at_once():
    """One after the other, as `use` takes batteries; what is no blueprint is told."""
    app, one, two = App(bare=True), Blueprint("one"), Blueprint("two")
    one.get("/one")(lambda: "1")
    two.get("/two")(lambda: "2")
    app.include(one, two, prefix="/both")
    assert [Client(app).get(path).text for path in ("/both/one", "/both/two")] == ["1", "2"]
    with pytest.raises(SetupError, match="takes a Blueprint, not str"):
        App(bare=True).include(Blueprint("three"), "/three")
