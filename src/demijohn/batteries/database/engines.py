"""From a URL to SQLAlchemy's engines: the right driver for each mode, and pools that fail soon instead of
hanging."""

from __future__ import annotations

import importlib.util
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from demijohn.foundation.errors import SetupError

from . import async_sqlite, sqlite
from .async_pool import AsyncPool
from .begin import delay, wire_of
from .deadlines import limit_statements
from .driver_limits import connect_asyncpg
from .faults import name_faults
from .glance import GlancingPool
from .homes import name_engine
from .integrity import name_check
from .slots import limit_streams
from .sync_pool import SyncPool
from .wire import WIRES


@dataclass(frozen=True, slots=True)
class Drivers:
    """What a kind of database is spoken to with: a driver for `DB`, one for `AsyncDB`, and where they come
    from."""

    dialect: str
    sync: str
    asynchronous: str
    packages: str
    extra: str


DRIVERS: Final = {
    "sqlite": Drivers("sqlite", "pysqlite", async_sqlite.DRIVER, "sqlite3", "standard"),
    "postgresql": Drivers("postgresql", "psycopg", "psycopg", "psycopg", "postgresql"),
    "postgres": Drivers("postgresql", "psycopg", "psycopg", "psycopg", "postgresql"),
    "mysql": Drivers("mysql", "pymysql", "asyncmy", "pymysql and asyncmy", "mysql"),
    "mariadb": Drivers("mariadb", "pymysql", "asyncmy", "pymysql and asyncmy", "mysql"),
}
"""By the first word of the URL."""

_BOTH_WAYS: Final = frozenset({"psycopg", "oracledb"})
"""Drivers that SQLAlchemy speaks to in both modes under one name."""


CONNECT_TIMEOUT: Final = 5
"""How long a server may take to accept a connection, in seconds; then the request is answered 503."""


def read_url(url: str | URL) -> URL:
    """The URL as SQLAlchemy's own; raises `SetupError` DMJ0521, which never shows a password."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise SetupError(
            "DMJ0521",
            "The URL of the database cannot be read (it is not shown, as it may hold a password).",
            fix="Write DATABASE_URL=postgresql://name:password@host/database, or sqlite:///app.sqlite "
            "(percent-encode special characters of the password).",
        ) from None


def driver_url(url: URL, *, asynchronous: bool) -> URL:
    """The same URL with the driver of a mode; one that the URL names is kept where it can do that mode.

    PostgreSQL's for `AsyncDB` is asyncpg where that is installed, unless the URL has options that only psycopg knows.

    >>> driver_url(make_url("postgres://ann@host/shop"), asynchronous=False).drivername
    'postgresql+psycopg'
    >>> driver_url(make_url("sqlite:///app.sqlite"), asynchronous=True).drivername
    'sqlite+pysqlite_async'
    >>> driver_url(make_url("postgresql+asyncpg://host/shop"), asynchronous=False).drivername
    'postgresql+psycopg'
    """
    kind, _, named = url.drivername.partition("+")
    drivers = DRIVERS.get(kind)
    if drivers is None:
        return url
    kept = url.set(drivername=f"{drivers.dialect}+{named}")
    if named and (named in _BOTH_WAYS or _is_async(kept) == asynchronous):
        return kept
    if asynchronous and not named and drivers.dialect == "postgresql" and _suits_asyncpg(url):
        return _for_asyncpg(url)
    return url.set(drivername=f"{drivers.dialect}+{drivers.asynchronous if asynchronous else drivers.sync}")


def _suits_asyncpg(url: URL) -> bool:
    try:
        there = importlib.util.find_spec("asyncpg") is not None
    except ValueError:  # taken out of sys.modules
        return False
    return there and url.host is not None and set(url.query) <= {"sslmode"}


def _for_asyncpg(url: URL) -> URL:
    """asyncpg calls `sslmode` by another name."""
    mode = url.query.get("sslmode")
    url = url.difference_update_query(["sslmode"]).set(drivername="postgresql+asyncpg")
    return url if mode is None else url.update_query_dict({"ssl": mode})


def _is_async(url: URL) -> bool:
    try:
        return bool(url.get_dialect().is_async)
    except NoSuchModuleError:
        raise _unknown(url) from None


def _pool_class(url: URL) -> type[AsyncPool]:
    return GlancingPool if url.get_driver_name() == async_sqlite.DRIVER else AsyncPool


def _unknown(url: URL) -> SetupError:
    return SetupError(
        "DMJ0521",
        f"There is no database {url.drivername}:// that SQLAlchemy knows.",
        fix=f"Begin the URL with one of {', '.join(sorted(DRIVERS))}, or install the dialect's package.",
    )


def _missing(url: URL, error: ImportError) -> SetupError:
    drivers = DRIVERS.get(url.get_backend_name())
    package = error.name or url.get_driver_name()
    wanted = f"'demijohn[{drivers.extra}]'" if drivers and package in drivers.packages else package
    return SetupError(
        "DMJ0520",
        f"A database at {url.drivername}:// needs the package {package}, which is not installed.",
        fix=f"pip install {wanted}",
    )


def _own_options(url: URL, *, asynchronous: bool) -> dict[str, Any]:
    """Autocommit for the drivers that are told when to begin; SQLite's is set for each connection."""
    dialect: Any = url.get_dialect()
    if asynchronous:
        dialect = dialect.get_async_dialect_cls(url)
    return {"isolation_level": "AUTOCOMMIT"} if dialect.driver in WIRES and dialect.name != "sqlite" else {}


def _patience(url: URL, *, asynchronous: bool) -> dict[str, Any]:
    """How long a server may stay silent while it is connected to and, where that can be said, afterwards; what the
    URL says goes before."""
    driver = url.get_driver_name()
    if driver == "psycopg":
        waits: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT, "tcp_user_timeout": CONNECT_TIMEOUT * 1000}
    elif driver == "asyncpg" and asynchronous:
        waits = {"timeout": CONNECT_TIMEOUT, "async_creator_fn": connect_asyncpg}
    elif driver in {"pymysql", "asyncmy", "aiomysql"}:
        waits = {"connect_timeout": CONNECT_TIMEOUT, "read_timeout": CONNECT_TIMEOUT}  # of its greeting, at first
    else:
        waits = {}
    return {name: seconds for name, seconds in waits.items() if name not in url.query}


def _read_committed(connection: Any, record: object) -> None:
    # What every other database does by itself, and what reads outside of a transaction see anyway.
    cursor = connection.cursor()
    cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
    cursor.close()


class Engines:
    """The engines of one database, called `name`: the sync one, and the async one if it is ever asked for.

    Sizes are in connections, per mode: `pool_size` are kept, `max_overflow` more are made at need; who finds
    none free waits `pool_timeout` seconds, and who asks a server `statement_timeout` seconds, if any. Both engines of
    `sqlite://` (a database in memory) share one temporary file, which is deleted by `close`: memory would belong to
    one connection, and to nobody else.
    """

    def __init__(
        self,
        url: str | URL,
        *,
        echo: bool = False,
        pool_size: int = 10,
        max_overflow: int = 10,
        pool_timeout: float = 5.0,
        name: str = "database",
        max_streams: int = 4,
        stream_timeout: float = 300.0,
        statement_timeout: float | None = None,
    ) -> None:
        self.max_streams = max_streams
        self.stream_timeout = stream_timeout
        self.statement_timeout = statement_timeout
        self.name = name
        self.metadata: MetaData | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()
        self._sync: Engine | None = None
        self._async: AsyncEngine | None = None
        self.options: dict[str, Any] = {
            "echo": echo,
            "pool_size": pool_size,
            "max_overflow": max_overflow,
            "pool_timeout": pool_timeout,
        }
        self.url = read_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if not self.is_sqlite:
            self.options["pool_pre_ping"] = True

    @property
    def pool_limit(self) -> int:
        """How many connections a process opens at most, for each mode."""
        return int(self.options["pool_size"]) + int(self.options["max_overflow"])

    @property
    def in_memory(self) -> bool:
        """Whether the database is gone when it is closed."""
        return self.is_sqlite and self.url.database in {None, "", ":memory:"}

    @property
    def sync(self) -> Engine:
        """The engine of `DB`, made when first asked for; raises `SetupError` DMJ0520 if its driver is
        missing."""
        if self._sync is not None:
            return self._sync
        with self._lock:
            if self._sync is None:
                url = driver_url(self._location(), asynchronous=False)
                engine: Engine = self._make(create_engine, url)
                self._prepare(engine)
                self._sync = engine
            return self._sync

    @property
    def asynchronous(self) -> AsyncEngine:
        """The engine of `AsyncDB`, made when first asked for; raises `SetupError` DMJ0520 if its driver is
        missing."""
        if self._async is not None:
            return self._async
        with self._lock:
            if self._async is None:
                url = driver_url(self._location(), asynchronous=True)
                engine: AsyncEngine = self._make(create_async_engine, url)
                self._prepare(engine.sync_engine)
                self._async = engine
            return self._async

    def be_patient(self) -> None:
        """Have statements take as long as they take, from the next engine on: who types a command can stop it."""
        self.statement_timeout = None

    def check_driver(self, *, asynchronous: bool) -> None:
        """Raise `SetupError` DMJ0520 if the driver of a mode is not installed; nothing is connected to."""
        url = driver_url(self.url, asynchronous=asynchronous)
        try:
            dialect = url.get_dialect()
            if asynchronous:
                dialect = dialect.get_async_dialect_cls(url)
            dialect.import_dbapi()
        except NoSuchModuleError:
            raise _unknown(url) from None
        except ImportError as error:
            raise _missing(url, error) from None

    def close(self) -> None:
        """Close the sync pool; what is asked for again is opened again. `aclose` comes first where it is
        used."""
        with self._lock:
            if self._sync is not None:
                self._sync.dispose()
                self._sync = None
            if self._folder is not None and self._async is None:
                self._folder.cleanup()
                self._folder = None

    async def aclose(self) -> None:
        """Close the async pool, on the loop that it was used on."""
        engine, self._async = self._async, None
        if engine is not None:
            await engine.dispose()

    def _make(self, maker: Any, url: URL) -> Any:
        asynchronous = maker is create_async_engine
        options = {**self.options, **_own_options(url, asynchronous=asynchronous)}
        options["poolclass"] = _pool_class(url) if asynchronous else SyncPool
        try:
            return maker(url, connect_args=_patience(url, asynchronous=asynchronous), **options)
        except NoSuchModuleError:
            raise _unknown(url) from None
        except ImportError as error:
            raise _missing(url, error) from None

    def _prepare(self, engine: Engine) -> None:
        name_engine(engine, self.name)
        limit_streams(engine, self.max_streams, self.stream_timeout)
        name_faults(engine)
        if self.is_sqlite:
            sqlite.prepare(engine)
        else:
            delay(engine, limit_statements(engine, self.statement_timeout))
            if engine.dialect.name in {"mysql", "mariadb"} and wire_of(engine) is not None:
                event.listen(engine, "connect", _read_committed)
                event.listen(engine, "handle_error", name_check, retval=True)

    def _location(self) -> URL:
        """Where the database is: a temporary file for one in memory, else as the URL says."""
        if self.in_memory:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="demijohn-")
            return self.url.set(database=str(Path(self._folder.name) / "memory.sqlite"))
        return self.url
