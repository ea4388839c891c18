"""Bad session cookies, through every door: whatever a visitor sends is no session, and never an error."""

from __future__ import annotations

import sys
import time
from unittest import mock

import pytest
from contract_asking import DOORS, ask
from contract_doors import Sent

from demijohn import App, Session, Sessions

OLD = "kJ8-6Wc5Yq0Ztq1cJx4b2v9nM3sLdF7hGpRa"
NEW = "uX3_nB7vQe1Lw9zRk5TfYc2hJ8sGdM4aPqZo"
NAME = "__Host-session"
CREATED = 1_800_000_000.0
JUNK = ["", "x", "a" * 43, "a" * 1000, "../../etc/passwd", "a/b", "%00", "é", "\x80\xff", '"', "a=b", "e30.e30.e30"]


@pytest.fixture
def clock(monkeypatch):
    """The time that sessions go by, set by hand."""
    now = [CREATED]
    monkeypatch.setattr("demijohn.batteries.sessions.battery._now", lambda: now[0])
    return now


def make(*, keys=NEW, fallbacks="", **settings) -> App:
    app = App(debug=False)
    app.use(Sessions(**settings))

    @app.get("/")
    def show(session: Session):
        return session.get("user", "nobody")

    @app.get("/async")
    async def show_async(session: Session):
        return session.get("user", "nobody")

    @app.get("/in")
    def sign_in(session: Session):
        session["user"] = "ann"
        session.rotate()
        return "in"

    @app.get("/out")
    def sign_out(session: Session):
        session.clear()
        return "out"

    with mock.patch.dict("os.environ", {"SECRET_KEY": keys, "SECRET_KEY_FALLBACKS": fallbacks}):
        app.seal()
    return app


@pytest.fixture(params=["cookie", "signed", "memory", "file"])
def app(request, tmp_path, clock):
    """An app with its sessions in one of the places."""
    if request.param == "signed":
        return make(encrypt=False)
    return make(store=f"file:{tmp_path}" if request.param == "file" else request.param)


def get(app, door, path="/", token=None, name=NAME):
    headers = () if token is None else (("cookie", f"{name}={token}"),)
    return ask(app, door, Sent("GET", path, headers))


def token_of(got):
    cookies = [value for name, value in got.headers if name == "set-cookie"]
    return None if not cookies else cookies[0].partition("=")[2].partition(";")[0]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("path", ["/", "/async"])
def test_junk_is_no_session(app, door, junk, path):
    """Tokens that were never issued are nobody's, are not adopted, and set nothing."""
    got = get(app, door, path, junk)
    assert (got.status, got.body, token_of(got)) == (200, b"nobody", None)


@pytest.mark.parametrize("door", DOORS)
def test_a_token_is_never_adopted(app, door):
    """Whoever signs in with a token of an attacker's gets another one."""
    planted = "b" * 43
    fresh = token_of(get(app, door, "/in", planted))
    assert fresh != planted
    assert get(app, door, token=planted).body == b"nobody"
    assert get(app, door, token=fresh).body == b"ann"


@pytest.mark.parametrize("door", DOORS)
def test_every_changed_byte_makes_it_void(app, door):
    """Each letter changed, the end cut off, letters added: no session, and no unpickling."""
    token = token_of(get(app, door, "/in"))
    assert get(app, door, token=token).body == b"ann"
    places = range(0, len(token), 1 if door == "wsgi" else 9)
    bad = [token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :] for place in places]
    bad += [token[:-1], token[: len(token) // 2], token + "A", token + "AAAA", "A" + token, token + "="]
    unpickled = []
    sys.addaudithook(lambda event, _: unpickled.append(event) if event == "pickle.find_class" else None)
    for each in bad:
        got = get(app, door, token=each)
        assert (got.status, got.body) == (200, b"nobody"), each
    assert unpickled == []


@pytest.mark.parametrize("door", DOORS)
def test_the_first_key_seals_and_the_others_only_open(door, clock):
    """After a new key the old sessions are read until its fallback is gone; they are sealed anew by the new one."""
    before = token_of(get(make(keys=OLD), door, "/in"))
    both = make(keys=NEW, fallbacks=OLD)
    assert get(both, door, token=before).body == b"ann"
    assert get(make(keys=NEW), door, token=before).body == b"nobody"
    renewed = token_of(get(both, door, "/in", before))
    assert get(make(keys=NEW), door, token=renewed).body == b"ann"
    assert get(make(keys=OLD), door, token=renewed).body == b"nobody"


@pytest.mark.parametrize("door", DOORS)
def test_what_is_signed_for_another_purpose_is_no_session(door, clock):
    """A token of the same key from elsewhere in the app opens nothing."""
    from demijohn import Signer

    app = make(encrypt=False)
    forged = Signer(NEW, "newsletter").sign(b'[1800000000,1800000000,{"user":"ann"},[]]')
    assert get(app, door, token=forged).body == b"nobody"
    assert get(make(), door, token=forged).body == b"nobody"


@pytest.mark.parametrize("door", DOORS)
def test_ours_but_no_record(door, clock):
    """What the right key signed and is no session, of an older version say, counts as none."""
    from demijohn import Signer

    app, signer = make(encrypt=False), Signer(NEW, "demijohn.session.signed.session")
    assert get(app, door, token=signer.sign(b'[1800000000,1800000000,{"user":"ann"},[]]')).body == b"ann"
    for payload in (b"", b"{}", b"[]", b"[1,2,3,4]", b"\xff", b"[" * 1000, b'[1e999,1,{"user":"ann"},[]]'):
        assert get(app, door, token=signer.sign(payload)).body == b"nobody"


@pytest.mark.parametrize("door", DOORS)
def test_idle_and_absolute_expiry_are_the_servers(door, clock):
    """A replayed cookie is void when its time is over, whatever the browser was told; use prolongs only idling."""
    app = make(idle=60, lifetime=150)
    token = token_of(get(app, door, "/in"))
    clock[0] += 59
    renewed = token_of(get(app, door, token=token))
    assert renewed is not None
    clock[0] += 2
    assert get(app, door, token=token).body == b"nobody"
    assert get(app, door, token=renewed).body == b"ann"
    clock[0] += 50
    last = token_of(get(app, door, token=renewed))
    clock[0] = CREATED + 149
    assert get(app, door, token=last).body == b"ann"
    clock[0] = CREATED + 150
    assert get(app, door, token=last).body == b"nobody"


@pytest.mark.parametrize("door", DOORS)
def test_a_session_from_the_future_does_not_count(door, clock):
    """A clock that was set back makes no session that lasts for years."""
    app = make()
    clock[0] += 10_000
    token = token_of(get(app, door, "/in"))
    clock[0] = CREATED
    assert get(app, door, token=token).body == b"nobody"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("store", ["memory", "file"])
def test_signing_in_ends_the_token_of_before(door, store, tmp_path, clock):
    """On the server, a token noted before a sign-in or a sign-out is nobody's afterwards."""
    app = make(store=f"file:{tmp_path}" if store == "file" else store)
    before = token_of(get(app, door, "/in"))
    after = token_of(get(app, door, "/in", before))
    assert after != before
    assert get(app, door, token=before).body == b"nobody"
    assert get(app, door, token=after).body == b"ann"
    assert token_of(get(app, door, "/out", after)) == ""
    assert get(app, door, token=after).body == b"nobody"
    # What was ended does not come back by a request that was under way.
    assert token_of(get(app, door, "/in", after)) not in (None, after)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "header",
    [f"={NAME}=x", NAME, "=x", f"{NAME}=; {NAME}=x", f'{NAME}="', f"session=x; {NAME}=y", ";" * 500, "a=1;" * 100],
)
def test_odd_cookie_headers(app, door, header):
    """Headers that are hardly cookies bring no session and no error."""
    got = ask(app, door, Sent("GET", "/", (("cookie", header),)))
    assert (got.status, got.body) == (200, b"nobody")


@pytest.mark.parametrize("door", DOORS)
def test_too_many_cookies_are_refused_and_not_failed(app, door):
    """What is over the limits of cookies is a 431, as everywhere."""
    assert ask(app, door, Sent("GET", "/", (("cookie", "a=1; " * 181 + "b=2"),))).status in (200, 431)
    assert ask(app, door, Sent("GET", "/", (("cookie", f"{NAME}={'a' * 8200}"),))).status == 431


@pytest.mark.parametrize("door", DOORS)
def test_the_cookie_of_plain_http_is_not_taken_in_production(app, door):
    """A cookie without the prefix might be set by a neighbouring host: production does not look at it."""
    token = token_of(get(app, door, "/in"))
    assert get(app, door, token=token, name="session").body == b"nobody"
    assert get(app, door, token=token).body == b"ann"


def test_nothing_was_opened_by_a_token(tmp_path, clock):
    """A token is never a path: only the folder's own files are there, named by hashes, for this user alone."""
    app = make(store=f"file:{tmp_path / 'kept'}")
    for junk in JUNK:
        get(app, "wsgi", token=junk.replace("\x80\xff", "x"))
    assert not (tmp_path / "kept").exists()
    token = token_of(get(app, "wsgi", "/in"))
    (file,) = (tmp_path / "kept").iterdir()
    assert token not in file.name
    assert file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0


def test_the_clock_of_tests_is_the_real_one_elsewhere():
    """Nothing of the clock above stays behind."""
    from demijohn.batteries.sessions import battery

    assert abs(battery._now() - time.time()) < 60
