"""What other frameworks' requests have and ours has not: whoever asks for it from habit is told what to write here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NoReturn

# What Flask, Django and Starlette call the same things.
HABITS: Final[Mapping[str, str]] = {
    "args": "request.query",
    "GET": "request.query",
    "query_params": "request.query",
    "POST": "request.form",
    "values": "request.query and request.form",
    "FILES": "request.files",
    "COOKIES": "request.cookies",
    "META": "request.headers",
    "view_args": "request.path_params",
    "get_json": "request.json()",
    "get_data": "request.body",
    "data": "request.body",
    "mimetype": "request.content_type",
    "remote_addr": "request.client",
    "is_json": "request.content_type.is_json",
    "full_path": "request.target",
    "get_host": "request.host",
    "build_absolute_uri": "request.url",
    "get_full_path": "request.target",
    "user": "request.state.user, which an around sets, as this version has no sign-in",
    "session": "a parameter of your handler: def show(session: Session), with app.use(Sessions())",
    "endpoint": "request.route.name",
    "url_rule": "request.route",
    "base_url": "request.url",
    "is_secure": 'request.scheme == "https"',
    "user_agent": 'request.headers.get("user-agent")',
    "referrer": 'request.headers.get("referer")',
    "authorization": 'request.headers.get("authorization")',
    "is_xhr": 'request.headers.get("x-requested-with")',
    "is_ajax": 'request.headers.get("x-requested-with")',
    "content_length": "len(request.body)",
    "if_none_match": 'request.headers.get("if-none-match")',
    "if_modified_since": 'request.headers.get("if-modified-since")',
    "accept_mimetypes": 'request.accepts("text/html", "application/json")',
    "get_preferred_type": 'request.accepts("text/html", "application/json")',
    "access_route": "request.client",
    "host_url": "request.scheme and request.host",
    "url_root": "request.scheme and request.host",
    "path_info": "request.path",
    "script_root": "request.root_path",
    "script_name": "request.root_path",
    "blueprint": "request.route",
    "resolver_match": "request.route",
    "url_for": "url(show, id=1)",
    "get_signed_cookie": "Signer(keys, purpose).unsign(request.cookies[name])",
    "read": "request.body",
    "auser": "a parameter of your handler: def show(user: User)",
    "auth": "a parameter of your handler: def show(user: User)",
    "environ": "request.headers, request.method, request.path and the others",
    "scope": "request.headers, request.method, request.path and the others",
    "is_disconnected": "nothing: a stream is closed where it waits when its client has gone",
    "app": "the parameter of your handler: services are asked for by type",
}


class Elsewhere:
    """An attribute that other frameworks have: whoever asks for it is told what to write here."""

    __slots__ = ("_instead", "_name")

    def __init__(self, name: str, instead: str) -> None:
        self._name = name
        self._instead = instead

    def __get__(self, request: object, kind: type) -> NoReturn:
        raise AttributeError(
            f"A Demijohn request has no {self._name!r}: write {self._instead}.", name=self._name, obj=request
        )
