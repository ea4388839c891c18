"""A PostgreSQL of the benchmark's own: made in a temporary folder, filled, ended and removed."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator

import psycopg

from ..apps.database.texts import FORTUNES
from ..servers import LOAD_CPU, free_port, pinned
from .worlds import rows

# The disk is not what is measured.
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
port = {port}
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 128MB
log_min_messages = fatal
"""


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The URL of a server on the processor of the load, with the tables of the benchmark."""
    with tempfile.TemporaryDirectory(prefix="demijohn-benchmark-pg-") as name:
        folder, port = pathlib.Path(name), free_port()
        data = folder / "data"
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        _run("initdb", "--pgdata", str(data), "--username", "benchmark", "--auth", "trust", "--encoding", "UTF8")
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS.format(port=port))
        control = ("pg_ctl", "--pgdata", str(data), "--log", str(folder / "log"), "--wait")
        _run(*control, "start")
        try:
            url = f"postgresql://benchmark@127.0.0.1:{port}/postgres"
            _fill(url)
            yield url
        finally:
            _run(*control, "--mode", "immediate", "stop")


def _run(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL, which refuses to be root."""
    # Debian has them beside, not on, the path.
    found = shutil.which(program) or max(pathlib.Path("/").glob(f"usr/lib/postgresql/*/bin/{program}"), default=None)
    if found is None:
        raise SystemExit(f"The database benchmark needs PostgreSQL's {program}: apt-get install postgresql")
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    command = [*as_postgres, *pinned(LOAD_CPU), str(found), *arguments]
    done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{program} failed: {done.stderr}")


def _fill(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE world (id integer PRIMARY KEY, random_number integer NOT NULL)")
        connection.execute("CREATE TABLE fortune (id integer PRIMARY KEY, message varchar(2048) NOT NULL)")
        cursor = connection.cursor()
        with cursor.copy("COPY world FROM STDIN") as copy:
            for row in rows():
                copy.write_row(row)
        cursor.executemany("INSERT INTO fortune VALUES (%s, %s)", list(enumerate(FORTUNES, 1)))
        connection.execute("VACUUM ANALYZE")
