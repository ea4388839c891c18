"""A MariaDB of the benchmark's own: made in a temporary folder, filled, ended and removed."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator

import pymysql

from ..servers import LOAD_CPU, START_SECONDS, free_port, pinned
from .worlds import rows

_CREATE = "CREATE TABLE world (id INTEGER PRIMARY KEY, random_number INTEGER NOT NULL)"


@contextlib.contextmanager
def mariadb() -> Iterator[str]:
    """The URL of a server on the processor of the load, with the rows of the benchmark."""
    with tempfile.TemporaryDirectory(prefix="demijohn-benchmark-mariadb-") as name:
        folder, port = pathlib.Path(name), free_port()
        if os.geteuid() == 0:
            shutil.chown(folder, "mysql")
        owner = ["--user=mysql"] if os.geteuid() == 0 else []
        data = ["--no-defaults", f"--datadir={folder / 'data'}"]
        install = [_find("mariadb-install-db"), *data, *owner, "--auth-root-authentication-method=normal"]
        subprocess.run([*install, "--skip-test-db"], check=True, capture_output=True)
        options = [f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}", "--skip-log-bin"]
        command = [*pinned(LOAD_CPU), _find("mariadbd"), *data, *owner, *options, f"--port={port}"]
        network = ["--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0"]
        process = subprocess.Popen([*command, *network], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _fill(port)
            yield f"mariadb://root@127.0.0.1:{port}/benchmark"
        finally:
            process.terminate()
            process.wait()


def _find(program: str) -> str:
    found = shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
    if found is None:
        raise SystemExit(f"The database benchmark needs MariaDB's {program}: apt-get install mariadb-server")
    return found


def _fill(port: int) -> None:
    ends = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = pymysql.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
            break
        except pymysql.err.OperationalError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE benchmark")
        cursor.execute("USE benchmark")
        cursor.execute(_CREATE)
        cursor.executemany("INSERT INTO world VALUES (%s, %s)", list(rows()))
