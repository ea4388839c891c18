"""The grade of the default pages by the rules of MDN's HTTP Observatory, which are written down here in our words.

A site begins with 100 points. Each thing it lacks takes some away; what it has beyond that is a bonus, which counts
from 90 points up. 100 and more is an A+ (https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring).
"""

from __future__ import annotations

import re

import pytest

from demijohn import App, Client, InlineTemplates, NotFound, Security, Session, Sessions, Templates, render
from demijohn.batteries.security.policies import parse_policy

HALF_A_YEAR = 15_768_000


def make(**settings) -> App:
    app = App(debug=False)
    app.use(Templates(), Sessions(store="memory"))
    app.use(Security(**{"hosts": ["example.org"], "https": True, **settings}))
    app.register(InlineTemplates("@@ home.html\n<script nonce='{{ nonce }}'>1</script>{{ csrf_field }}"))

    @app.get("/")
    def home(session: Session):
        session["seen"] = True
        return render("home.html")

    @app.get("/gone")
    def gone():
        raise NotFound

    @app.get("/boom")
    def boom():
        raise RuntimeError("no")

    return app


def answer_of(app: App, path: str = "/"):
    client = Client(app, base_url="https://example.org", raise_errors=False)
    return client.get(path, headers={"accept": "text/html"})


def score(headers) -> int:
    """The points of an answer over HTTPS, its redirection from HTTP taken for granted."""
    points, bonus = 100, 0
    for change in (_policy(headers), _cookies(headers), _transport(headers), _referrer(headers), _frames(headers)):
        points += min(change, 0)
        bonus += max(change, 0)
    points -= 0 if headers.get("x-content-type-options", "").lower() == "nosniff" else 5
    points -= 50 if headers.get("access-control-allow-origin") not in (None, "https://example.org") else 0
    bonus += 10 if headers.get("cross-origin-resource-policy") in ("same-origin", "same-site") else 0
    bonus += 10 if headers.get("cross-origin-opener-policy") == "same-origin" else 0
    return points + (bonus if points >= 90 else 0)


def _policy(headers) -> int:
    policy = parse_policy(headers.get("content-security-policy", ""))
    if not policy:
        return -25
    default = policy.get("default-src", "*").split()
    scripts = policy.get("script-src", policy.get("default-src", "*")).split()
    styles = policy.get("style-src", policy.get("default-src", "*")).split()
    nonces = any(source.startswith(("'nonce-", "'sha")) for source in scripts)
    loose = {"*", "http:", "https:", "data:"}
    if loose & {*scripts, *policy.get("object-src", policy.get("default-src", "*")).split()}:
        return -20
    if "'unsafe-inline'" in scripts and not nonces:
        return -20
    if "'unsafe-eval'" in scripts:
        return -10
    if any(source.startswith("http://") for value in policy.values() for source in value.split()):
        return -20
    if "'unsafe-inline'" in styles or loose & set(styles):
        return 0
    return 10 if default == ["'none'"] else 5


def _cookies(headers) -> int:
    cookies = headers.getlist("set-cookie")
    if not cookies:
        return 0
    worst = 5
    for cookie in cookies:
        name, flags = cookie.partition("=")[0], {part.strip().lower() for part in cookie.split(";")[1:]}
        is_session = re.search("login|sess|csrf", name, re.IGNORECASE)
        if "secure" not in flags:
            worst = min(worst, -40 if is_session else -20)
        elif is_session and "httponly" not in flags:
            worst = min(worst, -30)
        elif not flags & {"samesite=lax", "samesite=strict"}:
            worst = min(worst, 0)
    return worst


def _transport(headers) -> int:
    age = re.search(r"max-age=(\d+)", headers.get("strict-transport-security", ""))
    if age is None:
        return -20
    return 0 if int(age[1]) >= HALF_A_YEAR else -10


def _referrer(headers) -> int:
    policy = headers.get("referrer-policy", "")
    if policy in ("no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"):
        return 5
    return -5 if policy else 0


def _frames(headers) -> int:
    policy = parse_policy(headers.get("content-security-policy", ""))
    if "frame-ancestors" in policy:
        return 5
    return 0 if headers.get("x-frame-options", "").upper() in ("DENY", "SAMEORIGIN") else -20


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/gone", 404), ("/nowhere", 404), ("/boom", 500)])
def test_every_default_page_is_an_a_plus(path, status):
    """With a session, a form and an inline script; errors too."""
    answer = answer_of(make(), path)
    assert answer.status == status
    assert answer.headers["content-type"].startswith("text/html")
    assert score(answer.headers) >= (145 if path == "/" else 130)


def test_what_is_weaker_is_graded_lower():
    """The rules above do tell one from another."""
    for settings in (
        {"page_policy": None}, {"page_policy": "default-src 'self' 'unsafe-inline'"}, {"content_type_options": None},
        {"strict_transport": None}, {"page_policy": "default-src 'self'", "frame_options": None},
        {"referrer_policy": "unsafe-url"}, {"opener_policy": None}, {"resource_policy": None},
    ):  # fmt: skip
        assert score(answer_of(make(**settings)).headers) < 145, settings


def test_plain_http_is_sent_on_once_to_the_same_host():
    """To HTTPS, for good, and first of all there."""
    client = Client(make(), base_url="http://example.org")
    answer = client.get("/", headers={"accept": "text/html"})
    assert (answer.status, answer.headers["location"]) == (308, "https://example.org/")


def test_cookies_have_every_guard():
    """Prefix, `Secure`, `HttpOnly` and `SameSite`."""
    cookies = answer_of(make()).headers.getlist("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
