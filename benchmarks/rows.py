"""The rows of the tables: one app on one server each, and what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field

GRANIAN = "granian --http 1 --no-ws --workers 1 --host 127.0.0.1 --port {port} --log-level error --interface "
SERVERS = {
    "granian WSGI": GRANIAN + "wsgi --blocking-threads 4 {target}",
    "granian RSGI": GRANIAN + "rsgi {target}",
    "granian ASGI": GRANIAN + "asgi {target}",
    "uvicorn": "uvicorn --host 127.0.0.1 --port {port} --loop uvloop --http httptools --no-access-log"
    " --log-level error --workers 1 {target}",
    "its own": "python -m {target} {port}",
}
ASYNC = ("granian RSGI", "granian ASGI", "uvicorn", "its own")

# The workloads that a share of the bare callable's speed is promised for.
_PROMISED = {"plaintext": 0.90, "json": 0.90, "parameters": 0.88, "order": 0.88}
_HOPPING = dict.fromkeys(_PROMISED, 0.70)


@dataclass(frozen=True)
class Row:
    """One app on one server; `base` is the bare callable that it is divided by, `goals` the shares to reach."""

    name: str
    server: str
    module: str
    base: str = ""
    goals: dict[str, float] = field(default_factory=dict)
    attribute: str = "app"
    options: str = ""

    @property
    def target(self) -> str:
        """What the server is told to serve."""
        module = f"benchmarks.apps.{self.module}"
        return module if self.server == "its own" else f"{module}:{self.attribute}"

    @property
    def kind(self) -> str:
        """`bare`, `demijohn` or `peer`."""
        return {"bare": "bare", "Demijohn": "demijohn"}.get(self.name.split()[0].rstrip(","), "peer")

    @property
    def is_async(self) -> bool:
        """Whether the server has an event loop, on which a handler must not block."""
        return self.server in ASYNC


WSGI, RSGI, ASGI, UVICORN = "bare WSGI", "bare RSGI", "bare ASGI", "bare ASGI, uvicorn"
ROWS = [
    Row(WSGI, "granian WSGI", "bare_wsgi"),
    Row("Demijohn, def on WSGI", "granian WSGI", "demijohn_def", WSGI, _PROMISED, "wsgi"),
    Row("Falcon", "granian WSGI", "falcon", WSGI),
    Row("Bottle", "granian WSGI", "bottle", WSGI),
    Row("Flask", "granian WSGI", "flask", WSGI),
    Row("Django", "granian WSGI", "django", WSGI),
    Row(RSGI, "granian RSGI", "bare_rsgi"),
    Row("Demijohn, async def on RSGI", "granian RSGI", "demijohn_async", RSGI, _PROMISED, "rsgi"),
    Row("Demijohn, def on RSGI", "granian RSGI", "demijohn_def", RSGI, _HOPPING, "rsgi"),
    Row("Emmett55", "granian RSGI", "emmett55", RSGI),
    Row(ASGI, "granian ASGI", "bare_asgi"),
    Row("Demijohn, async def on ASGI", "granian ASGI", "demijohn_async", ASGI, attribute="asgi"),
    Row("BlackSheep", "granian ASGI", "blacksheep", ASGI),
    Row("Falcon (async)", "granian ASGI", "falcon_async", ASGI),
    Row("Starlette", "granian ASGI", "starlette", ASGI),
    Row("Litestar", "granian ASGI", "litestar", ASGI),
    Row("FastAPI", "granian ASGI", "fastapi", ASGI),
    Row("Sanic", "its own", "sanic", ASGI),
    Row(UVICORN, "uvicorn", "bare_asgi"),
    Row("Demijohn, async def on uvicorn", "uvicorn", "demijohn_async", UVICORN, attribute="asgi"),
]


def choose(words: list[str]) -> list[Row]:
    """The rows whose name or server contains one of the words, with what they are divided by; all if there are none."""
    if not words:
        return ROWS
    chosen = [row for row in ROWS if any(word in f"{row.name} {row.server}".lower() for word in words)]
    names = {row.name for row in chosen} | {row.base for row in chosen}
    return [row for row in ROWS if row.name in names]
