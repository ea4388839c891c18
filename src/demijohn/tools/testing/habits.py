"""What other frameworks' test clients call their things, and what is written for each here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

__tracebackhide__ = True  # pytest shows the line of the test, not ours

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
    "test_cli_runner": 'client.run("purge", "--days", "7")',
    "call_command": 'client.run("purge", "--days", "7")',
    "invoke": 'client.run("purge", "--days", "7")',
    "login": 'client.post("/login", data={...}): the cookies are kept',
    "force_login": 'client.post("/login", data={...}): the cookies are kept',
    "logout": 'client.post("/logout")',
    "set_cookie": "client.cookies[name] = value",
    "credentials": 'client.headers["authorization"] = "Bearer ..."',
    "open": "client.request(method, path)",
    "websocket_connect": "client.websocket(path)",
    "stream": "client.get(path), whose answer.text is the whole stream; client.events(path) reads event by event",
    "test_client": "Client(app)",
}

SOCKET = {
    "accept": "nothing: it is accepted when the with block begins",
    "send_text": "socket.send(text)",
    "send_bytes": "socket.send(data)",
    "receive_text": "socket.receive()",
    "receive_bytes": "socket.receive()",
    "recv": "socket.receive()",
}
REQUEST = {
    "params": "query={...}",
    "query_string": "query={...}",
    "body": "content=...",
    "form": "data={...}",
    "content_type": 'headers={"content-type": ...}',
    "allow_redirects": "follow_redirects=...",
    "auth": 'headers={"authorization": ...}',
    "cookies": "client.cookies[name] = value, before",
    "environ_base": "headers={...}",
}


def refuse_words(given: Iterable[str]) -> None:
    """Raise the TypeError of what a request of a test is not given, with what to write."""
    for name in given:
        written = f". Write {REQUEST[name]}" if name in REQUEST else ""
        raise TypeError(f"A request of a test takes no {name}={written}")


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
