"""What an app in development shows, through every door: this computer may look, and nobody can make it do anything."""

from __future__ import annotations

import subprocess
import sys

import pytest
from contract_asking import DOORS, ask
from contract_doors import Sent

from demijohn import App, Client
from demijohn.tools.debug import Debugger

SECRET = "nothing_here"
# Where the debuggers of others can be reached, and the ways in which they are.
CONSOLES = ["/console", "/_debug", "/__debug__/", "/debug", "/_werkzeug", "/_demijohn", "/rails/info", "/_reload"]
COMMANDS = ["?__debugger__=yes&cmd=1%2B1&frm=0&s=x", "?__debugger__=yes&cmd=pinauth&pin=1", "?cmd=1", ""]


def make(*, debug: bool) -> App:
    app = App(debug=debug)
    app.use(Debugger())

    @app.get("/")
    @app.post("/")
    def home():
        nothing_here = 0
        return str(1 / nothing_here)

    return app


BROWSER = (("accept", "text/html"),)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
def test_production_shows_nothing(door, accept):
    """A 500 without reason, code, or path, and no address of a debugger that answers."""
    app = make(debug=False)
    answer = ask(app, door, Sent("GET", "/", (("accept", accept),), host="localhost"))
    assert answer.status == 500
    for word in (SECRET, "ZeroDivisionError", "Traceback", "test_bad_debugging", "python"):
        assert word not in answer.text
    for path in CONSOLES:
        assert ask(app, door, Sent("GET", path, host="localhost")).status == 404


def test_production_does_not_even_load_it():
    """A served app has no debugger in its process."""
    code = (
        "import sys; from demijohn import App; app = App(debug=False); app.get('/')(lambda: 1 / 0)\n"
        "from demijohn import Client; assert Client(app, raise_errors=False).get('/').status == 500\n"
        "loaded = [name for name in sys.modules if name.startswith('demijohn.tools') and 'testing' not in name]\n"
        "assert not [name for name in loaded if name != 'demijohn.tools'], loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("host", "peer", "headers", "status", "shown"),
    [
        ("localhost:8000", "127.0.0.1", (), 500, True),
        ("[::1]:8000", "::1", (), 500, True),
        ("shop.localhost", "127.0.0.1", (), 500, True),
        ("evil.tld", "127.0.0.1", (), 400, False),
        ("127.0.0.1.nip.io", "127.0.0.1", (), 400, False),
        ("localhost.evil.tld", "127.0.0.1", (), 400, False),
        ("localhost", "192.168.1.9", (), 500, False),
        ("192.168.1.5", "127.0.0.1", (), 500, False),
        ("localhost", "127.0.0.1", (("x-forwarded-for", "127.0.0.1"),), 500, False),
        ("localhost", "127.0.0.1", (("forwarded", "for=127.0.0.1"),), 500, False),
    ],
)
def test_only_this_computer_sees_code(door, host, peer, headers, status, shown):
    """By peer and by name, so that neither a neighbour nor a website with a name for 127.0.0.1 reads it."""
    answer = ask(make(debug=True), door, Sent("GET", "/", (*BROWSER, *headers), host=host), peer=peer)
    assert answer.status == status
    assert (SECRET in answer.text) == shown


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_can_be_evaluated(door, method):
    """There is no console: no address and no parameter runs anything, whoever asks, from wherever."""
    app = make(debug=True)
    for path in CONSOLES:
        for command in COMMANDS:
            for headers in ((), (("origin", "https://evil.tld"),), (("sec-fetch-site", "cross-site"),)):
                sent = Sent(method, path + command, headers, b"1+1" if method == "POST" else b"", host="localhost")
                assert ask(app, door, sent).status == 404
    for command in COMMANDS:
        answer = ask(app, door, Sent(method, "/" + command, BROWSER, host="localhost"))
        assert answer.status == 500
        assert SECRET in answer.text


def test_nothing_in_development_changes_state_by_http():
    """Development adds no address to an app: reloading, migrating and clearing are the terminal's alone."""
    shown = {(route.methods, route.pattern.text) for route in make(debug=True).seal().routes}
    assert shown == {(route.methods, route.pattern.text) for route in make(debug=False).seal().routes}


def test_the_page_runs_no_script_of_elsewhere_and_sends_nothing():
    """Its policy allows its own script by nonce or hash, no form and no connection."""
    answer = Client(make(debug=True), raise_errors=False).get("/", headers={"accept": "text/html"})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'none'" in policy
    assert "unsafe" not in policy
    assert "connect-src" not in policy
    assert "<form" not in answer.text
