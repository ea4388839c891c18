"""What `app.mount` takes: another `App`, or an app of another framework, told apart by how it is called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .foundation.errors import SetupError, Where
from .foundation.limits import Limits
from .foundation.workers import WorkerPool
from .gateways.mount_asgi import ServedASGI
from .gateways.mount_wsgi import ServedWSGI
from .kernel.hops import in_thread
from .kernel.hosts import HostPattern
from .kernel.mounts import Mount

Interface = Literal["wsgi", "asgi"]


@dataclass(frozen=True, slots=True, eq=False)
class MountNote:
    """A mount as it was written."""

    prefix: str
    app: Any
    name: str
    where: Where
    interface: Interface | None
    arounds: tuple[Callable[..., Any], ...]
    body_limit: int | None
    hosts: tuple[HostPattern, ...]


def note_of(
    prefix: str, app: Any, name: str | None, interface: Interface | None, where: Where, **options: Any
) -> MountNote:
    """Check what was written; SetupError DMJ0150 or DMJ0151."""
    if prefix == "/":
        prefix = ""
    if prefix and (not prefix.startswith("/") or prefix.endswith("/") or "{" in prefix):
        raise SetupError(
            "DMJ0151", f"mount({prefix!r}, ...): a prefix begins with a slash, ends without one, has no parameters.",
            fix=f'app.mount("/{prefix.partition("{")[0].strip("/")}", ...)', where=where,
        )  # fmt: skip
    called = name or getattr(app, "name", None) or getattr(app, "__qualname__", None) or type(app).__name__
    return MountNote(prefix, app, str(called), where, interface, **options)


def serve_foreign(note: MountNote, limits: Limits) -> tuple[Mount, Callable[[], Any]]:
    """The mount of another framework's app, and its lifespan."""
    if (note.interface or interface_of(note)) == "asgi":
        asgi = ServedASGI(note.app, note.name)
        return _mount(note, asgi), asgi.lifespan
    pool = WorkerPool()

    def life() -> Iterator[None]:
        yield
        pool.stop(timeout=30)

    return _mount(note, ServedWSGI(note.app, functools.partial(in_thread, pool), limits.spool)), life


def _mount(note: MountNote, served: Any) -> Mount:
    return Mount(
        note.prefix, note.name, note.where, note.hosts, served=served, arounds=note.arounds, body_limit=note.body_limit
    )


def interface_of(note: MountNote) -> Interface:
    """How a callable is called: `(environ, start_response)` is WSGI, `(scope, receive, send)` is ASGI."""
    app = note.app
    call = app if inspect.isroutine(app) or isinstance(app, functools.partial) else getattr(app, "__call__", None)  # noqa: B004
    if call is None or isinstance(app, type):
        raise _not_mountable(note)
    if inspect.iscoroutinefunction(call):
        return "asgi"
    try:
        parameters = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):
        raise _not_mountable(note) from None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    count = sum(1 for parameter in parameters if parameter.kind in positional and parameter.default is parameter.empty)
    if count not in (2, 3):
        raise _not_mountable(note)
    return "wsgi" if count == 2 else "asgi"


def _not_mountable(note: MountNote) -> SetupError:
    fix = 'app.mount("/old", App(...)), a WSGI callable (Flask, Django) or an ASGI callable (FastAPI, Starlette).'
    if isinstance(note.app, type):
        fix = f'app.mount("{note.prefix or "/"}", {note.name}(...))'
    return SetupError("DMJ0150", f"mount() cannot tell how {note.name} is called.", fix=fix, where=note.where)
