"""Bad paths, through every door and through a real server: nobody leaves a folder, nobody is led away."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

import contract_paths
import pytest
from contract_asking import DOORS, ask
from contract_doors import Sent
from contract_servers import running

from demijohn import App, Client, InlineTemplates, Templates, redirect, render, url
from demijohn.foundation.safe_join import safe_join
from demijohn.foundation.urls import is_safe_redirect
from demijohn.kernel.links import LinkError

SECRET = "UP-SECRET"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The folder of the catalogue: files, links in and out, dot-files, and secrets beside it."""
    root = tmp_path_factory.mktemp("files")
    static = root / "static"
    (static / "sub" / ".git").mkdir(parents=True)
    (static / "a.txt").write_text("0123456789")
    (static / "sub" / "b.txt").write_text("b")
    (static / ".env").write_text(SECRET)
    (static / "sub" / ".git" / "config").write_text(SECRET)
    (root / "up.txt").write_text(SECRET)
    (root / "static-secret").mkdir()
    (root / "static-secret" / "s.txt").write_text(SECRET)
    (static / "link_in").symlink_to(static / "a.txt")
    (static / "link_out").symlink_to(root / "up.txt")
    os.mkfifo(static / "fifo")
    return static


@pytest.fixture(scope="module")
def app(folder):
    """The app over that folder."""
    return contract_paths.make(folder)


NOT_FOUND = {
    "B001": ["/static/../up.txt", "/static/sub/../../up.txt"],
    "B002": ["/static/..%2fup.txt", "/static/%2e%2e/up.txt", "/static/.%2e%2fup.txt", "/static/..%5cup.txt"],
    "B003": ["/static/%252e%252e%252fup.txt", "/static/%252e%252e/up.txt"],
    "B005": ["/static/../static-secret/s.txt", "/static-secret/s.txt"],
    "B006": ["/static//etc/hostname", "/static/%2fetc/hostname", "/static/%2f%2fetc/hostname"],
    "B007": ["/static/a.txt%00.png", "/static/%00", "/static/a.txt%00"],
    "B008": ["/static/" + "a" * 300, "/static/" + "a/" * 2000, "/static/" + "%C3%A9" * 200],
    "B010": ["/static/link_out", "/static/fifo"],
    "B013": ["/static/.env", "/static/sub/.git/config", "/static/%2eenv"],
    "B014": ["/static/sub", "/static/sub/", "/static/", "/static"],
}
CASES = [pytest.param(target, id=f"{row}-{target[:40]}") for row, targets in NOT_FOUND.items() for target in targets]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("target", CASES)
def test_no_path_leaves_the_folder(app, door, target):
    """404, or 400 and 414 for what is no path at all; nothing of what lies outside, nothing of dot-files, no list."""
    answer = ask(app, door, Sent("GET", target))
    assert answer.status in (404, 400, 414), answer.text[:200]
    assert SECRET not in answer.text
    assert "b.txt" not in answer.text
    assert answer.header("x-content-type-options") == "nosniff"


@pytest.mark.parametrize("door", DOORS)
def test_a_link_inside_is_followed(app, door):
    """B010: as long as it stays inside."""
    assert ask(app, door, Sent("GET", "/static/link_in")).text == "0123456789"


@pytest.mark.skipif(sys.platform == "win32", reason="needs fifos")
def test_a_real_server_agrees(folder, tmp_path, monkeypatch):
    """B001 to B014 as they travel: what a server makes of a path does not open the folder either."""
    monkeypatch.setenv("CONTRACT_FOLDER", str(folder))
    with running("demijohn", tmp_path, "contract_paths:app") as server:
        for targets in NOT_FOUND.values():
            for target in targets:
                answer = server.ask(Sent("GET", target))
                assert answer.status in (404, 400, 414), target
                assert SECRET not in answer.text
        for target in LED_AWAY:
            answer = server.ask(Sent("GET", target))
            assert answer.status in (404, 400) or stays(answer.header("location")), target
        assert server.ask(Sent("GET", "/static/link_in")).text == "0123456789"


@pytest.mark.parametrize(
    "name", ["../static-secret/s.txt", "../up.txt", "/etc/hostname", "sub/../../up.txt", "a\0b", "..", "sub\\..\\..\\x"]
)
def test_names_that_are_joined(folder, name):
    """B005: a folder whose name begins alike is another folder."""
    assert safe_join(str(folder), name) is None


@pytest.mark.parametrize(
    "name",
    [
        "CON", "sub/NUL", "aux.txt", "nul .txt", "COM1", "COM\u00b9", "LPT9.tar.gz", "CON:", "CON::$DATA", "prn",
        "sub/con/x.txt", "a.txt::$DATA", "a.txt:", "C:/x", "\\\\host\\share\\x", "a.txt.", "a.txt ",
    ],
)  # fmt: skip
def test_names_of_windows(folder, monkeypatch, name):
    """B017: devices and streams, in any segment and with any ending."""
    monkeypatch.setattr(os, "name", "nt")
    assert safe_join(str(folder), name) is None


OPENED: list[str] = []


@functools.cache
def watch() -> None:
    """Note which files are opened while `OPENED` has anything in it."""
    sys.addaudithook(lambda event, args: OPENED.append(str(args[0])) if OPENED and event == "open" else None)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a\0b", "a/../../b", "../up.txt", "C:/x"])
def test_templates_stay_in_their_folders(tmp_path, name):
    """B020: not found, and no file outside of the folders is opened."""
    app = App(bare=True)
    app.root = tmp_path
    (tmp_path / "templates").mkdir()
    (tmp_path / "up.txt").write_text(SECRET)
    app.use(Templates())
    app.register(InlineTemplates({"a.html": "a"}))
    app.get("/a")(lambda: render("a.html"))
    app.get("/bad")(lambda: render(name))
    watch()
    with Client(app, raise_errors=False) as client:
        assert client.get("/a").text == "a"
        OPENED.append("")
        answer = client.get("/bad")
        opened = OPENED[:]
        OPENED.clear()
    assert answer.status == 500
    assert SECRET not in answer.text
    assert not [path for path in opened if path.endswith(("passwd", "up.txt"))]


# ----------------------------------------------------------------------------------------------------- URL

LED_AWAY = [
    "//evil.example/admin", "/\\evil.example/admin", "/%2f%2fevil.example/admin", "/%2fevil.example/admin",
    "//evil.example", "///evil.example", "/%5cevil.example", "//evil.example/%2e%2e", "/.%2fevil.example",
    "//evil.example/admin?next=//evil.example",
]  # fmt: skip


def stays(location: str | None) -> bool:
    """Whether a redirect begins with exactly one slash."""
    return location is not None and location[:1] == "/" and location[1:2] not in ("/", "\\")


def slashes() -> App:
    """An app whose addresses end in slashes, whatever they are."""
    app = App()
    for path in ("/{a}/", "/{a}/{b}/", "/{a}/{b}/{c}/"):
        app.get(path)(lambda request: "x")
    return app


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("target", LED_AWAY)
def test_a_slash_that_is_added_leads_nowhere_else(app, door, target):
    """B098: 404 or 400, or a redirect on this host."""
    for each in (app, slashes()):
        answer = ask(each, door, Sent("GET", target))
        assert answer.status in (404, 400) or stays(answer.header("location")), answer.headers


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("target", LED_AWAY)
def test_a_slash_that_is_taken_away_leads_nowhere_else(door, target):
    """B098: the other way round."""
    app = App()
    for path in ("/{a}", "/{a}/{b}", "/{rest:path}"):
        app.get(path)(lambda request: "x")
    answer = ask(app, door, Sent("GET", target + "/"))
    assert answer.status in (200, 404, 400) or stays(answer.header("location")), answer.headers


@pytest.mark.parametrize("door", DOORS)
def test_a_slash_is_added_where_a_route_has_one(app, door):
    """B098: and the query stays."""
    answer = ask(app, door, Sent("GET", "/admin?x=1"))
    assert (answer.status, answer.header("location")) == (308, "/admin/?x=1")


@pytest.mark.parametrize("length", [3_000, 100_000])
def test_long_targets_are_refused_first(length):
    """B097: before any work is done on them; without a place outside they are looked at as any other."""
    for letter in ("\u00e9", "\ufdfa", "a"):
        assert not is_safe_redirect("/" + letter * length)


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "\x01javascript:x", "JaVaScRiPt:x", "//evil"]
)
def test_redirects_go_to_pages(target):
    """B100: only paths, http and https."""
    with pytest.raises(ValueError, match=r"place to redirect to|another host|control character|has no place"):
        redirect(target)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "value", ["a/b?c#d%", "..", ".", "", "a b", "\u00e9", "a%2Fb", "%", "?", "#", "a\\b", "a;b", "+"]
)
def test_values_in_links(app, door, value):
    """B102: what is built leads back to the same value, or is refused."""
    try:
        link = app.url("item", name=value)
    except ValueError:
        assert value in ("a/b?c#d%", "..", ".", "")
        return
    assert ask(app, door, Sent("GET", link)).text == value


def test_values_that_no_path_can_carry():
    """B102: the message names the value; the rest of a path may have slashes, and no dots that climb."""
    app = App(bare=True)
    app.get("/{name}/{rest:path}", name="x")(lambda name, rest: url("x"))
    assert app.url("x", name="a?b", rest="c/d#e%") == "/a%3Fb/c/d%23e%25"
    for values in ({"name": "a/b", "rest": "c"}, {"name": "", "rest": "c"}, {"name": "a", "rest": "../x"}):
        with pytest.raises((ValueError, LinkError)):
            app.url("x", **values)
