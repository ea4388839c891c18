"""The debug page in a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest

from demijohn.foundation.http.headers import Headers
from demijohn.tools.debug import DEBUG_CSP, Asked, Report, html_page
from demijohn.tools.debug.highlight import highlighted

NASTY = "</textarea></script></style></pre>\"'><img src=x onerror=alert(1)>"
SECRET = "hunter2"


class Page(HTMLParser):
    """What a browser makes of a page: its elements, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[tuple[str, str]] = set()
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element and its attributes."""
        self.tags.append(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        """Note the text."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """All text of the page."""
        return "".join(self.words)


def request(**values: Any) -> Any:
    plain = {"method": "GET", "path": "/", "query_string": "", "headers": Headers(), "cookies": {}}
    return SimpleNamespace(**{**plain, **values})


def page_of(error: BaseException, asked: Any = None) -> str:
    return html_page(Report.of(error, app_root=None), None if asked is None else Asked.of(asked))


def test_the_page_has_its_parts_in_order(raised) -> None:
    """What, where, the code with its caret, why, fix, frames, request, versions: in this order."""
    error = raised("""
        import json
        def main():
            title = "x"
            return titel
        """)
    page = page_of(error, request(path="/orders"))
    text = Page(page.partition("<textarea")[0]).text
    parts = ["NameError", "titel", "main", "return titel", "^^^^^", "Did you mean title?",
             "Change titel to title.", "Frames", "x", "Request", "GET /orders", "Versions"]  # fmt: skip
    positions = []
    start = text.index("</head>") if "</head>" in text else 0
    for part in parts:
        start = text.index(part, start)
        positions.append(start)
    assert positions == sorted(positions)


def test_the_policy_lets_the_style_and_the_script_of_the_page_pass(raised) -> None:
    """The hashes in the policy are those of what is in the page."""
    page = page_of(ValueError("x"))
    (style,), (script,) = (re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL) for tag in ("style", "script"))
    for text, source in ((style, "style-src"), (script, "script-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{source} 'sha256-{digest}'" in DEBUG_CSP
    assert DEBUG_CSP.startswith("default-src 'none';")
    assert " style=" not in page
    assert not re.search(r"\son\w+=", page.partition("<textarea")[0])


def _nasty_error(raised: Any, tmp_path: Any) -> BaseException:
    return raised(
        f"""
        # {NASTY}
        class Strange:
            def __repr__(self):
                return nasty
        def main():
            value, text, mapping = Strange(), nasty, {{nasty: nasty}}
            try:
                raise KeyError(nasty)  # {NASTY}
            except KeyError as error:
                failure = type(nasty, (Exception,), {{"__module__": nasty}})(nasty + "\\n" + nasty)
                failure.add_note(nasty)
                raise failure from error
        """,
        nasty=NASTY,
    )


def test_nothing_that_is_shown_becomes_markup(raised, tmp_path) -> None:
    """Text of exceptions, values, keys, code, query, headers and cookies adds no element and no attribute."""
    asked = request(
        method=NASTY, path=f"/{NASTY}", query_string=f"{NASTY}={NASTY}&a=%3Cimg%3E", cookies={NASTY: NASTY},
        headers=Headers.received([(NASTY, NASTY), ("x-a", NASTY), ("referer", NASTY)]),
    )  # fmt: skip
    plain = Page(page_of(raised("def main():\n    raise ValueError from KeyError()"), request(headers={"a": "b"})))
    page = page_of(_nasty_error(raised, tmp_path), asked)
    found = Page(page)
    assert "img" not in found.tags
    assert NASTY not in page
    assert found.attributes <= plain.attributes | {("dl", "class"), ("pre", "class"), ("pre", "tabindex")}
    assert found.tags.count("script") == found.tags.count("style") == found.tags.count("textarea") == 1


def test_no_secret_is_shown(raised) -> None:
    """Secrets in variables, messages, source, URL, headers and cookies are masked wherever they stand."""
    error = raised(f"""
        class Settings:
            def __repr__(self):
                return "Settings(api_token='{SECRET}')"
        def main():
            password = SECRET_KEY = "{SECRET}"
            settings = {{"nested": [{{"AUTHORIZATION": password, "dsn": password}}], "Cookie": password}}
            db_url = "postgres://ann:{SECRET}@db/shop"
            other = Settings()
            error = ValueError("no answer from " + db_url)
            error.add_note(db_url)
            raise error from ConnectionError(db_url)
        """)
    asked = request(
        query_string=f"q=1&access_token={SECRET}", cookies={"session": SECRET},
        headers=Headers({"Authorization": f"Bearer {SECRET}", "Cookie": f"session={SECRET}",
                         "X-API-Key": SECRET, "Referer": f"http://localhost/?token={SECRET}"}),
    )  # fmt: skip
    page = page_of(error, asked)
    assert [line for line in page.splitlines() if SECRET in line] == []
    assert page.count("[hidden]") >= 10


def test_frames_of_libraries_are_folded(raised) -> None:
    """The user's frames are open, the runs of library frames between them are one closed line each."""
    page = page_of(raised("import json\ndef main():\n    json.loads('{')"))
    assert '<details class="folded"><summary>3 library frames' in page
    assert page.count("<details open>") == 2  # this file and the module above


def test_markdown_goes_along_for_the_button(raised) -> None:
    """What the button copies is in the page, as text."""
    page = page_of(raised("def main():\n    1 / 0"), request(path="/a"))
    markdown = page.partition('<textarea id="markdown"')[2].partition("</textarea>")[0]
    assert "# ZeroDivisionError" in markdown
    assert "GET /a" in markdown
    assert "* Python 3." in markdown


def test_places_are_links_where_an_editor_is_known(raised) -> None:
    """The address of an editor gets file and line; without one there is no link."""
    report = Report.of(raised("def main():\n    1 / 0"), app_root=None)
    page = html_page(report, editor="vscode://file{file}:{line}")
    assert re.search(r'<a href="vscode://file/[^"]*shop\d+\.py:2">', page)
    assert "<a " not in html_page(report)


def test_a_strange_request_is_shown_as_far_as_it_goes() -> None:
    """A request that cannot be read still gives a page."""

    class Broken:
        @property
        def headers(self) -> None:
            raise ValueError

        method = "GET"
        path = "/\ud800\x00"

    page = page_of(ValueError("x"), Broken())
    page.encode()
    assert "GET /\\ud800\\x00" in page


def test_every_page_can_be_encoded() -> None:
    """Lone surrogates and control characters in messages are escaped."""
    page = page_of(ValueError("a\ud800b\x00c\u202ed"))
    assert b"a\\ud800b\\x00c\\u202ed" in page.encode()


@pytest.mark.parametrize(
    "line",
    [
        "x = '</span>' # <b>",
        'f"{a}" + """b',
        "def f(a: int = 1) -> None:",
        "'\\'' < \"\\\"\"",
        "@app.get('/')",
        "",
        "'",
    ],
)
def test_colour_changes_no_text(line: str) -> None:
    """Highlighted source reads as it was."""
    found = Page(highlighted(line))
    assert found.text == line
    assert set(found.tags) <= {"span"}
