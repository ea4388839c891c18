"""Bad hosts, through every door: what an app answers to, and what it believes of its own name."""

from __future__ import annotations

import logging

import pytest
from contract_asking import DOORS, ask
from contract_doors import Sent

from demijohn import App, HTMLResponse, Request, Security, SetupError, Telemetry
from demijohn.batteries.security.hosts import AllowedHosts
from demijohn.foundation.errors import Where

HOSTS = ["example.com", ".multi.com", "[::1]", "xn--4ca9at.com"]


def make(*, debug: bool = False, **settings) -> App:
    app = App(debug=debug)
    app.use(Security(**settings), Telemetry(logs=False))

    @app.get("/")
    def home(request: Request):
        return request.host

    @app.get("/private", name="private")
    def private(request: Request):
        return {"path": request.path, "url": request.url}

    return app


@pytest.fixture(scope="module")
def app():
    """An app that answers to some hosts only."""
    return make(hosts=HOSTS)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "host",
    [
        "example.com@evil.tld", "example.com:dr.frankenstein@evil.tld", "example.com:dr.frankenstein@evil.tld:80",
        "example.com:80/badpath", "example.com: recovermypassword.com", "other.com", "other.com:8000", "example.com..",
        ".example.com", "example.com:", "example.com:99999", "exa mple.com", "example.com/", "example.com?x",
        "example.com\\@evil.tld", "[::1", "[::1]x", "[example.com]", "::1", "%65xample.com", "evilmulti.com", "",
        "a/?x=", "a" * 300, "example.com,example.com", "localhost", "127.0.0.1", "example.com\tevil.tld", "?",
    ],
)  # fmt: skip
def test_hosts_that_are_not_ours_are_refused(app, door, host):
    """A host that is malformed or of somebody else gets a 400 that tells nothing of the list."""
    answer = ask(app, door, Sent("GET", "/", host=host))
    assert answer.status == 400
    assert "multi.com" not in answer.text
    assert answer.header("x-content-type-options") == "nosniff"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "host",
    [
        "example.com", "example.com:80", "EXAMPLE.com", "example.com.", "example.com.:80", "[::1]:8000", "[::1]",
        "xn--4ca9at.com", "multi.com", "a.multi.com", "a.b.multi.com:8443",
    ],
)  # fmt: skip
def test_hosts_that_are_ours_are_answered(app, door, host):
    """Case, port and the root's dot do not matter."""
    answer = ask(app, door, Sent("GET", "/", host=host))
    assert (answer.status, answer.text) == (200, host)


@pytest.mark.parametrize("door", DOORS)
def test_a_host_does_not_change_the_path(app, door, caplog):
    """What a host pretends to be is refused, and every line of the log has the real path."""
    with caplog.at_level(logging.INFO):
        logging.getLogger("demijohn.access").setLevel(logging.INFO)
        answer = ask(app, door, Sent("GET", "/private", host="a/?x="))
    assert answer.status == 400
    assert [record.path for record in caplog.records if record.name == "demijohn.access"] == ["/private"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("other", ["example.com", "other.com"])
def test_two_hosts_are_one_too_many(app, door, other):
    """Even two that are equal: a proxy in front may have read the other one."""
    sent = Sent("GET", "/", headers=(("host", other),), host="example.com")
    assert ask(app, door, sent).status == 400


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", ["x-forwarded-host", "x-host", "forwarded", "x-original-host", "x-forwarded-server"])
def test_no_other_header_stands_in_for_the_host(app, door, name):
    """HTTP/1.1 without Host is refused, whoever else names one."""
    value = "host=example.com" if name == "forwarded" else "example.com"
    assert ask(app, door, Sent("GET", "/", headers=((name, value),), host=None)).status == 400


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "header",
    [
        ("x-forwarded-host", "evil.tld"), ("forwarded", "host=evil.tld;proto=https"), ("x-forwarded-proto", "https"),
        ("x-forwarded-port", "444"), ("x-forwarded-server", "evil.tld"), ("x-original-host", "evil.tld"),
    ],
)  # fmt: skip
def test_links_are_built_of_the_host_that_was_checked(app, door, header):
    """Without a trusted proxy nothing else names the app."""
    answer = ask(app, door, Sent("GET", "/private", headers=(header,)))
    assert answer.status == 200
    assert b'"url":"http://example.com/private"' in answer.body
    assert b"evil" not in answer.body
    assert b"https" not in answer.body
    assert b"444" not in answer.body


def test_the_list_is_of_names_not_of_patterns():
    """A dot is a dot, and a suffix begins at one."""
    hosts = AllowedHosts.of(["example.com", ".multi.com"], Where("app.py", 1))
    names = ("exampleXcom", "evilexample.com", "multi.com", "a.multi.com", "evilmulti.com", "a.multi.com.evil")
    assert [hosts.allows(name) for name in names] == [False, False, True, True, False, False]


@pytest.mark.parametrize(
    "entry", ["https://example.com", "example.com:80", "*.example.com", "exa mple.com", "", "a/b", "..a.com", "[::1"]
)
def test_entries_that_could_never_match_are_mistakes(entry):
    """What is no host is told at start, not never answered."""
    with pytest.raises(SetupError, match="DMJ0550"):
        make(hosts=[entry]).seal()


@pytest.mark.parametrize("door", DOORS)
def test_every_host_is_allowed_by_a_star(door):
    """`*` says that something in front looks at hosts; their grammar is checked all the same."""
    app = make(hosts=["*"])
    assert ask(app, door, Sent("GET", "/", host="whatever.example")).status == 200
    assert ask(app, door, Sent("GET", "/", host="a/?x=")).status == 400


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8000", 200), ("shop.localhost", 200), ("127.0.0.1:8000", 200), ("[::1]:8000", 200),
        ("192.168.1.5", 200), ("evil.tld", 400), ("127.0.0.1.nip.io", 400), ("localhost.evil.tld", 400),
        ("notlocalhost", 400), ("127.0.0.1.", 200),
    ],
)  # fmt: skip
def test_in_development_only_this_computer_is_answered(door, host, status):
    """A website that points its own name to 127.0.0.1 cannot read what is being developed."""
    assert ask(make(debug=True), door, Sent("GET", "/", host=host)).status == status


@pytest.mark.parametrize("door", DOORS)
def test_a_refused_host_is_not_redirected_to(door):
    """Neither a slash too many nor plain HTTP makes a link to somebody else's host."""
    app = make(hosts=HOSTS, https=True)
    app.get("/page")(lambda: HTMLResponse("page"))
    for target in ("/", "/page/", "//evil.tld"):
        answer = ask(app, door, Sent("GET", target, headers=(("accept", "text/html"),), host="evil.tld"))
        assert answer.status == 400
        assert answer.header("location") is None
    answer = ask(app, door, Sent("GET", "/page", headers=(("accept", "text/html"),)))
    assert (answer.status, answer.header("location")) == (308, "https://example.com/page")


@pytest.mark.parametrize("door", DOORS)
def test_without_a_list_a_public_name_is_told_once(door, caplog):
    """Whatever server it runs under: that every name is answered stands in the log, and this computer's are no news."""
    app = make()
    for host in ("localhost", "127.0.0.1:8000", "[::1]"):
        assert ask(app, door, Sent("GET", "/", host=host)).status == 200
    assert not [record for record in caplog.records if "SEC010" in record.getMessage()]
    for host in ("shop.example", "shop.example", "evil.example"):
        assert ask(app, door, Sent("GET", "/", host=host)).status == 200
    (told,) = [record for record in caplog.records if "SEC010" in record.getMessage()]
    assert (told.name, told.levelname) == ("demijohn.security", "WARNING")
    assert "shop.example is answered" in told.getMessage()


@pytest.mark.parametrize("settings", [{"hosts": ["example.com"]}, {"hosts": ["*"]}, {"debug": True}])
def test_who_has_a_list_is_told_nothing(settings, caplog):
    """Nor who says that something in front looks at hosts, nor who develops."""
    ask(make(**settings), "wsgi", Sent("GET", "/", host="example.com"))
    assert not [record for record in caplog.records if "SEC010" in record.getMessage()]
