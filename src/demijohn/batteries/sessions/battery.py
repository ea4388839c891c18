"""The `Sessions` battery: one provider, one finisher, and what templates see."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Literal

from ...foundation.errors import SetupError
from ...foundation.http.cookies import format_cookie
from ...foundation.http.request import Request
from ...foundation.lazy import need
from ...foundation.signing import NEW_KEY_COMMAND
from ...kernel.battery import Battery, Setup
from ...kernel.finishing import Finisher
from ...kernel.services import Binding
from ..templates import ContextValue
from .keeper import Keeper
from .session import Session
from .store import SessionStore

HOUR = 3600
DAY = 24 * HOUR
_PLACES = "cookie, memory, file, file:FOLDER, database, redis://HOST"


@dataclass(frozen=True)
class Sessions(Battery):
    """What a site remembers of its visitors: `app.use(Sessions())`, and `session: Session` in a handler.

    `store` is where: `cookie`, `memory`, `file` or `file:FOLDER`, `database`, `redis://HOST`, or a `SessionStore`.
    A session ends `lifetime` seconds after it began, and `idle` seconds after it was last used. `encrypt` hides what
    is in a cookie from the visitor, who can change it neither way. `cookie` is its name, in production behind
    `__Host-`; `same_site` what other sites' links and forms bring along.
    """

    name = "sessions"

    store: str | SessionStore = field(default="cookie", repr=False)
    lifetime: int = 14 * DAY
    idle: int = 12 * HOUR
    encrypt: bool = True
    cookie: str = "session"
    same_site: Literal["lax", "strict", "none"] = "lax"

    def install(self, setup: Setup) -> None:
        """Provide `Session`, and offer templates `session` and `messages`."""
        self._check(setup)
        keeper = Keeper(self._store(setup), self.cookie, self.lifetime, self.idle, self.same_site, setup.debug, _now)
        _provide(setup, keeper)
        setup.offer(Finisher(keeper.change, asked=Session))
        setup.offer(ContextValue("session", keeper.session_of))
        setup.offer(ContextValue("messages", lambda request: keeper.session_of(request).messages))

    def _check(self, setup: Setup) -> None:
        wrong = fix = ""
        for name in ("lifetime", "idle"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
                wrong = f"{name}={value!r}"
                right = int(value.total_seconds()) if isinstance(value, timedelta) else getattr(Sessions, name)
                fix = f"Whole seconds, more than none: Sessions({name}={right})."
        if self.same_site not in ("lax", "strict", "none"):
            wrong, fix = f"same_site={self.same_site!r}", 'Sessions(same_site="lax"), "strict" or "none".'
        try:
            format_cookie(self.cookie, "")
        except ValueError as error:
            wrong, fix = f"cookie={self.cookie!r}", f"{error} The prefix __Host- comes by itself."
        if wrong:
            raise SetupError("DMJ0571", f"Sessions({wrong}) is not possible.", fix=fix, where=setup.where)

    # Where sessions are kept ---------------------------------------------------------------------------------

    def _store(self, setup: Setup) -> SessionStore:
        if not isinstance(self.store, str):
            if isinstance(self.store, SessionStore):
                return self.store
            raise self._unknown(f"a {type(self.store).__name__}", setup)
        kind, _, rest = self.store.partition(":")
        if kind == "cookie" and not rest:
            return self._cookie_store(setup)
        if kind == "memory" and not rest:
            from .backends.memory import MemoryStore

            return MemoryStore(_now)
        if kind == "file":
            from .backends.file import FileStore

            return FileStore(setup.sources.root / (rest or "sessions"), _now)
        if kind in ("redis", "rediss", "unix"):
            return self._redis_store(setup)
        if kind == "database" and not rest:
            return self._database_store(setup)
        raise self._unknown(repr(kind if rest else self.store), setup)

    def _unknown(self, what: str, setup: Setup) -> SetupError:
        return SetupError(
            "DMJ0570", f"Sessions(store=...) is {what}, which is no place for sessions.",
            fix=f"One of {_PLACES}; or an object with blocking, load, save and end.", where=setup.where,
        )  # fmt: skip

    def _cookie_store(self, setup: Setup) -> SessionStore:
        from .backends.cookie import CookieStore, Signed

        keys = setup.sources.secret_keys()
        if not keys and not setup.debug:
            raise SetupError(
                "DMJ0572", "Sessions in cookies are guarded by SECRET_KEY, which is not set.",
                fix=f"Make one and set it as SECRET_KEY:\n{NEW_KEY_COMMAND}\n"
                'In tests any will do: Client(app, config={"SECRET_KEY": "32 characters or more, of no worth"})',
                where=setup.where,
            )  # fmt: skip
        keys = keys or (secrets.token_urlsafe(32),)
        if not self.encrypt:
            return CookieStore(Signed(keys, self.cookie, _now))
        need("cryptography", extra="standard", wanted_by="Sessions() encrypts its cookie (encrypt=False signs it), and")
        from .backends.encryption import Encrypted

        return CookieStore(Encrypted(keys, self.cookie))

    def _redis_store(self, setup: Setup) -> SessionStore:
        need("redis", extra="redis", wanted_by='Sessions(store="redis://...")')
        from .backends.redis import RedisStore

        try:
            store = RedisStore(str(self.store))
        except ValueError as error:
            raise SetupError(
                "DMJ0570", f"Sessions(store=...) is no address of a Redis: {error}",
                fix='Sessions(store="redis://localhost:6379/0")', where=setup.where,
            ) from error  # fmt: skip
        setup.lifespan(partial(_closing, store.close))
        return store

    def _database_store(self, setup: Setup) -> SessionStore:
        need("sqlalchemy", extra="standard", wanted_by='Sessions(store="database")')
        from ..database import Database, Engines
        from .backends.database import DatabaseStore

        setup.needs(Database)
        store = DatabaseStore(next(iter(setup.offers(Engines))), _now)
        setup.lifespan(partial(_opening, store.create_table))
        return store


def _closing(close: Callable[[], object]) -> Iterator[None]:
    yield
    close()


def _opening(prepare: Callable[[], object]) -> Iterator[None]:
    prepare()
    yield


def _now() -> float:
    return time.time()


# What handlers are given -------------------------------------------------------------------------------------


class Lazy:
    """The session for those who may wait when they read it, or need not."""


class Ready:
    """The session with what is in it, for those who may not wait."""


def _provide(setup: Setup, keeper: Keeper) -> None:
    def make_lazy(request: Request) -> Any:
        return keeper.session_of(request)

    async def make_ready(request: Request) -> Any:
        session = keeper.session_of(request)
        if request.cookies.get(keeper.name_for(request)):
            await request.plan.kernel.in_thread(session.load)
        return session

    def bind(annotation: Any, *, is_async: bool, **_: Any) -> Binding:
        return Binding(None, (Ready if is_async and keeper.store.blocking else Lazy,), _same)

    setup.provide(Lazy, make_lazy)
    setup.provide(Ready, make_ready)
    setup.bind(Session, bind)  # as only a binder is told whether the function that asks is async


def _same(session: Any) -> Any:
    return session
