"""`demijohn serve`: what it chooses, and how it ends, as a real process."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys
import threading
import time
from collections import Counter

import pytest

from demijohn import App, WebSocket
from demijohn.tools import machine, serve
from demijohn.tools.console import CommandError
from demijohn.tools.finder import Target
from demijohn.tools.sealed import Sealed

linux = pytest.mark.skipif(sys.platform != "linux", reason="forks its workers on Linux only")

APP = """
import asyncio
import os
import time
from demijohn import App, Security

app = App()
app.use(Security(hosts=["127.0.0.1", "localhost"]))
log = os.open("begun.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)


@app.get("/")
def home():
    os.write(log, b"x")
    return str(os.getpid())


@app.get("/slow")
def slow():
    open("slow.begun", "w").close()
    time.sleep(1.5)
    return "slow"


@app.get("/aslow")
async def aslow():
    open("aslow.begun", "w").close()
    await asyncio.sleep(1.5)
    return "aslow"


@app.get("/die")
def die():
    os._exit(9)


@app.lifespan
def life():
    yield
    with open("stopped", "a") as file:
        file.write("x")
"""


def sealed(*, sync: bool = True, use_async: bool = True) -> Sealed:
    """An app with handlers of the kinds asked for."""
    app = App()
    if sync:
        app.get("/s", name="s")(lambda: "")
    if use_async:

        @app.get("/a")
        async def a() -> str:
            return ""

    return Sealed(Target("app", machine.Path("app.py"), machine.Path()), app, app.seal())


# ---------------------------------------------------------------------------------------------- choosing


def test_rsgi_is_the_default():
    """The loop holds slow clients, which is said."""
    choice = serve.choose_interface(sealed(), "auto", behind_proxy=False)
    assert choice.value == "rsgi"
    assert "slow clients" in choice.why


def test_websockets_take_asgi():
    """RSGI would leave out their close codes, subprotocols and headers."""
    app = App()

    @app.websocket("/chat")
    async def chat(ws: WebSocket): ...

    with_sockets = Sealed(Target("app", machine.Path("app.py"), machine.Path()), app, app.seal())
    assert serve.choose_interface(with_sockets, "auto", behind_proxy=False).value == "asgi"
    assert serve.choose_interface(with_sockets, "auto", behind_proxy=True).value == "asgi"
    assert serve.choose_interface(with_sockets, "rsgi", behind_proxy=False).value == "rsgi"


def test_wsgi_needs_a_proxy():
    """Two slow clients would hold its threads: refused, with the way out."""
    with pytest.raises(CommandError, match="behind a proxy") as caught:
        serve.choose_interface(sealed(), "wsgi", behind_proxy=False)
    assert "--behind-proxy" in caught.value.fix
    assert serve.choose_interface(sealed(), "wsgi", behind_proxy=True).value == "wsgi"


def test_behind_a_proxy_sync_apps_take_the_fastest_door():
    """WSGI for `def` handlers alone; one `async def` handler keeps RSGI."""
    assert serve.choose_interface(sealed(use_async=False), "auto", behind_proxy=True).value == "wsgi"
    assert serve.choose_interface(sealed(), "auto", behind_proxy=True).value == "rsgi"


@pytest.mark.parametrize("name", ["asgi", "wsgi"])
def test_a_wrapped_door_is_the_one_to_use(name):
    """A middleware put before a door is not walked around."""
    app = App()
    inner = getattr(app, name)

    class Middleware:
        def __call__(self, *arguments):
            return inner(*arguments)

    assert serve.wrapped_door(app) == ""
    setattr(app, name, Middleware())
    assert serve.wrapped_door(app) == name


def test_workers_by_cores_and_memory(monkeypatch):
    """One per core, fewer where memory does not suffice, at least one; what was asked for is kept."""
    monkeypatch.setattr(serve, "cores", lambda: 8)
    monkeypatch.setattr(serve, "own_memory", lambda: 100 << 20)
    monkeypatch.setattr(serve, "free_memory", lambda: None)
    assert serve.choose_workers(None).value == 8
    monkeypatch.setattr(serve, "free_memory", lambda: 350 << 20)
    choice = serve.choose_workers(None)
    assert choice.value == 3
    assert "memory for 3, at about 100 MiB each (8 cores)" in choice.why
    monkeypatch.setattr(serve, "free_memory", lambda: 0)
    assert serve.choose_workers(None).value == 1
    assert serve.choose_workers(5).value == 5


def test_the_limits_of_a_container_count(tmp_path):
    """Its quota of processors and its memory, as control groups tell them."""
    (tmp_path / "cpu.max").write_text("150000 100000")
    (tmp_path / "memory.max").write_text("1000")
    (tmp_path / "memory.current").write_text("400")
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:  5 kB\n")
    assert machine.cores(tmp_path) <= 2
    assert machine.free_memory(tmp_path, tmp_path / "meminfo") == 600
    (tmp_path / "memory.max").write_text("max")
    (tmp_path / "cpu.max").write_text("max 100000")
    assert machine.free_memory(tmp_path, tmp_path / "meminfo") == 5 * 1024
    assert machine.cores(tmp_path) >= 1
    assert machine.free_memory(tmp_path / "none", tmp_path / "none") is None


def test_threads_are_said_for_what_they_are():
    """None is promised to an app that has no use for them."""
    assert "none started" in serve.choose_threads(sealed(sync=False), None, "rsgi").why
    assert serve.choose_threads(sealed(), 7, "rsgi").value == 7


# -------------------------------------------------------------------------------------------- processes


@pytest.fixture
def served(start, write):
    """An app being served, on a port of its own; more options may be given."""
    write("app.py", APP)

    def serve_it(*options: str):
        server = start("serve", "--port", "0", *options)
        server.until("threads ")
        server.get()
        return server

    return serve_it


@pytest.mark.server
@linux
def test_it_prints_what_it_chose_and_why(served):
    """Three lines, each with a reason."""
    server = served("--workers", "1")
    server.until(r"interface  RSGI: .+")
    server.until(r"workers    1: as you asked")
    server.until(r"threads    \d+ in each worker")


@pytest.mark.server
@linux
def test_an_app_with_an_async_lifespan_starts_over_wsgi(start, write):
    """Its loop has a thread of its own there, where no signals are heard."""
    lifespan = "\n\n@app.lifespan\nasync def life():\n    yield\n"
    code = 'from demijohn import App, Security\n\napp = App()\napp.use(Security(hosts=["127.0.0.1"]))\n'
    write("app.py", code + 'app.get("/")(lambda: "up")' + lifespan)
    server = start("serve", "--port", "0", "--workers", "1", "--interface", "wsgi", "--behind-proxy")
    server.until("threads ")
    assert server.get()[0] == 200


@pytest.mark.server
@linux
@pytest.mark.parametrize(
    "options", [("--interface", "rsgi"), ("--interface", "asgi"), ("--interface", "wsgi", "--behind-proxy")]
)
def test_stopping_drops_no_request_that_has_begun(served, options, tmp_path):
    """Told to stop under load, it finishes what it has begun, turns the others away, and exits with 0."""
    server = served("--workers", "2", *options)
    port, done = server.port, threading.Event()
    slow: list[tuple[int, str]] = []
    outcomes: Counter[str] = Counter()
    (tmp_path / "begun.log").write_text("")

    def ask_slowly(path: str) -> None:
        slow.append(server.get(path))

    def ask() -> None:
        while not done.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                answer.read()
                outcomes[str(answer.status)] += 1
            except ConnectionRefusedError:
                outcomes["refused"] += 1
                time.sleep(0.01)
            except (OSError, http.client.HTTPException):
                outcomes["closed before it had begun"] += 1
            finally:
                connection.close()

    threads = [threading.Thread(target=ask_slowly, args=(path,)) for path in ("/slow", "/aslow") for _ in range(3)]
    threads += [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while not all((tmp_path / f"{name}.begun").exists() for name in ("slow", "aslow")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.3)
    assert server.end() == 0
    done.set()
    for thread in threads:
        thread.join()
    assert sorted(slow) == [(200, "aslow")] * 3 + [(200, "slow")] * 3
    assert outcomes["200"] == len((tmp_path / "begun.log").read_text())
    assert outcomes["200"] > 0
    assert set(outcomes) <= {"200", "503", "refused", "closed before it had begun"}
    assert "every request that had begun was answered" in server.output


@pytest.mark.server
@linux
def test_the_lifespan_ends_with_each_worker(served, tmp_path):
    """Its stop runs in every process."""
    server = served("--workers", "2")
    assert server.end() == 0
    assert (tmp_path / "stopped").read_text() == "xx"


@pytest.mark.server
@linux
@pytest.mark.parametrize(
    "options", [("--interface", "rsgi"), ("--interface", "asgi"), ("--interface", "wsgi", "--behind-proxy")]
)
def test_a_worker_may_be_told_to_stop_more_than_once(served, options, tmp_path):
    """By a terminal or a service manager, which tell every process, and then by its parent."""
    server = served("--workers", "1", *options)
    slow: list[tuple[int, str]] = []
    thread = threading.Thread(target=lambda: slow.append(server.get("/slow")))
    thread.start()
    deadline = time.monotonic() + 20
    while not (tmp_path / "slow.begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (worker,) = server.children()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGTERM, signal.SIGINT):
        os.kill(worker, number)
        time.sleep(0.05)
    begun = time.monotonic()
    assert server.end() == 0
    thread.join()
    assert slow == [(200, "slow")]
    assert time.monotonic() - begun < 25, "the worker was killed, as it had not ended by itself in 30 seconds"


@pytest.mark.server
@linux
def test_a_worker_that_dies_is_replaced(served):
    """And the server lives on, also when it happens often and at once."""
    server = served("--workers", "2")
    time.sleep(1.2)  # a worker that has lived has shown that the app starts
    for _ in range(4):
        with pytest.raises((OSError, http.client.HTTPException)):
            server.get("/die")
        assert server.get()[0] == 200
    deadline = time.monotonic() + 15
    while len(server.children()) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert server.end() == 0


@pytest.mark.server
@linux
def test_an_app_that_cannot_start_is_given_up(start, write):
    """After a few tries, with exit code 1 and the reason."""
    write("app.py", APP.replace("    yield\n", "    raise RuntimeError('no database')\n    yield\n"))
    server = start("serve", "--port", "0", "--workers", "1")
    server.until("giving up")
    server.until("RuntimeError: no database")
    assert server.process.wait(20) == 1


@pytest.mark.server
@linux
@pytest.mark.parametrize(
    "options", [("--interface", "rsgi"), ("--interface", "asgi"), ("--interface", "wsgi", "--behind-proxy")]
)
def test_a_mistake_that_shows_at_the_start_is_told_once(start, write, options):
    """A database that is not there, say: what and how to mend it, no traceback, no try after try."""
    code = "from demijohn import App, Database, Security\napp = App()\n"
    code += "app.use(Security(hosts=['127.0.0.1']), Database('sqlite:////no/such/x.db'))\n"
    write("app.py", code + "@app.get('/')\ndef home(): return 'home'\n")
    server = start("serve", "--port", "0", "--workers", "2", *options)
    if "wsgi" in options:
        with pytest.raises(OSError):  # started by the first request, which gets no answer
            server.get("/")
    assert server.process.wait(20) == 1
    server.until("The app cannot start")
    assert server.output.count("DMJ0525") == 1
    assert "Traceback" not in server.output
    assert "OperationalError" not in server.output


def test_setup_mistakes_come_before_the_server(run, write):
    """All of them, exit code 2, nothing was started."""
    write("app.py", "from demijohn import App\napp = App()\n@app.get('/<int:id>')\ndef a(id): ...\n"
                    "@app.get('/b')\ndef b(x): ...\n")  # fmt: skip
    code, output = run("serve")
    assert code == 2
    assert "2 setup mistakes" in output
    assert "DMJ0203" in output
    assert "DMJ0301" in output
    assert "http://" not in output


def test_a_taken_port_is_an_error(run, write):
    """In production the next port is no answer."""
    write("app.py", APP)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, output = run("serve", PORT=str(port))
    assert code == 2
    assert f"Port {port} is used by" in output


@pytest.mark.server
@linux
def test_a_unix_socket(start, write, tmp_path):
    """Served on, replaced when a dead server left it, removed at the end, refused while it is in use."""
    write("app.py", APP)
    path = tmp_path / "app.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    server = start("serve", "--uds", "app.sock", "--workers", "1")
    server.until("threads ")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    second = start("serve", "--uds", "app.sock")
    second.until("listens on app.sock already")
    assert server.end() == 0
    assert not path.exists()


@pytest.mark.server
@linux
def test_a_head_that_is_too_large_is_refused(served):
    """A head is read into a buffer of 64 KiB: one of four times that is never handed to the app."""
    server = served("--workers", "1")
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        try:
            client.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\nx-a: " + b"b" * 262_144 + b"\r\n\r\n")
            answer = client.recv(100)
        except ConnectionError:  # cut off while it was being sent
            pass
    assert not answer or b" 431 " in answer


@pytest.mark.server
@linux
def test_a_worker_holds_more_idle_connections_than_its_backlog(served):
    """Those who are silent keep nobody out: 1,100 connections stay open, and one more is answered."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2400:
        pytest.skip("This system allows too few open files.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2400), hard))
    server = served("--workers", "1")
    held: list[socket.socket] = []
    try:
        for _ in range(1101):
            client = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            held.append(client)
            client.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
    finally:
        for client in held:
            client.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
