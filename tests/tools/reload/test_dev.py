"""`demijohn dev` as a real process: reload, errors, ports, and its end."""

from __future__ import annotations

import contextlib
import html
import http.client
import os
import re
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc for processes left behind"),
]

APP = """
from demijohn import App
import words

app = App()


@app.get("/")
def home():
    return words.HOME


@app.get("/slow")
async def slow():
    import asyncio

    await asyncio.sleep(60)


@app.get("/lazy")
def lazy():
    import later

    return later.TEXT


@app.get("/boom")
def boom():
    raise RuntimeError("on purpose")


@app.get("/debug")
def debug():
    import os

    return os.environ["DEMIJOHN_DEBUG"]
"""


@pytest.fixture
def server(start, write):
    """An app of two files, being served."""
    write("app.py", APP)
    write("words.py", 'HOME = "one"')
    server = start("dev", "--port", "0")
    server.until("ready in")
    return server


def test_the_banner_tells_the_truth(server, tmp_path):
    """Where, how fast, how many routes, in which file."""
    assert server.get() == (200, "one")
    assert f"http://127.0.0.1:{server.port}/" in server.output
    assert "5 routes in app.py" in server.output
    assert tmp_path.name in server.output


def test_each_request_is_a_line(server):
    """Time, method, path with its query, status, milliseconds; nothing in it can move the cursor."""
    server.get("/?q=1")
    server.until(r"\d\d:\d\d:\d\d GET /\?q=1 200 \d+ ms")
    server.get("/%1b[2Jx")
    server.until(r"GET /\\x1b\[2Jx 4\d\d")


def test_a_saved_file_restarts_it_and_nobody_is_refused(server, write):
    """While it restarts, requests are answered by the old code or by the new, never by an error or a refusal.

    What the server underneath cannot avoid is to close a connection that the old code had accepted as it ended, before
    anything was read from it: one for each who asks, at most, in each restart.
    """
    answers, closed, done = [], [], threading.Event()

    def ask():
        while not done.is_set():
            try:
                answers.append(server.get())
            except (http.client.RemoteDisconnected, ConnectionResetError) as error:
                closed.append(error)

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for thread in asking:
        thread.start()
    try:
        for word in ("two", "three", "four"):
            write("words.py", f"HOME = '{word}'")
            server.until_answer((200, word))
    finally:
        done.set()
        for thread in asking:
            thread.join()
    assert {status for status, _ in answers} == {200}
    assert len(closed) <= 3 * len(asking)
    server.until(r"↻ words.py changed: running again after [\d.]+ m?s")


def test_broken_code_is_shown_until_it_is_mended(server, write):
    """Every path answers 500 with the reason, which is printed once, and the next save brings the app back."""
    write("words.py", "HOME = (")
    server.until("The app does not start")
    status, page = server.get("/any", headers={"accept": "text/html"})
    assert status == 500
    assert "<!doctype html>" in page.lower()
    assert "was never closed" in page
    status, text = server.get("/other")
    assert status == 500
    assert "words.py:1" in text
    assert "<" not in text.replace("<module>", "")
    write("words.py", 'HOME = "mended"')
    server.until_answer((200, "mended"))
    assert server.output.count("was never closed") == 1


def test_setup_mistakes_are_shown_together(server, write):
    """Not only the first one."""
    write("words.py", 'HOME = ""')
    write("app.py", APP + '@app.get("/<int:id>")\ndef a(id): ...\n\n@app.get("/b")\ndef b(x): ...\n')
    server.until("DMJ0203")
    status, text = server.get()
    assert status == 500
    assert "DMJ0203" in text
    assert "DMJ0301" in text


def test_an_app_that_does_not_import_at_first(start, write):
    """Started on broken code, it waits for the mend, and then shows its banner."""
    file = write("app.py", "import nothing_of_this_name")
    server = start("dev", "--port", "0")
    server.until("pip install nothing_of_this_name")
    assert server.get()[0] == 500
    file.write_text("from demijohn import App\napp = App()\n@app.get('/')\ndef home():\n    return 'hi'\n")
    server.until_answer((200, "hi"))
    server.until("ready in")


def test_a_start_that_fails_is_shown(server, write):
    """What a lifespan raises is an error of the app like any other."""
    write("app.py", APP + "\n@app.lifespan\ndef life():\n    raise RuntimeError('no database')\n    yield\n")
    server.until("no database")
    assert "no database" in server.get()[1]


def test_an_app_that_ends_its_process(server, write):
    """Is told from the outside; the next save starts it again."""
    write("words.py", "import os\nos._exit(3)")
    server.until("ended itself with exit code 3")
    assert server.get()[0] == 500
    write("words.py", 'HOME = "back"')
    server.until_answer((200, "back"))


def test_a_hanging_request_is_cut_off_by_name(server, write):
    """New code does not wait for a request of the old; after two seconds it is said which one hung."""

    def ask():
        with contextlib.suppress(OSError, http.client.HTTPException):  # it is cut off
            server.get("/slow")

    hanging = threading.Thread(target=ask, daemon=True)
    hanging.start()
    time.sleep(0.3)
    write("words.py", 'HOME = "next"')
    server.until_answer((200, "next"))
    server.until("cut off: GET /slow")
    hanging.join(5)


def test_a_module_imported_by_a_request_counts(server, write):
    """A file that no one had imported at the start restarts the app once it is imported, not before."""
    write("later.py", 'TEXT = "first"')
    server.get()
    server.until_answer((200, "first"), "/lazy")
    write("later.py", 'TEXT = "second"')
    server.until_answer((200, "second"), "/lazy")


def test_other_files_restart_nothing(server, write):
    """Templates, data and files that are not imported leave it running; so does saving without a change."""
    server.get()
    before = server.children()
    write("page.html", "<p>")
    write("unused.py", "x = 1")
    os.utime(server.folder / "words.py")
    write(".env", "A=1")  # this one does
    server.until(r"↻ \.env changed")
    assert server.output.count("↻") == 1
    assert server.children() != before


def test_an_app_without_routes_is_welcomed(start, write):
    """The page names the file and the first lines to write; they work, and the page is gone."""
    app = write("app.py", "from demijohn import App\n\napp = App()\n")
    server = start("dev", "--port", "0")
    status, page = server.get()
    assert status == 200
    assert str(app) in page
    assert server.get("/other")[0] == 404
    code = html.unescape(re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL).group(1))
    app.write_text(app.read_text() + "\n\n" + code + "\n")
    server.until_answer((200, "Hello, world!"))


def test_breakpoint_is_pdb(start, write):
    """It stops there: without a terminal pdb reads the end of its input, and the request fails with its name."""
    write("app.py", "from demijohn import App\napp = App()\n@app.get('/')\ndef home():\n    breakpoint()\n")
    server = start("dev", "--port", "0")
    assert "BdbQuit" in server.get()[1]
    server.until(r"\(Pdb\)")


def test_the_debug_page_answers_in_development(server):
    """With the place in the app's own code; and the app knows where it runs."""
    status, text = server.get("/boom")
    assert status == 500
    assert "on purpose" in text
    assert "app.py:" in text
    assert server.get("/debug") == (200, "1")


def test_ctrl_c_ends_everything(server):
    """Exit code 0, no child left, the port free."""
    server.get()
    children = server.children()
    assert children
    assert server.end(signal.SIGINT) == 0
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_no_child_outlives_its_parent(server):
    """Even if the parent was killed and could not say goodbye."""
    children = server.children()
    assert children
    server.end(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(_lives(child) for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_without_file_events_files_are_looked_at(start, write):
    """--poll finds a change, too."""
    write("app.py", APP)
    write("words.py", 'HOME = "one"')
    server = start("dev", "--port", "0", "--poll")
    server.until_answer((200, "one"))
    write("words.py", 'HOME = "other"')
    server.until_answer((200, "other"))


def test_a_port_that_is_taken_is_named(server, run, write):
    """Asked for by number, the command ends and says by whom."""
    code, output = run("dev", "--port", str(server.port))
    assert code == 2
    assert f"Port {server.port} is used by `" in output
    assert f"(pid {server.process.pid}, " in output


def test_port_is_read_from_the_environment(start, write):
    """PORT is an order like --port."""
    write("app.py", APP)
    write("words.py", 'HOME = "one"')
    server = start("dev", PORT="0")
    server.until_answer((200, "one"))


def test_who_is_not_at_this_computer_sees_no_source(start, write):
    """A host name from elsewhere gets a 500 without the reason."""
    write("app.py", "secret_of_the_app = (")
    server = start("dev", "--port", "0")
    server.until("The app does not start")
    status, text = server.get(headers={"host": "evil.example", "accept": "text/html"})
    assert status == 500
    assert "secret_of_the_app" not in text
    assert "secret_of_the_app" in server.get()[1]


def test_websockets_have_all_that_production_has(start, write):
    """An app with one is served over ASGI, with subprotocols and close codes, and other requests are lines as ever."""
    write(
        "app.py",
        """
from demijohn import App, WebSocket

app = App()


@app.get("/")
def home():
    return "one"


@app.websocket("/chat")
async def chat(ws: WebSocket):
    await ws.accept("chat")
    await ws.close(4001, "bye")
""",
    )
    server = start("dev", "--port", "0")
    server.until("ready in")
    assert server.get("/?q=1") == (200, "one")
    server.until(r"GET /\?q=1 200 \d+ ms")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(
            b"GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat\r\n\r\n"
        )
        got = b""
        while b"bye" not in got:
            chunk = connection.recv(1000)
            assert chunk, got
            got += chunk
    assert b"sec-websocket-protocol: chat" in got.lower()
    assert got.endswith(b"\x88\x05\x0f\xa1bye")
