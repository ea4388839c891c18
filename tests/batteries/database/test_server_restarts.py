"""A PostgreSQL that is restarted amid traffic: what was acknowledged is there, once, and all is well afterwards."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Mapped, mapped_column

from demijohn import App, AsyncClient, Telemetry
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database


class Cluster:
    """A server of its own, in a folder of its own."""

    def __init__(self, binaries: Path, folder: Path, user: str | None) -> None:
        self._binaries, self._data, self._user = binaries, folder / "data", user
        self._run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--pgdata", str(self._data))
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.port: int = unused.getsockname()[1]
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "fsync": "off",
        }
        self._options = " ".join(f"-c {name}={value}" for name, value in settings.items())

    @property
    def url(self) -> str:
        """Where it is."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        log = str(self._data / "log")
        self._control("start", "--log", log, "--options", self._options)

    def stop(self, mode: str = "fast") -> None:
        """Stop it, whoever is connected."""
        self._control("stop", "--mode", mode)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "--wait", "--timeout=120", "--pgdata", str(self._data), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / program, *arguments], user=self._user, cwd="/", check=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=150,
        )  # fmt: skip


def binaries() -> Path | None:
    """Where the programs of a PostgreSQL server are."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A server that nobody else uses."""
    programs = binaries()
    if programs is None:
        pytest.skip("no initdb: a server that others use is not restarted")
    user = None
    with tempfile.TemporaryDirectory(prefix="demijohn-pg-") as folder:
        if os.geteuid() == 0:  # which PostgreSQL refuses to be
            try:
                user = pwd.getpwnam("postgres").pw_name
            except KeyError:
                pytest.skip("no user postgres: root cannot start a server")
            shutil.chown(folder, user)
        made = Cluster(programs, Path(folder), user)
        made.start()
        try:
            yield made
        finally:
            made.stop("immediate")


@pytest.fixture
def entry(bare: Any, cluster: Cluster) -> Any:
    """A model whose rows tell who wrote them."""

    class Entry(bare):
        id: Mapped[int] = mapped_column(primary_key=True)
        number: Mapped[int]

    engines = Engines(cluster.url)
    bare.metadata.create_all(engines.sync)
    engines.close()
    return Entry


def make_app(url: str, entry: Any) -> App:
    """An app that reads and writes in both modes."""
    app = App()
    app.use(Telemetry(), Database(url, create_tables="never", pool_size=4, max_overflow=0, pool_timeout=30))

    @app.post("/entries/{number}", status=201)
    def add(number: int, db: DB) -> Any:
        db.execute(insert(entry).values(number=number))
        return {}

    @app.post("/async/entries/{number}", status=201)
    async def add_async(number: int, db: AsyncDB) -> Any:
        await db.execute(insert(entry).values(number=number))
        return {}

    @app.get("/entries")
    def count(db: DB) -> Any:
        return db.count(entry)

    @app.get("/async/entries")
    async def count_async(db: AsyncDB) -> Any:
        return await db.count(entry)

    return app


async def becomes(client: AsyncClient, status: int) -> None:
    """Wait until the health check says so: its answer is kept for a moment."""
    while (await client.get("/health/ready")).status != status:
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_a_restart_amid_traffic(cluster: Cluster, entry: Any, driver: str) -> None:
    """Twice, and once it stays away: 503 meanwhile, at once, and the health check says so."""
    url = cluster.url.replace("postgresql:", "postgresql+psycopg:") if driver == "psycopg" else cluster.url
    acknowledged: list[int] = []
    stop = False

    async def traffic(client: AsyncClient, first: int) -> None:
        number = first
        while not stop:
            prefix = "/async" * (number % 2)
            number += 1
            answers = [await client.post(f"{prefix}/entries/{number}"), await client.get(f"{prefix}/entries")]
            assert {answer.status for answer in answers} <= {200, 201, 503}
            if answers[0].status == 201:
                acknowledged.append(number)

    async def main() -> None:
        nonlocal stop
        async with AsyncClient(make_app(url, entry), raise_errors=False) as client:
            tasks = [asyncio.ensure_future(traffic(client, first * 1_000_000)) for first in range(6)]
            try:
                for _ in range(2):
                    before = len(acknowledged)
                    while len(acknowledged) < before + 20:
                        await asyncio.sleep(0.01)
                    await asyncio.to_thread(cluster.stop)
                    for prefix in ("", "/async"):
                        assert (await client.get(f"{prefix}/entries")).status == 503
                    assert (await client.get("/health/live")).status == 200
                    await becomes(client, 503)
                    await asyncio.to_thread(cluster.start)
                for prefix in ("", "/async"):
                    assert [(await client.get(f"{prefix}/entries")).status for _ in range(8)] == [200] * 8
                await becomes(client, 200)
            finally:
                stop = True
                await asyncio.gather(*tasks)

    asyncio.run(asyncio.wait_for(main(), 150))
    engines = Engines(cluster.url)
    with DB(engines.sync) as db:
        kept = db.all(select(entry.number))
    engines.close()
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))
