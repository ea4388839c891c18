"""The keeper of sessions: finds the one of a request, and puts what became of it into the answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ...foundation.http.cookies import MAX_COOKIE, format_cookie
from ...foundation.http.headers import HeaderPairs, Headers
from ...foundation.http.request import Request
from ...foundation.http.response import Answer, StreamBody
from ...foundation.http.unsent import unsent
from ...kernel.calls import made_for
from ...kernel.failures import default_response
from ...kernel.finishing import Change, Heavy
from ...kernel.routes import WEBSOCKET, Route
from .records import Record, is_written, read_record, sizes, write_record
from .session import Session
from .store import SessionStore

log = logging.getLogger("demijohn.sessions")

# How far the clock of another server may run ahead of ours, in seconds.
_SKEW = 60
# A session that is only read is saved again when this part of its idle time has passed.
_RENEWED = 10
# What a session on the server may have: it is read and written whole, by each request that looks into it.
LARGEST = 1_048_576
PRIVATE = "private, no-store"
_SET_HERE = frozenset({"vary", "cache-control"})
_PRIVATE_PAIRS = (("vary", "Cookie"), ("cache-control", PRIVATE))


class SessionTooLarge(ValueError):
    """What is in a session does not fit into a cookie, or is over a megabyte on the server."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """The settings at work."""

    store: SessionStore
    cookie: str
    lifetime: int
    idle: int
    same_site: Literal["lax", "strict", "none"]
    plain_http: bool
    clock: Callable[[], float] = time.time

    # At the beginning of an exchange -----------------------------------------------------------------------

    def session_of(self, request: Request) -> Session:
        """The session of an exchange, the same for all who ask; nothing is read yet."""
        made = made_for(request)
        session = made.get(Session)
        if session is None:
            route = request.route
            reads_only = route is not None and WEBSOCKET in route.methods
            session = made[Session] = Session(self, request, reads_only=reads_only)
        found: Session = session
        return found

    def blank(self) -> Record:
        """A session that begins now."""
        now = int(self.clock())
        return Record(now, now, {}, [])

    def load(self, request: Request) -> tuple[str | None, Record | None, bytes]:
        """Token, content and payload of the session that a request brings; nothing of one that does not count."""
        token = request.cookies.get(self.name_for(request))
        payload = None if not token else self.store.load(token)
        record = None if payload is None else read_record(payload)
        if payload is None or record is None or not self._is_alive(record):
            return None, None, b""
        return token, record, payload

    def _is_alive(self, record: Record) -> bool:
        now = self.clock()
        if record.created > now + _SKEW or record.seen > now + _SKEW:
            return False
        return now - record.created < self.lifetime and now - record.seen < self.idle

    # At its end --------------------------------------------------------------------------------------------

    def change(self, route: Route) -> Change:
        """What is done to the answers of a route, where anybody has asked for the session."""

        def keep(answer: Answer, request: Request) -> Answer | Heavy:
            return self.close(made_for(request)[Session], answer, request)

        return keep

    def close(self, session: Session, answer: Answer, request: Request) -> Answer | Heavy:
        """The answer with what the session makes of it: a function that makes it, if that may wait."""
        if session._over:
            return answer
        session._over = True
        record = session._record
        if record is None:
            # What is still being made may read it later, when nothing can be said any more.
            return _private(answer) if isinstance(answer[3], StreamBody) else answer
        # What failed has not happened: the database was rolled back too.
        if answer[0] >= 500:
            return _private(answer)
        if self._is_as_it_was(session, record):
            return _private(answer)
        try:
            task = self._task(session, record, request)
        except Exception as error:
            return self._failed(request, error, answer)

        def kept() -> Answer:
            try:
                return _private(answer, task())
            except Exception as error:
                return self._failed(request, error, answer)

        return kept if self.store.blocking else kept()

    def _is_as_it_was(self, session: Session, record: Record) -> bool:
        """Whether there is nothing to do: what most requests find, so that it is asked by itself."""
        if session._token is None:
            return not record.data and not record.flashes
        if session._rotates or not (record.data or record.flashes):
            return False
        is_fresh = self.clock() - record.seen < self.idle / _RENEWED
        return is_fresh and session._loaded is not None and is_written(record, session._loaded[2])

    def _task(self, session: Session, record: Record, request: Request) -> Callable[[], str | None]:
        """What is to be done with a session that has changed, which gives the cookie to set."""
        token, rotates = session._token, session._rotates
        if token is not None and not record.data and not record.flashes:
            return lambda: self._end(token, request)
        now = int(self.clock())
        if rotates or token is None:
            record.created = now
        record.seen = now
        payload = write_record(record)
        old = token if rotates else None
        return lambda: self._save(None if rotates else token, old, record, payload, request)

    def _save(self, token: str | None, old: str | None, record: Record, payload: bytes, request: Request) -> str | None:
        max_age = min(self.idle, record.created + self.lifetime - int(self.clock()))
        if len(payload) > LARGEST:
            raise SessionTooLarge(
                f"The session has {len(payload)} bytes, and {LARGEST} are the most. It holds {_listed(record)}."
                " Keep less in it, such as keys of what is in the database."
            )
        kept = self.store.save(token, payload, max_age)
        if old is not None:
            self.store.end(old)
        if kept is None:
            log.info("A session was ended while a request changed it: the change is dropped.")
            return None
        if len(self._cookie(request, "", max_age)) + len(kept) > MAX_COOKIE:
            raise _too_large(record, len(self._cookie(request, "", max_age)) + len(kept))
        return self._cookie(request, kept, max_age)

    def _end(self, token: str, request: Request) -> str:
        self.store.end(token)
        return self._cookie(request, "", 0)

    def _failed(self, request: Request, error: Exception, answer: Answer) -> Answer:
        """The answer in place of one whose session could not be kept."""
        finish = request.plan.kernel.parts.replies.finish
        made: Answer = finish(default_response(request, error), request)
        if isinstance(answer[3], StreamBody):
            # Nobody will see the stream, and what it uses is closed all the same.
            made = (*made[:3], unsent(answer[3]))
        return _private(made)

    # The cookie --------------------------------------------------------------------------------------------

    def name_for(self, request: Request) -> str:
        """The cookie's name: with the prefix by which browsers guard it, but for plain HTTP in development."""
        return self.cookie if self._is_plain(request) else f"__Host-{self.cookie}"

    def _is_plain(self, request: Request) -> bool:
        return self.plain_http and request.scheme in ("http", "ws")

    def _cookie(self, request: Request, value: str, max_age: int) -> str:
        plain = self._is_plain(request)
        same_site = "lax" if plain and self.same_site == "none" else self.same_site
        # The value is put in afterwards: what is too long has an error of its own here.
        made = format_cookie(self.name_for(request), "", max_age=max_age, secure=not plain, samesite=same_site)
        name, _, rest = made.partition("=")
        return f"{name}={value}{rest}"


def _private(answer: Answer, cookie: str | None = None) -> Answer:
    """An answer for one visitor only: no cache that others share keeps it, or takes it for anybody's."""
    status, fixed, own, body = answer
    if not own and fixed.names.isdisjoint(_SET_HERE):
        pairs = list(_PRIVATE_PAIRS)
        if cookie is not None:
            pairs.append(("set-cookie", cookie))
        return status, fixed, pairs, body
    headers = Headers.received(list(own or ()))
    headers.vary("Cookie")
    headers["cache-control"] = _made_private(headers.get("cache-control"))
    if cookie is not None:
        headers.add("set-cookie", cookie)
    replaced = _SET_HERE & fixed.names
    return status, fixed.without(replaced) if replaced else fixed, headers.pairs(), body


def _made_private(value: str | None) -> str:
    """What a handler said of caching, less what would let shared caches keep it."""
    parts: HeaderPairs = []
    for part in (value or "").split(","):
        name, _, rest = part.strip().partition("=")
        if name and name.lower() not in ("public", "s-maxage", "private", "proxy-revalidate"):
            parts.append((name.lower(), rest))
    if not parts:
        return PRIVATE
    return ", ".join(["private", *(f"{name}={rest}" if rest else name for name, rest in parts)])


def _too_large(record: Record, size: int) -> SessionTooLarge:
    return SessionTooLarge(
        f"The session makes a cookie of {size} bytes, and browsers drop those over {MAX_COOKIE}. It holds"
        f" {_listed(record)}."
        " Keep less in it, such as keys of what is in the database; or keep it on the server:"
        ' Sessions(store="database").'
    )


def _listed(record: Record) -> str:
    return ", ".join(f"{key} ({length} bytes)" for length, key in sizes(record)[:3] if length > 2)
