"""`demijohn check --deploy` and `demijohn routes --public`: what may be served to others, and what is open."""

from __future__ import annotations

import json
import sys

import pytest

from demijohn import App, Security
from demijohn.kernel.deploy import DeployCheck, Finding, Gate
from demijohn.tools.cli import call
from demijohn.tools.console import CommandError
from demijohn.tools.deploy import findings
from demijohn.tools.outside import check_outside

KEY = "kJ8-6Wc5Yq0Ztq1cJx4b2v9nM3sLdF7hGpRa"
GOOD = {"hosts": ["example.com"], "trusted_proxies": ["10.0.0.5"], "https": True}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Each test has a folder of its own, and loads its own app.py."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("app", None)


def run(*arguments: str) -> int:
    """A command line in a process of its own, as far as the app is concerned."""
    sys.modules.pop("app", None)
    return call(list(arguments))


def ids(app: App, **config) -> dict[str, str]:
    """The findings about an app: id and level."""
    return {each.id: each.level for each in findings(app.seal(config={"SECRET_KEY": KEY, **config}))}


def secured(**settings) -> App:
    app = App()
    app.use(Security(**{**GOOD, **settings}))
    return app


def test_an_app_that_is_set_up_has_no_findings():
    """Hosts, a key, HTTPS and the proxy: nothing else is asked for."""
    assert ids(secured()) == {}


@pytest.mark.parametrize("hosts", [[], ["*"], "*"])
def test_an_app_for_every_host_is_an_error(hosts):
    """Links with a host in them are made of what a client says then."""
    assert ids(secured(hosts=hosts)) == {"SEC010": "error"}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"csrf": False}, {"SEC011": "error"}), ({"trusted_proxies": ["0.0.0.0/0"]}, {"SEC012": "error"}),
        ({"https": False}, {"SEC013": "warning"}), ({"trusted_proxies": ()}, {"SEC014": "warning"}),
        ({"strict_transport": None}, {"SEC015": "warning"}),
        ({"strict_transport": "max-age=60"}, {"SEC015": "warning"}), ({"page_policy": None}, {"SEC016": "warning"}),
        ({"page_policy": "default-src 'self' 'unsafe-inline'"}, {"SEC016": "warning"}),
        ({"frame_options": None}, {"SEC017": "warning"}),
    ],
)  # fmt: skip
def test_each_setting_that_is_weaker_is_told(settings, expected):
    """By an id, and as an error where it is never as it should be."""
    assert ids(secured(**settings)) == expected


def test_keys_that_are_missing_weak_or_known():
    """In that order: nothing to sign with, to be guessed, in the code of everybody."""
    app = secured()
    assert {each.id: each.level for each in findings(app.seal(config={"SECRET_KEY": ""}))} == {"SEC002": "warning"}
    assert ids(app, SECRET_KEY="changeme") == {"SEC002": "error"}
    assert ids(app, SECRET_KEY=KEY, SECRET_KEY_FALLBACKS="short") == {"SEC002": "error"}


def test_a_key_in_a_file_of_the_code_is_known(tmp_path, monkeypatch, capsys):
    """One in `.env`, which is not shared, is not."""
    monkeypatch.delenv("SECRET_KEY", raising=False)
    (tmp_path / "app.py").write_text("from demijohn import App\napp = App()\n")
    (tmp_path / "demijohn.toml").write_text(f'secret_key = "{KEY}"\n')
    assert run("check", "--deploy", "--json") == 2
    assert "SEC003" in [each["code"] for each in json.loads(capsys.readouterr().out)["findings"]]
    (tmp_path / "demijohn.toml").unlink()
    (tmp_path / ".env").write_text(f"SECRET_KEY={KEY}\n")
    assert run("check", "--deploy", "--json") == 2
    assert "SEC003" not in [each["code"] for each in json.loads(capsys.readouterr().out)["findings"]]


def test_development_and_bare_apps():
    """What no setting makes good."""
    debugged = App(debug=True)
    debugged.use(Security(**GOOD))
    assert ids(debugged)["SEC001"] == "error"
    assert ids(App(bare=True)) == {"SEC009": "error"}


def test_places_that_are_no_good_for_many():
    """Sessions in memory, and SQLite."""
    from demijohn import Database, Sessions

    app = secured()
    app.use(Sessions(store="memory", same_site="none"), Database("sqlite://"))
    assert ids(app) == {"SEC004": "warning", "SEC005": "warning", "SEC006": "warning"}


def test_cors_and_rates_that_are_wider_than_they_look():
    """Everybody, plain HTTP, and a count for each worker."""
    from demijohn.security import CORS, rate_limit

    app = secured(cors=CORS(origins=["*"]))
    app.get("/a", name="a", around=[CORS(origins=["http://app.example"]), rate_limit("5/minute")])(lambda: "a")
    assert ids(app) == {"SEC018": "warning", "SEC019": "warning", "SEC020": "warning"}


@pytest.mark.parametrize(
    ("origins", "found"),
    [(["*"], {"SEC011": "error"}), (["https://pay.example"], {}), (["HTTP://pay.example"], {"SEC019": "warning"})],
)
def test_origins_that_are_trusted_too_easily(origins, found):
    """Everybody is as good as no guard at all, and plain HTTP is anybody on the way."""
    assert ids(secured(trusted_origins=origins)) == found


def test_batteries_have_checks_of_their_own():
    """Offered through the same door."""
    app = secured()
    app.register(DeployCheck(lambda kernel: [Finding("SHOP001", "The till is open.", "Close it.")]))
    assert ids(app) == {"SHOP001": "error"}


def test_the_command_prints_ids_and_fixes(tmp_path, monkeypatch, capsys):
    """An error is exit code 2; warnings alone are 0."""
    monkeypatch.setenv("SECRET_KEY", KEY)
    (tmp_path / "app.py").write_text("from demijohn import App\napp = App()\n")
    assert run("check", "--deploy") == 2
    printed = capsys.readouterr().out
    assert "SEC010" in printed
    assert 'Fix: app.use(Security(hosts=["example.com"]))' in printed
    assert "1 error, 2 warnings" in printed
    monkeypatch.setenv("DEMIJOHN_SECURITY_HOSTS", "example.com")
    assert run("check", "--deploy") == 0
    assert "2 warnings" in capsys.readouterr().out
    monkeypatch.setenv("DEMIJOHN_SECURITY_HTTPS", "true")
    monkeypatch.setenv("DEMIJOHN_SECURITY_TRUSTED_PROXIES", "10.0.0.5")
    assert run("check", "--deploy") == 0
    assert "Nothing speaks against" in capsys.readouterr().out


def test_others_are_not_served_with_the_defaults_of_development():
    """`demijohn serve` refuses to start, with the list; this machine alone may be."""
    kernel = App().seal()
    check_outside(kernel, behind_proxy=False, near=True)
    for behind_proxy, near in ((True, True), (False, False)):
        with pytest.raises(CommandError, match="SEC010"):
            check_outside(kernel, behind_proxy=behind_proxy, near=near)
    app = App(debug=True)
    app.use(Security(hosts=["example.com"]))
    with pytest.raises(CommandError, match="SEC001"):
        check_outside(app.seal(), behind_proxy=False, near=False)
    check_outside(secured(https=False).seal(), behind_proxy=False, near=False)


PUBLIC = """
from demijohn import App, Depends, signed
from demijohn.api import HTTPBearer
from demijohn.security import CORS, csrf_exempt, rate_limit
from typing import Annotated

app = App()
bearer = HTTPBearer()


def staff(request):
    pass


@app.get("/")
def home():
    return ""


@app.post("/hook", around=[csrf_exempt, rate_limit("5/minute"), staff, CORS(origins=["https://a.example"])])
def hook():
    return ""


@app.get("/me", around=[Depends(bearer)])
def me():
    return ""


@app.get("/you")
def you(token: Annotated[str, Depends(bearer)]):
    return ""


@app.get("/file", around=[signed])
def file():
    return ""
"""


def test_routes_that_are_open(tmp_path, monkeypatch, capsys):
    """All but those that ask who is there, and what is said of them."""
    monkeypatch.setenv("SECRET_KEY", KEY)
    (tmp_path / "app.py").write_text(PUBLIC)
    assert run("routes", "--public", "--json") == 0
    found = {each["path"]: each["notes"] for each in json.loads(capsys.readouterr().out)}
    assert found == {
        "/": [],
        "/hook": [
            "takes forged requests (csrf_exempt)", "rate 5 in 60 s", "around staff", "CORS https://a.example",
        ],
    }  # fmt: skip
    assert run("routes", "--public") == 0
    printed = capsys.readouterr().out
    assert "2 routes open to everybody, 3 only to those who say who they are" in printed


def test_a_gate_closes_routes(capsys):
    """Offered by who signs visitors in."""
    from demijohn.tools.public import public_routes

    app = App()
    app.get("/a", name="a")(lambda: "a")
    app.get("/b", name="b")(lambda: "b")
    app.register(Gate(lambda facts: facts.route.path == "/a"))
    assert [route.path for route in public_routes(app.seal())] == ["/b"]
