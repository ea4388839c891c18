"""The first pages of FastAPI's tutorial answer as its readers expect."""

import fastapi_steps
import pytest

from demijohn.testing import Client

UUID = "8f0ab0ea-6ab1-4a1f-9b39-9a9a1c1f8a51"


@pytest.fixture
def client():
    fastapi_steps.closed.clear()
    return Client(fastapi_steps.app)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", {"message": "Hello World"}),
        ("/items/3", {"item_id": 3}),
        ("/users/me", {"user_id": "the current user"}),
        ("/users/rick", {"user_id": "rick"}),
        ("/models/alexnet", {"model_name": "alexnet", "message": "Deep Learning FTW!"}),
        ("/models/lenet", {"model_name": "lenet", "message": "Have some residuals"}),
        ("/files/home/johndoe/myfile.txt", {"file_path": "home/johndoe/myfile.txt"}),
        ("/items/?skip=1&limit=1", [{"item_name": "Bar"}]),
        ("/users/7/items/foo?needy=so&short=yes", {"item_id": "foo", "owner_id": 7, "needy": "so"}),
        (
            "/users/7/items/foo?needy=so&q=x",
            {"item_id": "foo", "owner_id": 7, "needy": "so", "q": "x", "description": "a long description"},
        ),
        ("/search/", {"q": None, "tag": ["foo", "bar"], "item-query": None}),
        (
            "/search/?q=fixedquery&tag=a&tag=b&item-query=c",
            {"q": "fixedquery", "tag": ["a", "b"], "item-query": "c"},
        ),
        ("/old-style/?size=1.5", {"q": "fixed", "size": 1.5}),
        ("/bounded/1000?q=x", {"item_id": 1000, "q": "x"}),
        ("/order/?by=updated_at&ids=1&ids=2", {"by": "updated_at", "ids": [1, 2]}),
        ("/order/", {"by": "created_at", "ids": []}),
        ("/cookie/", {"ads_id": None}),
    ],
)
def test_parameters(client, path, body):
    """Path and query parameters, converted, bounded and with their defaults."""
    answer = client.get(path)
    assert (answer.status, answer.json()) == (200, body)


@pytest.mark.parametrize(
    ("path", "where", "message"),
    [
        ("/items/?skip=foo", ["query.skip"], ["Expected a whole number."]),
        ("/users/7/items/foo", ["query.needy"], ["This value is required."]),
        ("/search/?q=no", ["query.q"], None),
        ("/old-style/?q=too+long&size=11", ["query.q", "query.size"], None),
        ("/order/?by=name&ids=1&ids=x", ["query.by", "query.ids"], None),
    ],
)
def test_all_that_is_wrong_is_told(client, path, where, message):
    """422 with every mistake, each with its place."""
    answer = client.get(path)
    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"
    errors = answer.json()["errors"]
    assert [error["where"] for error in errors] == where
    if message is not None:
        assert [error["message"] for error in errors] == message


@pytest.mark.parametrize("path", ["/items/foo", "/items/4.2", "/models/vgg", "/bounded/0", "/bounded/1001"])
def test_a_path_that_does_not_convert_is_not_found(client, path):
    """404, where FastAPI answers 422: an address with no such thing behind it is no mistake of a form."""
    assert client.get(path).status == 404


def test_request_body(client):
    """A Pydantic model is taken as it is; its mistakes come together."""
    made = client.post("/items/", json={"name": "Foo", "price": 50.5, "tax": 1.5})
    assert made.json() == {"name": "Foo", "description": None, "price": 50.5, "tax": 1.5, "price_with_tax": 52.0}
    wrong = client.post("/items/", json={"price": "much"})
    assert wrong.status == 422
    assert [error["where"] for error in wrong.json()["errors"]] == ["body.name", "body.price"]


def test_nested_bodies(client):
    """A Schema in a Schema, lists and mappings, beside path and query."""
    product = {"name": "Foo", "price": 1.5, "tags": ["rock"], "image": {"url": "http://x.org/a.png", "name": "A"}}
    answer = client.put("/products/3?q=x", json=product)
    assert answer.json() == {"product_id": 3, "product": {**product, "images": []}, "q": "x"}
    bad = {"name": 1, "price": 0, "images": [{"url": "ftp://x", "name": "B"}, {"name": "C"}]}
    wrong = client.put("/products/3", json=bad)
    assert [error["where"] for error in wrong.json()["errors"]] == [
        "body.name", "body.price", "body.images.0.url", "body.images.1.url",
    ]  # fmt: skip
    assert client.post("/images/", json=[{"url": "https://x", "name": "A"}]).json() == ["A"]
    assert client.post("/weights/", json={"2": 2.2}).json() == {"2": 2.2}
    assert client.put("/importance/1", json=3).json() == {"item_id": 1, "importance": 3}
    assert client.put("/importance/1", json=0).status == 422


def test_extra_data_types(client):
    """UUIDs and times, in the path and in a body."""
    answer = client.put(f"/periods/{UUID}", json={"start": "2026-01-01T10:00:00Z", "end": "2026-01-01T12:30:00Z"})
    assert answer.json() == {"period_id": UUID, "hours": 2.5}
    assert client.put("/periods/1", json={}).status == 404


def test_cookies_and_headers(client):
    """Underscores of a header's parameter are hyphens on the wire; a list takes all of one name."""
    assert client.get("/cookie/", cookies={"ads_id": "7"}).json() == {"ads_id": "7"}
    sent = [("user-agent", "me"), ("x-token", "a"), ("x-token", "b")]
    answer = client.get("/headers/", headers=sent).json()
    assert answer["User-Agent"] == "me"
    assert ",".join(answer["X-Token values"]).replace(" ", "") == "a,b"  # WSGI joins fields of one name
    assert client.get("/headers/").json()["X-Token values"] is None


def test_response_shape_and_status(client):
    """The annotation of the answer shapes it; `status=` is the status of an answer that says none."""
    user = {"username": "ann", "email": "ann@example.org", "password": "secret"}
    made = client.post("/user/", json=user)
    assert (made.status, made.json()) == (201, {"username": "ann", "email": "ann@example.org"})
    assert client.get("/user/all").json() == [{"username": "ann", "email": "ann@example.org"}]
    assert client.get("/portal").json() == {"message": "Here's your interdimensional portal."}
    assert client.get("/portal?teleport=true").headers["location"].startswith("https://www.youtube.com/")
    gone = client.delete("/items/99")
    assert (gone.status, gone.content) == (204, b"")


def test_forms_and_files(client):
    """Fields of a form one by one or as a Schema; one file, several, and one that may be missing."""
    assert client.post("/login/", data={"username": "ann", "password": "secret"}).json() == {"username": "ann"}
    wrong = client.post("/login/", data={"password": "x"})
    assert wrong.status == 422
    assert [error["where"] for error in wrong.json()["errors"]] == ["form.username", "form.password"]
    assert client.post("/login/model", data={"username": "ann", "password": "x"}).json() == {"username": "ann"}
    assert client.post("/login/model", json={"username": "ann", "password": "x"}).json() == {"username": "ann"}
    one = client.post("/uploadfile/", files={"file": ("a.txt", b"abc")})
    assert one.json() == {"filename": "a.txt", "size": 3}
    several = client.post("/uploadfiles/", data={"token": "t"}, files={"files": [("a", b"1"), ("b", b"2")]})
    assert several.json() == {"filenames": ["a", "b"], "token": "t"}
    assert client.post("/maybefile/", files={"file": ("a", b"")}).json() == {"message": "a"}
    assert client.post("/maybefile/", data={"other": "1"}).json() == {"message": "No upload file sent"}


def test_handling_errors(client):
    """An HTTPError with its headers, and a handler for an exception of one's own."""
    missing = client.get("/items-header/bar")
    assert (missing.status, missing.headers["x-error"]) == (404, "There goes my error")
    assert missing.json()["detail"] == "Item not found"
    assert client.get("/items-header/foo").json() == {"item": "The Foo Wrestlers"}
    oops = client.get("/unicorns/yolo")
    assert (oops.status, oops.json()["message"][:10]) == (418, "Oops! yolo")


def test_dependencies(client):
    """Functions and classes as dependencies, in both spellings, and dependencies of dependencies."""
    expected = {"q": "x", "skip": 2, "limit": 100}
    assert client.get("/commons/a?q=x&skip=2").json() == expected
    assert client.get("/commons/b?q=x&skip=2").json() == expected
    assert client.get("/commons/a?skip=x").status == 422
    assert client.get("/commons/class?limit=5").json() == {"skip": 0, "limit": 5}
    assert client.get("/sub?q=x").json() == {"q_or_cookie": "x"}
    assert client.get("/sub", cookies={"last_query": "y"}).json() == {"q_or_cookie": "y"}


def test_dependencies_in_decorators(client):
    """They run for their effect, in order, and before the handler."""
    right = {"x-token": "fake-super-secret-token", "x-key": "fake-super-secret-key"}
    assert client.get("/guarded/", headers=right).json() == [{"item": "Foo"}, {"item": "Bar"}]
    wrong = client.get("/guarded/", headers={**right, "x-key": "no"})
    assert (wrong.status, wrong.json()["detail"]) == (400, "X-Key header invalid")
    assert client.get("/guarded/").status == 422


def test_dependencies_with_yield(client):
    """They are closed when the answer is made, and see what went wrong."""
    assert client.get("/db/key").json() == {"db": ["open"], "closed": []}
    assert fastapi_steps.closed == ["closed"]
    assert client.get("/db/missing").status == 404
    assert fastapi_steps.closed == ["closed", "closed"]
    assert Client(fastapi_steps.app, raise_errors=False).get("/db/broken").status == 500
    assert fastapi_steps.closed == ["closed", "closed", "rolled back", "closed"]
