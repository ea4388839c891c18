"""One contract for all stores: what is saved comes back, what is over or ended does not."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
import unittest.mock
from concurrent.futures import ThreadPoolExecutor

import pytest

from demijohn.batteries.database import Engines
from demijohn.batteries.sessions.backends.cookie import CookieStore, Signed
from demijohn.batteries.sessions.backends.database import DatabaseStore
from demijohn.batteries.sessions.backends.encryption import Encrypted
from demijohn.batteries.sessions.backends.file import FileStore
from demijohn.batteries.sessions.backends.memory import MemoryStore
from demijohn.batteries.sessions.store import SessionStore
from demijohn.foundation.http.errors import ServiceUnavailable

KEY = "kJ8-6Wc5Yq0Ztq1cJx4b2v9nM3sLdF7hGpRa"
CLIENT_SIDE = ("encrypted", "signed")
SERVER_SIDE = ("memory", "file", "database", "redis")
JUNK = ["", "x", "a" * 43, "b" * 1000, "../../etc/passwd", "a/b", "\0", "é" * 43, "\ud800", "a" * 42 + "\n"]


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    """A Redis of our own on a free port."""
    server = shutil.which("redis-server") or shutil.which("valkey-server")
    if server is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs redis-server.")
        pytest.skip("There is no redis-server.")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([server, *options], stdout=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


@pytest.fixture
def clock():
    """A time that is set by hand."""
    return [1_800_000_000.0]


@pytest.fixture(params=[*CLIENT_SIDE, *SERVER_SIDE])
def store(request, tmp_path, clock):
    """Each store in turn."""
    yield from make(request.param, request, tmp_path, clock)


@pytest.fixture(params=SERVER_SIDE)
def server_side(request, tmp_path, clock):
    """Each store that keeps something."""
    yield from make(request.param, request, tmp_path, clock)


def make(kind, request, folder, clock):
    def now():
        return clock[0]

    if kind == "encrypted":
        yield CookieStore(Encrypted([KEY], "session"))
    elif kind == "signed":
        yield CookieStore(Signed([KEY], "session", now))
    elif kind == "memory":
        yield MemoryStore(now)
    elif kind == "file":
        yield FileStore(folder / "kept", now)
    elif kind == "database":
        engines = Engines(f"sqlite:///{folder / 'app.sqlite'}")
        made = DatabaseStore(engines, now)
        made.create_table()
        made.create_table()
        yield made
        engines.close()
    else:
        from demijohn.batteries.sessions.backends.redis import RedisStore

        made = RedisStore(request.getfixturevalue("redis_url"))
        yield made
        made.close()


def test_what_is_saved_comes_back(store):
    """A token gives the bytes that it was given for; those of two sessions differ."""
    payload = b'[1,2,{"a":"\xc3\xa9"},[]]'
    first, second = store.save(None, payload, 60), store.save(None, payload + b" ", 60)
    assert first != second
    assert store.load(first) == payload
    assert store.load(second) == payload + b" "
    assert isinstance(store, SessionStore)


def test_a_session_is_changed_under_its_token(store):
    """Saving with a token replaces what was there."""
    token = store.save(None, b"one", 60)
    again = store.save(token, b"two", 60)
    assert store.load(again) == b"two"


@pytest.mark.parametrize("junk", JUNK)
def test_what_is_no_token_gives_nothing(store, junk):
    """Text that no store has issued is None, and can be ended."""
    assert store.load(junk) is None
    store.end(junk)


def test_the_token_is_a_cookies_value(store):
    """It has only letters that a cookie carries."""
    token = store.save(None, bytes(range(256)), 60)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_what_was_ended_stays_so(server_side):
    """An ended session is gone, and a request that was under way does not bring it back."""
    token = server_side.save(None, b"one", 60)
    server_side.end(token)
    assert server_side.load(token) is None
    assert server_side.save(token, b"two", 60) is None
    assert server_side.load(token) is None


@pytest.mark.parametrize("junk", JUNK[1:])
def test_nothing_is_kept_under_anothers_token(server_side, junk):
    """A token that a visitor made up is never saved under."""
    assert server_side.save(junk, b"one", 60) is None
    assert server_side.load(junk) is None


@pytest.mark.parametrize("kind", ["memory", "file", "database"])
def test_what_is_over_is_gone_and_swept(kind, request, tmp_path, clock):
    """After its time a session is not read, and some time later nothing of it is kept."""
    for made in make(kind, request, tmp_path, clock):
        token = made.save(None, b"one", 60)
        clock[0] += 59
        assert made.load(token) == b"one"
        clock[0] += 2
        assert made.load(token) is None
        clock[0] += 1000
        other = made.save(None, b"two", 60)
        assert made.load(other) == b"two"
        assert made.save(token, b"three", 60) is None


def test_redis_forgets_by_itself(redis_url):
    """A session has the time to live that it was given."""
    from demijohn.batteries.sessions.backends.redis import RedisStore

    made = RedisStore(redis_url)
    token = made.save(None, b"one", 1)
    assert made.load(token) == b"one"
    until = time.monotonic() + 5
    while made.load(token) is not None and time.monotonic() < until:
        time.sleep(0.05)
    assert made.load(token) is None
    made.close()


def test_stores_that_do_not_answer_say_so(tmp_path):
    """A store that cannot be reached is a 503: never an empty session, which would be somebody else's state."""
    from demijohn.batteries.sessions.backends.redis import RedisStore

    (tmp_path / "file").write_text("not a folder")
    engines = Engines(f"sqlite:///{tmp_path / 'app.sqlite'}")
    for broken in (RedisStore("redis://127.0.0.1:1/0"), FileStore(tmp_path / "file"), DatabaseStore(engines)):
        for ask in (lambda: broken.load("a" * 43), lambda: broken.save(None, b"x", 60), lambda: broken.end("a" * 43)):  # noqa: B023
            with pytest.raises(ServiceUnavailable):
                ask()
    engines.close()


def test_nothing_brings_an_ended_session_back(server_side):
    """However many requests change a session while another ends it: it is gone in the end."""
    for _ in range(10):
        token, gate = server_side.save(None, b"one", 60), threading.Barrier(4)

        def change(token=token, gate=gate):
            gate.wait(60)
            for _ in range(5):
                server_side.save(token, b"two", 60)

        def end(token=token, gate=gate):
            gate.wait(60)
            server_side.end(token)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda work: work(), [change, end, change, change]))
        assert server_side.load(token) is None


def test_a_file_that_was_ended_just_now_does_not_come_back(tmp_path):
    """Whoever has seen that it is there looks again, when nobody else can end it any more."""
    store = FileStore(tmp_path)
    token = store.save(None, b"one", 60)

    class Ending(FileStore):
        @contextlib.contextmanager
        def _alone(self):
            store.end(token)  # faster than this one
            with super()._alone():
                yield

    assert Ending(tmp_path).save(token, b"two", 60) is None
    assert store.load(token) is None


def test_files_of_others_do_no_harm(tmp_path, clock):
    """What is no session stays, and fails nobody; what could not be written leaves nothing behind."""
    (tmp_path / "notes").mkdir()
    (tmp_path / ".hidden").write_text("x")
    (tmp_path / ("a" * 64)).mkdir()
    store = FileStore(tmp_path, lambda: clock[0])
    token = store.save(None, b"one", 60)
    clock[0] += 1000
    store.save(None, b"two", 60)
    assert store.load(token) is None
    assert {path.name for path in tmp_path.iterdir()} >= {"notes", ".hidden", "a" * 64}
    assert len(list(tmp_path.iterdir())) == 4
    with pytest.raises(ServiceUnavailable), unittest.mock.patch("os.replace", side_effect=OSError(28, "full")):
        store.save(None, b"three", 60)
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("sealing", [Encrypted, lambda keys, cookie: Signed(keys, cookie, time.time)])
def test_what_is_sealed_for_one_cookie_is_nothing_in_another(sealing):
    """A visitor who may do little in one app is not somebody else in another that has the same key."""
    shop, admin = sealing([KEY], "session"), sealing([KEY], "admin")
    token = shop.seal(b"one")
    assert shop.unseal(token) == b"one"
    assert admin.unseal(token) is None
