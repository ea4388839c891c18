"""Routes that are bound to hosts: which one answers, what its parameters get, and how links lead there."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn import App, Blueprint, Client, Path, Request, SetupError, include, path, url
from demijohn.foundation.errors import Where
from demijohn.kernel.hosts import HostPattern
from demijohn.kernel.links import LinkError

HERE = Where("app.py", 1)


def shop() -> App:
    """An app with a site, an API and a shop for each tenant."""
    app = App(bare=True)
    api = Blueprint("api", host="api.example.com")
    tenants = Blueprint("tenants", host=["{tenant}.example.com", "{tenant}.localhost"])

    @app.get("/")
    def home() -> str:
        return "home"

    @app.get("/everywhere")
    def everywhere(request: Request) -> str:
        return str(request.path_params)

    @api.get("/")
    def root() -> str:
        return "api"

    @api.get("/posts/{id}")
    async def post(id: int) -> str:
        return f"post {id}"

    @tenants.get("/")
    def front(tenant: str) -> str:
        return f"front of {tenant}"

    @tenants.get("/posts/{id}")
    def shown(tenant: Annotated[str, Path(max_length=6)], id: int, request: Request) -> dict:
        return {"tenant": tenant, "id": id, "params": request.path_params, "front": url(front), "home": url(home)}

    @tenants.get("/links")
    def links() -> list[str]:
        return [url(front), url(front, tenant="other"), url(root), url("api.post", id=3), url(home)]

    app.include(api)
    app.include(tenants)
    return app


def ask(app: App, address: str, method: str = "GET"):
    host, _, rest = address.partition("/")
    with Client(app, base_url=f"http://{host}", follow_redirects=False) as client:
        return client.request(method, f"/{rest}")


@pytest.mark.parametrize(
    ("address", "status", "body"),
    [
        ("example.com/", 200, "home"),
        ("api.example.com/", 200, "api"),
        ("API.Example.com./", 200, "api"),
        ("api.example.com:8443/", 200, "api"),
        ("acme.example.com/", 200, "front of acme"),
        ("acme.localhost:8000/", 200, "front of acme"),
        ("a.b.example.com/", 200, "home"),
        ("api.example.com/everywhere", 200, "{}"),
        ("api.example.com/posts/7", 200, "post 7"),
        ("api.example.com/posts/x", 404, None),
        ("acme.example.com/posts/x", 404, None),
        ("verylong.example.com/posts/1", 404, None),
        ("acme.example.com/nowhere", 404, None),
        ("example.com/nowhere", 404, None),
        ("example.com/posts/7", 421, None),
    ],
)
def test_the_host_that_fits_best_answers(address, status, body):
    """Then hosts that fit less well, then what is on every host; a page of another host is 421 on a stranger."""
    answer = ask(shop(), address)
    assert answer.status == status, answer.text
    if body is not None:
        assert answer.text == body


def test_a_host_fills_parameters():
    """By their names and types, in `path_params` as well, before those of the path."""
    answer = ask(shop(), "acme.example.com:8000/posts/7")
    assert answer.json() == {
        "tenant": "acme", "id": 7, "params": {"tenant": "acme", "id": "7"}, "front": "/", "home": "/",
    }  # fmt: skip


def test_links_lead_to_hosts():
    """Relative on the same host, absolute elsewhere, with the port; the host's parameters come of the request."""
    assert ask(shop(), "acme.localhost:8000/links").json() == [
        "/", "http://other.localhost:8000/", "http://api.example.com:8000/", "http://api.example.com:8000/posts/3", "/",
    ]  # fmt: skip
    assert ask(shop(), "acme.example.com/links").json()[:2] == ["/", "http://other.example.com/"]
    app = shop()
    assert app.url("tenants.front", tenant="acme") == "https://acme.example.com/"
    with pytest.raises(LinkError, match=r"needs tenant: its path is \{tenant\}\.example\.com/"):
        app.url("tenants.front")
    with pytest.raises(ValueError, match="does not fit"):
        app.url("tenants.front", tenant="evil.com/")


def test_methods_are_those_of_the_host():
    """405 names what this host answers, OPTIONS too; HEAD is derived, and slashes are redirected on their host."""
    app = App()
    app.get("/")(lambda: "any")
    app.post("/", host="api.example.com")(lambda: "posted")
    app.get("/only/", host="api.example.com", name="only")(lambda: "only")
    assert ask(app, "api.example.com/").headers["allow"] == "POST, OPTIONS"
    assert ask(app, "localhost/", "HEAD").status == 200
    assert ask(app, "api.example.com/only/", "HEAD").headers["content-length"] == "4"
    assert ask(app, "api.example.com/only").headers["location"] == "/only/"
    assert ask(app, "localhost/only").status == 404


def test_an_app_answers_to_its_own_hosts():
    """A host that routes are bound to needs no place in the list of Security; any other host does."""
    app = App(debug=True)
    app.get("/", host="{tenant}.example.com")(lambda tenant: tenant)
    assert ask(app, "acme.example.com/").text == "acme"
    assert ask(app, "acme.evil.com/").status == 400


def test_the_nearest_host_counts():
    """A route's own before its blueprint's, the inclusion's before the blueprint's own, the inner before the outer."""
    outer, inner = Blueprint("outer", host="outer.example.com"), Blueprint("inner")
    inner.get("/a")(lambda: "a")
    inner.get("/b", host="b.example.com", name="b")(lambda: "b")
    outer.include(inner)
    app = App(bare=True)
    app.include(outer)
    assert [str(route) for route in app.seal().routes] == ["GET outer.example.com/a", "GET b.example.com/b"]
    app = App(bare=True)
    app.include(outer, host="other.example.com")
    app.urls(path("/again", include(inner), host="table.example.com"))
    assert [route.address for route in app.seal().routes] == [
        "other.example.com/a", "b.example.com/b", "table.example.com/again/a", "b.example.com/again/b",
    ]  # fmt: skip


def test_two_routes_of_one_address():
    """Cannot both run, on one host; on two hosts they can."""
    app = App(bare=True)
    app.get("/{a}", host="{x}.example.com", name="one")(lambda x, a: "1")
    app.get("/{b}", host="{y}.example.com", name="two")(lambda y, b: "2")
    app.get("/{b}", host="{y}.example.org", name="three")(lambda y, b: "3")
    with pytest.raises(SetupError, match="DMJ0206"):
        app.seal()


@pytest.mark.parametrize(
    ("host", "fix"),
    [
        ("https://api.example.com/v1", 'host="api.example.com"'),
        ("api.example.com:8000", 'host="api.example.com"'),
        ("*.example.com", 'host="{subdomain}.example.com"'),
        (".example.com", 'host="{subdomain}.example.com"'),
        ("<tenant>.example.com", 'host="{tenant}.example.com"'),
        ("bücher.example", 'host="xn--bcher-kva.example"'),
        ("{tenant}", "a list of such hosts"),
        ("a.{tenant}", "a list of such hosts"),
        ("{a}.{a}.example.com", "a list of such hosts"),
        ("{a:path}.example.com", "a list of such hosts"),
        ("a b", "a list of such hosts"),
        (7, "a list of such hosts"),
        ([7], "a list of such hosts"),
        (["{a}.x.com", "{b}.x.com"], "same parameters"),
    ],
)
def test_what_is_no_host(host, fix):
    """Each ends in the line to write, wherever it is said."""
    steps = (
        lambda: App().get("/", host=host),
        lambda: App().websocket("/", host=host),
        lambda: Blueprint("a", host=host),
        lambda: App().include(Blueprint("a"), host=host),
    )
    for step in steps:
        with pytest.raises(SetupError) as caught:
            step()
        assert caught.value.code == "DMJ0212"
        assert fix in caught.value.fix


def test_one_name_in_host_and_path():
    """Is a mistake: one value would hide the other."""
    app = App(bare=True)
    app.get("/{id}", host="{id}.example.com")(lambda request: "x")
    with pytest.raises(SetupError, match="DMJ0204"):
        app.seal()


labels = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,8}[a-z0-9_])?", fullmatch=True)


@given(st.lists(labels, min_size=1, max_size=3), st.sampled_from(["example.com", "shop-x.example.com", "localhost"]))
def test_what_is_built_matches(values, domain):
    """A host that is built from values gives the same values back."""
    names = ["a", "b", "c"][: len(values)]
    pattern = HostPattern.parse(".".join(f"{{{name}}}" for name in names) + "." + domain, HERE)
    host = pattern.build(dict(zip(names, values, strict=True)))
    assert pattern.match(host) == tuple(values)


@given(labels, labels)
def test_labels_that_share_one(first, second):
    """Are told apart, or refused."""
    pattern = HostPattern.parse("{a}-{b}.example.com", HERE)
    try:
        host = pattern.build({"a": first, "b": second})
    except ValueError:
        assert "-" in first + second
        return
    assert pattern.match(host) == (first, second)


@given(st.text(max_size=20))
def test_no_value_leaves_its_label(value):
    """What is no label is refused, so that no value makes another host."""
    pattern = HostPattern.parse("{a}.example.com", HERE)
    try:
        host = pattern.build({"a": value})
    except ValueError:
        return
    assert host.count(".") == 2
    assert pattern.match(host) == (value.lower(),)


def test_the_known_hosts_are_bounded():
    """Clients choose hosts: what is remembered of them does not grow without end."""
    kernel = shop().seal()
    for number in range(1500):
        assert kernel.explain("GET", "/", f"t{number}.example.com")[0] is not None
    assert len(kernel._addresses._known) <= 1000
