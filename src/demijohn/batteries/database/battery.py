"""The `Database` battery: the unit of work of each exchange, models as parameters and as answers."""

from __future__ import annotations

import functools
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import URL, ColumnElement, Engine, MetaData, Row, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from demijohn.foundation.config import Sources
from demijohn.foundation.errors import SetupError, Where, raise_all
from demijohn.foundation.http.errors import Conflict
from demijohn.foundation.http.request import Request
from demijohn.foundation.http.response import Response
from demijohn.kernel.battery import Battery, Setup
from demijohn.kernel.checks import Check
from demijohn.kernel.commands import BeforeCommand
from demijohn.kernel.deploy import DeployCheck
from demijohn.kernel.encoders import Encoder
from demijohn.kernel.failures import default_response
from demijohn.kernel.health import HealthCheck
from demijohn.kernel.services import Binding, Source

from ..security import RatePlace, RateStore
from .async_units import AsyncDB, find_awaited
from .checks import check_connections, check_connections_soon
from .engines import CONNECT_TIMEOUT, DRIVERS, Engines
from .faults import answer_faults
from .habits import missing_of_battery
from .homes import homeless, metadata_of
from .inputs import bind_body
from .integrity import violation_of
from .mapped import AnyModel, has_dataclasses, mapper_of
from .mixins import CHANGED_MEANWHILE
from .model import BareModel
from .outputs import check_shapes
from .patches import Patch, bind_patch
from .provision import provide_units
from .relations import check_relations
from .shapes import default_shape, row_shape
from .store import AsyncSQLStore, SQLStore, bind_store
from .tables import create_tables, has_migrations, require_tables, unreachable
from .units import DB, find

log = logging.getLogger("demijohn.database")


@dataclass(frozen=True)
class Database(Battery):
    """A database for an app: `app.use(Database())`.

    `url` is the database (else `DATABASE_URL`, else the file `app.sqlite` beside the app's settings).
    `create_tables` says when missing tables are made at start: in "development" (until the app has a folder
    `migrations/`), "always" or "never"; without it they must be there. `pool_size` connections are kept,
    `max_overflow` more made at need, per process and mode; a request that finds none within `pool_timeout`
    seconds is answered 503, as is one whose statement has no answer within `statement_timeout` seconds (0: however
    long it takes; SQLite has no network). `max_streams` may be open at a time, for `stream_timeout` seconds each.
    `echo` logs all SQL. `strict_loading` has relations raise `NotLoaded` when they are read before they were loaded,
    in sync code too. `name` tells several databases of an app apart, and is the section of their settings.
    """

    url: str = field(default="", repr=False)
    echo: bool = False
    create_tables: Literal["development", "always", "never"] = "development"
    pool_size: int = 10
    max_overflow: int = 30
    pool_timeout: float = 5.0
    statement_timeout: float = 10.0
    max_streams: int = 4
    stream_timeout: float = 300.0
    strict_loading: bool = False
    name: str = field(default="database", kw_only=True, metadata={"setting": False})

    if not TYPE_CHECKING:
        __getattr__ = missing_of_battery

    def install(self, setup: Setup) -> None:
        """Provide `DB`, `AsyncDB` and SQLAlchemy's sessions; load and send models; start and stop the
        engines."""
        engines = self._engines(setup)
        engines.metadata = None if self.name == Database.name else metadata_of(self.name)
        engines.check_driver(asynchronous=False)
        options = {"strict_loading": self.strict_loading, "log_loading": setup.debug}
        is_first = not any(setup.offers(Engines))
        if is_first:
            self._install_models(setup)
            provide_units(setup, engines, None, options)
        if self.name != Database.name:
            provide_units(setup, engines, self.name, options)
        setup.offer(engines)
        setup.offer(BeforeCommand(engines.be_patient))
        setup.offer(HealthCheck(self.name, lambda: _ping(engines)))
        if engines.url.get_backend_name() in DRIVERS:  # Those that can count and decide in one statement.
            setup.offer(RatePlace(self.name, lambda: _rates_in(engines)))
        setup.offer(DeployCheck(lambda kernel: check_connections(kernel, engines)))
        setup.offer(Check(warn=lambda kernel: check_connections_soon(kernel, engines)))
        setup.lifespan(self._life(setup, engines, is_first=is_first))
        if is_first:
            check_shapes()  # last, so that its mistakes are told beside those of handlers, and cause none there

    def _install_models(self, setup: Setup) -> None:
        """What all databases of an app share."""
        check_relations(BareModel.registry)
        engines = setup.offers(Engines)
        setup.offer(Check(lambda kernel: homeless(BareModel.registry.mappers, [each.name for each in engines])))
        setup.bind(AnyModel, bind_model)
        setup.bind(Patch, bind_patch)
        setup.bind(SQLStore, bind_store)
        setup.bind(AsyncSQLStore, bind_store)
        setup.offer(Encoder(AnyModel, default_shape, dataclasses=has_dataclasses()))
        setup.offer(Encoder(Row, row_shape))
        setup.offer(Encoder(IPv4Address, str))
        setup.offer(Encoder(IPv6Address, str))
        setup.on_error(PoolTimeout, answer_faults)
        setup.on_error(DBAPIError, answer_faults)
        setup.on_error(IntegrityError, _refused)
        setup.on_error(StaleDataError, _stale)

    def _life(self, setup: Setup, engines: Engines, *, is_first: bool) -> Any:
        """Look after the tables at the start, and close the engines at the end."""
        migrated = has_migrations(setup.sources.root, self.name)
        in_development = self.create_tables == "development" and setup.debug and not migrated
        makes = in_development or self.create_tables == "always" or engines.in_memory
        checks = self.create_tables == "development"
        options = f" --database {self.name}" * (self.name != Database.name) + setup.option

        async def live() -> AsyncIterator[None]:
            if is_first:
                raise_all(homeless(BareModel.registry.mappers, [each.name for each in setup.offers(Engines)]))
            for metadata in (BareModel.metadata, metadata_of(self.name))[not is_first :]:
                lacking = functools.partial(require_tables, migrated=migrated, options=options) if checks else None
                _look_after_tables(engines.sync, metadata, makes=makes, lacking=lacking)
            try:
                yield
            finally:
                await engines.aclose()
                engines.close()

        # Async, as an async pool can only be closed on its loop; costs a sync app an idle thread.
        return live

    def _engines(self, setup: Setup) -> Engines:
        named = self.name != Database.name
        return Engines(
            self._own_url(setup) if named else _choose_url(self.url, setup.sources),
            echo=self.echo,
            pool_size=self.pool_size,
            max_overflow=self.max_overflow,
            pool_timeout=self.pool_timeout,
            name=self.name,
            max_streams=self.max_streams,
            stream_timeout=self.stream_timeout,
            statement_timeout=self.statement_timeout,
        )

    def _own_url(self, setup: Setup) -> str:
        """The URL of a database with a name, which is nowhere but in its settings."""
        if not self.url:
            variable = f"DEMIJOHN_{self.name.upper()}_URL"
            raise SetupError(
                "DMJ0527",
                f"The database {self.name!r} has no URL.",
                fix=f'Database("postgresql://...", name="{self.name}"), or {variable}=... in the environment or .env',
                where=setup.where,
            )
        return self.url


def _choose_url(own: str, sources: Sources) -> str:
    """`DATABASE_URL` and the setting `database.url`, by the usual order of authority; else a file beside the
    app."""
    section = sources.find("database", "url", "DEMIJOHN_DATABASE_URL")
    from_section = section is not None and section.value == own
    rank = {"override": 0, "code": 1, "environment": 2, "none": 9}
    own_rank = "none" if not own else section.origin if section is not None and from_section else "code"
    shared = sources.find("", "database_url", "DATABASE_URL")
    if shared is not None and shared.value and rank.get(shared.origin, 3) < rank.get(own_rank, 3):
        return str(shared.value)
    return own or (str(shared.value) if shared is not None and shared.value else default_url(sources.root))


def default_url(root: Path) -> str:
    """The embedded database: one file beside the app's settings, wherever the app is started from."""
    return str(URL.create("sqlite", database=str(root / "app.sqlite")))


def _look_after_tables(
    engine: Engine, metadata: MetaData, *, makes: bool, lacking: Callable[[Engine, MetaData], None] | None
) -> None:
    try:
        if makes:
            names = create_tables(engine, metadata)
            if names:
                log.info("Made the tables %s.", ", ".join(names))
        elif lacking is not None:
            lacking(engine, metadata)
    except OperationalError as error:
        raise unreachable(engine, error) from error


def _rates_in(engines: Engines) -> RateStore:
    from .rates import DatabaseRates  # here, because few apps pay for it

    return DatabaseRates(engines)


def _ping(engines: Engines) -> None:
    with engines.sync.connect() as connection:
        connection.execute(select(1), execution_options={"statement_timeout": CONNECT_TIMEOUT})


# Models in signatures -----------------------------------------------------------------------------


def bind_model(annotation: Any, *, name: str, source: Source, optional: bool, is_async: bool) -> Binding | None:
    """A model class in the path is loaded by its key: 404 if there is none, `None` where the parameter may
    be."""
    if source == "body":
        return bind_body(annotation, optional=optional, is_async=is_async)
    if source != "path":
        return None
    columns = mapper_of(annotation, name).primary_key
    if len(columns) != 1:
        raise SetupError(
            "DMJ0523",
            f"{name}: {annotation.__name__} has a key of {len(columns)} columns: too many for a parameter.",
            fix=f"Take them one by one: db.get_or_404({annotation.__name__}, (first, second)).",
            where=Where.of(annotation),
        )

    def load(key: Any, db: DB) -> Any:
        return find(db, annotation, key) if optional else db.get_or_404(annotation, key)

    async def load_async(key: Any, db: AsyncDB) -> Any:
        return await (find_awaited(db, annotation, key) if optional else db.get_or_404(annotation, key))

    if is_async:
        return Binding(_python_type(columns[0]), (AsyncDB,), load_async)
    return Binding(_python_type(columns[0]), (DB,), load)


def _python_type(column: ColumnElement[Any]) -> type:
    try:
        return column.type.python_type
    except NotImplementedError:
        return str


def _stale(request: Request, error: StaleDataError) -> Response:
    """Somebody was faster with the same row: what the visitor saw is not what is there any more."""
    log.info("%s %s: %s", request.method, request.path, error)
    return default_response(request, Conflict(CHANGED_MEANWHILE))


def _refused(request: Request, error: IntegrityError) -> Response:
    """What a rule of the database refuses is the visitor's to correct; what rule is not told, ours."""
    violation = violation_of(error)
    if violation is None:
        raise error
    log.info("%s %s: refused by the rule %s of %s (%s)", request.method, request.path, violation.constraint,
             violation.table, violation.kind)  # fmt: skip
    return default_response(request, violation.as_error())
