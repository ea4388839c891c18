"""FastAPI's "bigger applications" answers here as its own tests say; only mistakes are problem details."""

import asyncio

import pytest
from bigger.main import app

from demijohn.testing import AsyncClient, Client

SECRET = {"X-Token": "fake-super-secret-token"}
WRONG = {"X-Token": "invalid"}
ITEMS = {"plumbus": {"name": "Plumbus"}, "gun": {"name": "Portal Gun"}}

ANSWERED = [
    ("GET", "/?token=jessica", {}, {"message": "Hello Bigger Applications!"}),
    ("GET", "/users?token=jessica", {}, [{"username": "Rick"}, {"username": "Morty"}]),
    ("GET", "/users/foo?token=jessica", {}, {"username": "foo"}),
    ("GET", "/users/me?token=jessica", {}, {"username": "fakecurrentuser"}),
    ("GET", "/items?token=jessica", SECRET, ITEMS),
    ("GET", "/items/plumbus?token=jessica", SECRET, {"name": "Plumbus", "item_id": "plumbus"}),
    ("PUT", "/items/plumbus?token=jessica", SECRET, {"item_id": "plumbus", "name": "The great Plumbus"}),
    ("POST", "/admin/?token=jessica", SECRET, {"message": "Admin getting schwifty"}),
]
REFUSED = [
    ("GET", "/?token=monica", {}, 400, "No Jessica token provided"),
    ("GET", "/users?token=monica", {}, 400, "No Jessica token provided"),
    ("GET", "/users/foo?token=monica", {}, 400, "No Jessica token provided"),
    ("GET", "/users/me?token=monica", {}, 400, "No Jessica token provided"),
    ("GET", "/items?token=monica", SECRET, 400, "No Jessica token provided"),
    ("GET", "/items?token=jessica", WRONG, 400, "X-Token header invalid"),
    ("GET", "/items/plumbus?token=jessica", WRONG, 400, "X-Token header invalid"),
    ("PUT", "/items/plumbus?token=jessica", WRONG, 400, "X-Token header invalid"),
    ("POST", "/admin/?token=jessica", WRONG, 400, "X-Token header invalid"),
    ("GET", "/items/bar?token=jessica", SECRET, 404, "Item not found"),
    ("PUT", "/items/bar?token=jessica", SECRET, 403, "You can only update the item: plumbus"),
]
MISSING = [
    ("GET", "/", {}, "query.token"),
    ("GET", "/users", {}, "query.token"),
    ("GET", "/users/foo", {}, "query.token"),
    ("GET", "/users/me", {}, "query.token"),
    ("GET", "/items", SECRET, "query.token"),
    ("GET", "/items/plumbus", SECRET, "query.token"),
    ("GET", "/items?token=jessica", {}, "header.x-token"),
    ("GET", "/items/plumbus?token=jessica", {}, "header.x-token"),
    ("PUT", "/items/plumbus?token=jessica", {}, "header.x-token"),
    ("POST", "/admin/?token=jessica", {}, "header.x-token"),
]


def _ask(method, path, headers):
    return Client(app, follow_redirects=True).request(method, path, headers=headers)


@pytest.mark.parametrize(("method", "path", "headers", "answered"), ANSWERED)
def test_it_answers(method, path, headers, answered):
    """With both tokens where both are asked for; `/users` is found at `/users/`."""
    answer = _ask(method, path, headers)
    assert (answer.status, answer.json()) == (200, answered)


@pytest.mark.parametrize(("method", "path", "headers", "status", "detail"), REFUSED)
def test_it_refuses(method, path, headers, status, detail):
    """A wrong token, and what the handlers raise."""
    answer = _ask(method, path, headers)
    assert (answer.status, answer.json()["detail"]) == (status, detail)


@pytest.mark.parametrize(("method", "path", "headers", "where"), MISSING)
def test_a_missing_token_is_told(method, path, headers, where):
    """A 422 with its place."""
    answer = _ask(method, path, headers)
    assert answer.status == 422
    assert answer.json()["errors"] == [{"where": where, "message": "This value is required."}]


def test_it_answers_through_the_other_door():
    """The same through ASGI."""

    async def ask():
        async with AsyncClient(app) as client:
            return await client.get("/items/", query={"token": "jessica"}, headers=SECRET)

    assert asyncio.run(ask()).json() == ITEMS


def test_the_document():
    """The tokens are parameters of the operations that ask for them; tags are the routers' names."""
    document = _ask("GET", "/openapi.json?token=jessica", {}).json()
    paths = document["paths"]
    assert document["info"]["title"] == "Bigger"
    assert set(paths) == {"/", "/users/", "/users/me", "/users/{username}", "/items/", "/items/{item_id}", "/admin/"}
    assert paths["/users/"]["get"]["tags"] == ["users"]
    assert "custom" in paths["/items/{item_id}"]["put"]["tags"]
    assert {"403", "404", "422"} <= set(paths["/items/{item_id}"]["put"]["responses"])
    named = {(each["in"], each["name"].lower()) for each in paths["/items/{item_id}"]["get"]["parameters"]}
    assert named == {("path", "item_id"), ("query", "token"), ("header", "x-token")}
    assert {(each["in"], each["name"]) for each in paths["/users/me"]["get"]["parameters"]} == {("query", "token")}
