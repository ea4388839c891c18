"""The limit of async code: asyncpg on the loop of the server, no framework, no ORM, and no reset of its connections."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import jinja2
import msgspec

from ..bare import JSON, PAGE
from ..folder import TEMPLATES
from .work import CONNECTIONS, EXTRA, URL, any_number, some_keys

_page = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True).get_template("fortunes.html")
_encode = msgspec.json.Encoder().encode
_WORLD = "SELECT id, random_number FROM world WHERE id = $1"


async def world(connection: Any, key: int) -> dict[str, int]:
    found, number = await connection.fetchrow(_WORLD, key)
    return {"id": found, "randomNumber": number}


async def one(connection: Any, count: int) -> bytes:
    return _encode(await world(connection, any_number()))


async def several(connection: Any, count: int) -> bytes:
    return _encode([await world(connection, key) for key in some_keys(count)])


async def fortunes(connection: Any, count: int) -> bytes:
    rows = [{"id": key, "message": text} for key, text in await connection.fetch("SELECT id, message FROM fortune")]
    rows.append({"id": 0, "message": EXTRA})
    rows.sort(key=lambda row: row["message"])
    return _page.render(fortunes=rows).encode()


async def updates(connection: Any, count: int) -> bytes:
    changed = [await world(connection, key) | {"randomNumber": any_number()} for key in some_keys(count)]
    values = [(row["id"], row["randomNumber"]) for row in changed]
    await connection.executemany("UPDATE world SET random_number = $2 WHERE id = $1", values)
    return _encode(changed)


async def _keep(connection: Any) -> None:
    """Resetting a connection that has nothing to reset costs a query each time."""


class App:
    routes = {"/db": one, "/queries": several, "/fortunes": fortunes, "/updates": updates}
    pool: Any = None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        async def open_pool() -> None:
            self.pool = await asyncpg.create_pool(URL, min_size=CONNECTIONS, max_size=CONNECTIONS, reset=_keep)

        loop.run_until_complete(open_pool())

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        async with self.pool.acquire() as connection:
            body = await self.routes[scope.path](connection, int(scope.query_string.partition("=")[2] or 1))
        protocol.response_bytes(200, PAGE if scope.path == "/fortunes" else JSON, body)


app = App()
