"""Content policies, through every door: nonces, single routes, policies on trial, and what browsers report."""

from __future__ import annotations

import logging

import pytest
from contract_asking import DOORS, ask
from contract_doors import Sent

from demijohn import (
    App,
    Blueprint,
    HTMLResponse,
    InlineTemplates,
    Request,
    Security,
    SetupError,
    Templates,
    conditional,
    render,
)
from demijohn.batteries.security.policies import parse_policy
from demijohn.batteries.security.reports import lines_of
from demijohn.security import page_policy

PAGE = """
@@ inline.html
<script nonce="{{ nonce }}">document.title = "ran"</script><style nonce="{{ nonce }}">p { color: red }</style>
@@ form.html
<form method="post">{{ csrf_field }}<input name="a"></form><p>{{ csrf_token }}</p>
@@ plain.html
<p>Nothing inline.</p>
"""
FRAMED = page_policy(frame_ancestors=["https://partner.example"], img_src=["'self'", "https://img.example"])


def make(**settings) -> App:
    app = App(debug=False)
    app.use(Templates(), Security(hosts=["*"], **settings))
    app.register(InlineTemplates(PAGE))
    shop = Blueprint("shop", around=[page_policy(img_src="https://img.example", form_action=None)])

    @app.get("/inline")
    def inline():
        return render("inline.html")

    @app.get("/form")
    def form():
        return render("form.html")

    @app.get("/plain")
    def plain():
        return render("plain.html")

    @app.get("/framed", around=[FRAMED])
    def framed():
        return render("inline.html")

    @app.get("/data", around=[FRAMED])
    def data():
        return {"a": 1}

    @app.get("/own", around=[FRAMED])
    def own():
        return HTMLResponse("x", headers={"Content-Security-Policy": "default-src *"})

    @shop.get("/a")
    def a():
        return render("plain.html")

    @shop.get("/b", around=[page_policy(img_src=["'none'"])])
    async def b():
        return render("plain.html")

    app.include(shop, prefix="/shop")
    return app


def get(app, door, target, *headers):
    return ask(app, door, Sent("GET", target, headers))


def policy_of(answer, name="content-security-policy") -> dict[str, str]:
    return parse_policy(answer.header(name) or "")


@pytest.mark.parametrize("door", DOORS)
def test_a_template_s_nonce_is_the_policy_s(door):
    """And a page that uses none has none."""
    app = make()
    inline = get(app, door, "/inline")
    assert inline.text.count("nonce=*") == 2  # The doors mask what is random.
    assert policy_of(inline)["script-src"] == "'self' 'nonce-*'"
    assert policy_of(inline)["style-src"] == "'self' 'nonce-*'"
    assert policy_of(get(app, door, "/plain"))["script-src"] == "'self'"


def test_a_nonce_is_one_answer_s():
    """The same in header and page, and another each time."""
    from demijohn import Client

    client, seen = Client(make()), set()
    for _ in range(5):
        answer = client.get("/inline")
        nonce = answer.text.partition('nonce="')[2].partition('"')[0]
        assert len(nonce) >= 22
        assert answer.headers["content-security-policy"].count(f"'nonce-{nonce}'") == 2
        seen.add(nonce)
    assert len(seen) == 5


@pytest.mark.parametrize("door", DOORS)
def test_a_route_s_policy_changes_what_it_names(door):
    """The rest stays; who may frame a page is said once."""
    app = make()
    answer = get(app, door, "/framed")
    policy = policy_of(answer)
    assert policy["frame-ancestors"] == "https://partner.example"
    assert policy["img-src"] == "'self' https://img.example"
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' 'nonce-*'"
    assert answer.header("x-frame-options") is None
    assert len(answer.all("content-security-policy")) == 1
    assert get(app, door, "/plain").header("x-frame-options") == "DENY"


@pytest.mark.parametrize("door", DOORS)
def test_a_page_that_a_browser_has_kept_keeps_its_policy(door):
    """A 304 says nothing of policies: it would replace the one that has the nonce of the page's scripts."""
    app = make(reports="/reports", report_only_policy="script-src 'nonce-{nonce}'")

    @app.get("/tagged", around=[FRAMED])
    def tagged():
        response = render("inline.html")
        response.headers.update({"etag": '"v1"', "content-security-policy-report-only": "default-src *"})
        return response

    @app.get("/compared", around=[conditional(etag=lambda: "v1")])
    def compared():
        return render("inline.html")

    for target in ("/tagged", "/compared"):
        assert get(app, door, target).header("content-security-policy") is not None
        answer = get(app, door, target, ("if-none-match", '"v1"'))
        assert (answer.status, answer.header("etag")) == (304, '"v1"')
        assert not any("policy" in name or "reporting" in name for name, _ in answer.headers)


@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_page_or_has_its_own_is_left_alone(door):
    """Data has the policy of data, and a response that sets its own wins."""
    app = make()
    assert get(app, door, "/data").header("content-security-policy") == "default-src 'none'; frame-ancestors 'none'"
    assert get(app, door, "/own").header("content-security-policy") == "default-src *"


@pytest.mark.parametrize("door", DOORS)
def test_a_blueprint_s_policy_and_a_route_s_join(door):
    """The route's own wins; None leaves a directive out."""
    app = make()
    a, b = policy_of(get(app, door, "/shop/a")), policy_of(get(app, door, "/shop/b"))
    assert (a["img-src"], b["img-src"]) == ("https://img.example", "'none'")
    assert "form-action" not in a
    assert "form-action" not in b


@pytest.mark.parametrize("door", DOORS)
def test_a_policy_on_trial(door):
    """Beside the one that holds, with the same nonce, and changed for single routes as that is."""
    app = make(report_only_policy="script-src 'nonce-{nonce}'; img-src 'self'")
    answer = get(app, door, "/inline")
    assert policy_of(answer)["script-src"] == "'self' 'nonce-*'"
    assert policy_of(answer, "content-security-policy-report-only")["script-src"] == "'nonce-*'"
    framed = policy_of(get(app, door, "/framed"), "content-security-policy-report-only")
    assert framed["img-src"] == "'self' https://img.example"
    only = make(page_policy=None, report_only_policy="default-src 'self'")
    assert get(only, door, "/plain").header("content-security-policy") is None
    assert get(only, door, "/plain").header("content-security-policy-report-only") == "default-src 'self'"


@pytest.mark.parametrize("door", DOORS)
def test_where_breaches_are_reported(door):
    """To a path of the app, by the header of new browsers and the directive of old ones."""
    app = make(reports="/reports", report_only_policy="img-src 'self'")
    answer = get(app, door, "/plain")
    assert answer.header("reporting-endpoints") == 'demijohn="/reports"'
    for name in ("content-security-policy", "content-security-policy-report-only"):
        assert policy_of(answer, name)["report-to"] == "demijohn"
        assert policy_of(answer, name)["report-uri"] == "/reports"
    assert get(app, door, "/data").header("reporting-endpoints") is None
    elsewhere = get(make(reports="https://reports.example/a"), door, "/plain")
    assert elsewhere.header("reporting-endpoints") == 'demijohn="https://reports.example/a"'


OLD = b'{"csp-report":{"document-uri":"https://a.example/p?secret=1","violated-directive":"img-src","blocked-uri":"data"}}'
NEW = (
    b'[{"type":"csp-violation","url":"https://a.example/p?secret=1","body":{"effectiveDirective":"script-src-elem",'
    b'"blockedURL":"inline","lineNumber":7,"sourceFile":"https://a.example/p"}},{"type":"deprecation",'
    b'"body":{"message":"old"}}]'
)


def report(app, door, body, kind="application/reports+json", *headers):
    sent = (("content-type", kind), ("sec-fetch-site", "cross-site"), ("cookie", "a=b"), *headers)
    return ask(app, door, Sent("POST", "/reports", sent, body))


@pytest.mark.parametrize("door", DOORS)
def test_reports_are_logged(door, caplog):
    """In both formats, a line each, without what may be a secret."""
    app = make(reports="/reports")
    with caplog.at_level(logging.WARNING, "demijohn.security"):
        assert report(app, door, OLD, "application/csp-report").status == 204
        assert report(app, door, NEW).status == 204
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "A browser reports: csp-violation: directive img-src, blocked data, page https://a.example/p",
        "A browser reports: csp-violation: directive script-src-elem, blocked inline, page https://a.example/p,"
        " source https://a.example/p, line 7",
        "A browser reports: deprecation: old",
    ]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"[]", b"{}", b"null", b"[1, 2]", b'{"csp-report": 1}', b'[{"body": {}}]', b"\xff", b"[" * 10_000,
     b'[{"type": {"a": [1]}, "body": {"blockedURL": ["x"], "documentURL": "https://[x"}}]'],
)  # fmt: skip
def test_no_report_breaks_anything(door, body, caplog):
    """It is logged or dropped."""
    with caplog.at_level(logging.WARNING, "demijohn.security"):
        assert report(make(reports="/reports"), door, body).status == 204
    assert len(caplog.records) <= 1
    assert all(record.getMessage().isprintable() for record in caplog.records)


@pytest.mark.parametrize("door", DOORS)
def test_reports_are_few_and_small(door, caplog):
    """Who sends a flood fills no log."""
    app = make(reports="/reports")
    many = b"[" + b",".join([b'{"type": "csp-violation", "body": {"blockedURL": "\\n\\u001b[31mx"}}'] * 500) + b"]"
    with caplog.at_level(logging.WARNING, "demijohn.security"):
        assert report(app, door, many).status == 204
        assert len(caplog.records) == 20
        assert all(record.getMessage().isprintable() for record in caplog.records)
        assert report(app, door, b"x" * 70_000).status == 413
        statuses = [report(app, door, b"[]").status for _ in range(70)]
    assert statuses.count(204) <= 60
    assert 429 in statuses


def test_long_values_are_cut():
    """A report is a line, not a file."""
    (line,) = lines_of([{"type": "x" * 10_000, "body": {"blockedURL": "y" * 10_000}}])
    assert len(line) < 500


@pytest.mark.parametrize("door", DOORS)
def test_templates_have_a_field_for_old_browsers(door):
    """The new ones need none, and their page has neither field nor cookie."""
    app = make()
    old = get(app, door, "/form")
    token = old.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert len(token) == 86
    (cookie,) = old.all("set-cookie")
    sent = (("content-type", "application/x-www-form-urlencoded"), ("cookie", cookie.partition(";")[0]))
    assert ask(app, door, Sent("POST", "/form", sent, f"csrf_token={token}".encode())).status == 405
    new = get(app, door, "/form", ("sec-fetch-site", "none"))
    assert "csrf" not in new.text
    assert new.all("set-cookie") == []


@pytest.mark.parametrize(
    "directives",
    [{}, {"img_src": "self"}, {"img_src": ["a;b"]}, {"img_src": ["a,b"]}, {"img_src": ["a\nb"]}, {"x;y": "'self'"},
     {"img_src": ["'self'", "é"]}],
)  # fmt: skip
def test_policies_that_browsers_would_misread(directives):
    """`self` without its quotes is a host, and a semicolon begins another directive."""
    with pytest.raises(SetupError, match="DMJ0664"):
        page_policy(**directives)


@pytest.mark.parametrize("place", ["reports", "http://a.example", ""])
def test_places_that_nothing_can_be_reported_to(place):
    """A path, or HTTPS."""
    app = App()
    app.use(Security(reports=place))
    with pytest.raises(SetupError, match="DMJ0665"):
        app.seal()


@pytest.mark.parametrize("door", DOORS)
def test_a_request_s_own_nonce(door):
    """For those who write HTML without templates."""
    app = App(debug=False)

    @app.get("/")
    def home(request: Request):
        return HTMLResponse(f'<script nonce="{request.nonce}"></script>')

    assert policy_of(get(app, door, "/"))["script-src"] == "'self' 'nonce-*'"
