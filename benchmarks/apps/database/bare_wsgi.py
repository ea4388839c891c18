"""The limit of sync code: psycopg in the threads of the server, no framework, no ORM."""

from __future__ import annotations

from typing import Any

import jinja2
import msgspec
from psycopg_pool import ConnectionPool

from ..bare import JSON, PAGE
from ..folder import TEMPLATES
from .work import CONNECTIONS, EXTRA, URL, any_number, some_keys

_page = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True).get_template("fortunes.html")
_encode = msgspec.json.Encoder().encode
_pool = ConnectionPool(URL, min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs={"autocommit": True}, open=False)
_WORLD = "SELECT id, random_number FROM world WHERE id = %s"


def world(cursor: Any, key: int) -> dict[str, int]:
    found, number = cursor.execute(_WORLD, (key,)).fetchone()
    return {"id": found, "randomNumber": number}


def one(cursor: Any, count: int) -> bytes:
    return _encode(world(cursor, any_number()))


def several(cursor: Any, count: int) -> bytes:
    return _encode([world(cursor, key) for key in some_keys(count)])


def fortunes(cursor: Any, count: int) -> bytes:
    rows = [{"id": key, "message": message} for key, message in cursor.execute("SELECT id, message FROM fortune")]
    rows.append({"id": 0, "message": EXTRA})
    rows.sort(key=lambda row: row["message"])
    return _page.render(fortunes=rows).encode()


def updates(cursor: Any, count: int) -> bytes:
    changed = [world(cursor, key) | {"randomNumber": any_number()} for key in some_keys(count)]
    cursor.executemany("UPDATE world SET random_number = %(randomNumber)s WHERE id = %(id)s", changed)
    return _encode(changed)


_ROUTES = {"/db": one, "/queries": several, "/fortunes": fortunes, "/updates": updates}


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    if _pool.closed:
        _pool.open(wait=True)
    path = environ["PATH_INFO"]
    with _pool.connection() as connection:
        body = _ROUTES[path](connection.cursor(), int(environ["QUERY_STRING"].partition("=")[2] or 1))
    headers = PAGE if path == "/fortunes" else JSON
    start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
    return [body]
