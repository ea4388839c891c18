"""What other frameworks' test clients call their things, and what is written for each here."""

from __future__ import annotations

from typing import Any, NoReturn

ANSWER = {
    "data": "answer.content",
    "get_data": "answer.content, or answer.text",
    "get_json": "answer.json()",
    "json_body": "answer.json()",
    "mimetype": 'answer.headers["content-type"]',
    "content_type": 'answer.headers["content-type"]',
    "location": 'answer.headers["location"]',
    "raise_for_status": "assert answer.status == 200",
    "ok": "answer.status < 400",
    "is_success": "answer.status < 400",
    "reason_phrase": "answer.status",
    "context": "answer.text: what a template was given is seen in what it made",
    "templates": "answer.text: what a template was given is seen in what it made",
    "redirect_chain": "answer.history",
}
CLIENT = {
    "session": 'a request that sets it, such as client.post("/login", data=...), or a route of the test that shows it',
    "session_transaction": 'a request that sets it, such as client.post("/login", data=...)',
    "login": 'client.post("/login", data={...}): the cookies are kept',
    "force_login": 'client.post("/login", data={...}): the cookies are kept',
    "logout": 'client.post("/logout")',
    "set_cookie": "client.cookies[name] = value",
    "credentials": 'client.headers["authorization"] = "Bearer ..."',
    "open": "client.request(method, path)",
    "websocket_connect": "client.websocket(path)",
    "test_client": "Client(app)",
}


def missing(thing: object, name: str, instead: dict[str, str]) -> NoReturn:
    """Raise the AttributeError of a name that is not there, with what to write."""
    message = f"{type(thing).__name__!r} object has no attribute {name!r}"
    if name in instead:
        message += f". Write {instead[name]}"
    raise AttributeError(message, name=name, obj=thing)


def habits(instead: dict[str, str]) -> Any:
    """A `__getattr__` for a class, asked for names alone that the class has not got."""

    def tell(self: object, name: str) -> NoReturn:
        missing(self, name, instead)

    return tell
