"""The error pages that visitors see."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from demijohn import App, Client, SetupError, Templates
from demijohn.foundation.http.errors import (
    Forbidden,
    HTTPError,
    NotFound,
    ServiceUnavailable,
    UnprocessableContent,
)
from demijohn.kernel.error_page import PAGE_CSP, STYLE_HASH, error_page

NASTY = "</style></script>\"'><img src=x onerror=alert(1)>\x00\x1b[31m\u202e\ud800"
STATUSES = [
    400,
    401,
    403,
    404,
    405,
    406,
    409,
    410,
    413,
    415,
    418,
    422,
    429,
    431,
    499,
    500,
    501,
    503,
    504,
    599,
]


class Elements(HTMLParser):
    """The elements and attributes of a page, as a browser would see them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.tags.append(tag)
        self.attributes += attrs


@pytest.mark.parametrize("status", STATUSES)
def test_a_page_says_status_title_detail_and_what_to_do(status: int) -> None:
    """Each error has a whole page of less than 4 kB, with the landmarks that assistive technology needs."""
    error = HTTPError(status)
    page = error_page(error)
    assert len(page.encode()) < 4000
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert f"<h1>{error.title.replace(chr(39), '&#x27;')}</h1>" in page
    assert f"<b>{status}</b>" in page
    assert Elements(page).tags.count("main") == Elements(page).tags.count("h1") == 1
    assert len(re.findall(r"<p[ >]", page)) == 2


def test_the_policy_lets_the_style_of_the_page_pass_and_nothing_else() -> None:
    """The hash in the policy is that of the style in the page, so that a browser applies it."""
    page = error_page(NotFound())
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" == STYLE_HASH
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'"
    assert policy == PAGE_CSP
    assert "<script" not in page
    assert " style=" not in page


@pytest.mark.parametrize("status", [400, 404, 405, 422, 500])
def test_nothing_that_comes_from_outside_becomes_markup(status: int) -> None:
    """Title, detail, problems, request id and time are escaped, and can be encoded."""
    errors = [{"where": NASTY, "message": NASTY}, {"where": None}, {}]
    error = HTTPError(status, NASTY, title=NASTY, errors=errors)
    page = error_page(error, request_id=NASTY, when=NASTY)
    page.encode()
    elements = Elements(page)
    assert {"img", "script"}.isdisjoint(elements.tags)
    assert {name for name, _ in elements.attributes} <= {
        "lang",
        "charset",
        "name",
        "content",
        "class",
        "href",
    }
    assert "\x00" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize("status", [400, 422])
def test_problems_are_listed_with_their_place(status: int) -> None:
    """Each problem of a refused request shows where it is and what is wrong."""
    page = error_page(HTTPError(status, errors=[{"where": "body.price", "message": "Expected a number."}]))
    assert "<li><code>body.price</code>Expected a number.</li>" in page


def test_a_long_list_of_problems_is_counted_instead_of_growing_the_page() -> None:
    """The page stays under 4 kB whatever was sent, and says how many problems it does not show."""
    errors = [{"where": f"body.{index}", "message": "ü" * 500} for index in range(1000)]
    page = error_page(UnprocessableContent("x" * 10_000, errors=errors))
    assert len(page.encode()) < 4000
    shown = page.count("<code>")
    assert shown > 0
    assert f"<li>and {1000 - shown} more</li>" in page


def test_problems_of_other_statuses_are_not_shown() -> None:
    """Only 400 and 422 have problems that a visitor can mend."""
    assert "<li>" not in error_page(HTTPError(500, errors=[{"where": "x", "message": "secret"}]))


def test_the_request_id_and_time_are_shown_when_given() -> None:
    """A visitor can quote the request id; without one there is no empty place for it."""
    page = error_page(HTTPError(500), request_id="01JX9V", when="2026-11-20 12:00 UTC")
    assert "<dd>01JX9V</dd>" in page
    assert "<dd>2026-11-20 12:00 UTC</dd>" in page
    assert "<dl>" not in error_page(HTTPError(500))


@pytest.mark.parametrize(
    ("seconds", "said"), [(1, "about 1 second."), (30, "about 30 seconds."), (600, "about 10 minutes.")]
)
def test_how_long_to_wait_comes_from_retry_after(seconds: int, said: str) -> None:
    """Retry-After in seconds is said in words; anything else is left out."""
    assert said in error_page(ServiceUnavailable(retry_after=seconds))
    assert "about" not in error_page(HTTPError(503, headers={"Retry-After": "<b>"}))


def test_detail_given_by_the_app_wins_over_the_default() -> None:
    """What the developer wrote for the visitor is what the visitor reads."""
    assert "<p>Members only.</p>" in error_page(Forbidden("Members only."))
    assert "<p>Something went wrong on our side.</p>" in error_page(HTTPError(500))


def test_the_words_of_an_app() -> None:
    """In place of ours; escaped, as only the links are ours. What an error says itself stays."""
    own = {
        "language": "ar", "direction": "rtl", "title_503": "<b>Zu</b>", "detail_503": "Pause & Ruhe",
        "advice_503": "<i>{again}</i>", "again": "Noch <einmal>", "seconds": lambda count: f"noch {count} <s>",
    }  # fmt: skip
    page = error_page(ServiceUnavailable(retry_after=7), own=own)
    assert '<html lang="ar" dir="rtl">' in page
    assert "<h1>&lt;b&gt;Zu&lt;/b&gt;</h1>\n<p>Pause &amp; Ruhe</p>" in page
    assert '&lt;i&gt;<a href="">Noch &lt;einmal&gt;</a>&lt;/i&gt; noch 7 &lt;s&gt;' in page
    assert "<p>In an hour.</p>" in error_page(ServiceUnavailable("In an hour."), own=own)


def test_words_that_cannot_be_had(caplog: pytest.LogCaptureFixture) -> None:
    """An error page comes in English then, and the log says why."""

    def words(request: object) -> dict[str, str]:
        raise RuntimeError("no catalogue")

    app = App(debug=False)
    app.use(Templates(messages=words))
    answer = Client(app).get("/nowhere", headers={"accept": "text/html"})
    assert "<h1>Not Found</h1>" in answer.text
    assert "no catalogue" in caplog.text


@pytest.mark.parametrize(
    "own", [{"home": "{nope}"}, {"advice_404": 7}, {"home": lambda: 1}], ids=["name", "number", "call"]
)
def test_words_that_fail_when_they_are_said(own: dict[str, object], caplog: pytest.LogCaptureFixture) -> None:
    """Those of a function are seen when a visitor is to read them: he reads ours, and the error stays what it is."""
    app = App(debug=False)
    app.use(Templates(messages=lambda _: own))  # type: ignore[arg-type, return-value]
    answer = Client(app).get("/nowhere", headers={"accept": "text/html"})
    assert answer.status == 404
    assert "<h1>Not Found</h1>" in answer.text
    assert "could not be had" in caplog.text


@pytest.mark.parametrize(("own", "told"), [({"titel_404": "x"}, "no message of templates"), ({"skip": "{n}"}, "{n}")])
def test_words_that_are_none(own: dict[str, str], told: str) -> None:
    """At the start."""
    app = App()
    app.use(Templates(messages=own))
    with pytest.raises(SetupError, match="DMJ0593") as caught:
        app.seal()
    assert told in str(caught.value)
