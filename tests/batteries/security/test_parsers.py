"""What strangers write, whatever it is: origins, tokens and reports."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from demijohn.batteries.security.origins import Origins
from demijohn.batteries.security.policies import parse_policy, written_policy
from demijohn.batteries.security.reports import lines_of
from demijohn.batteries.security.tokens import Tokens
from demijohn.foundation.errors import Where
from demijohn.foundation.http.origins import is_own_origin
from demijohn.foundation.http.request import Request

OWN = {
    "http://example.com", "http://example.com:80", "https://example.com", "https://example.com:443",
}  # fmt: skip
LISTED = Origins.of(["https://a.example", "https://*.b.example"], "origins", Where("app.py", 1))
SPELT = st.text("htps:/.*@[]#?%\\ aexmplcob0148é\x00", max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=400),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["csp-report", "body", "type", "blocked-uri", "url", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


class Asked(Request, eq=False):
    """A request with some headers."""

    def read_headers(self):
        return list(self.native)


def asked(*headers: tuple[str, str]) -> Request:
    return Asked(headers, "POST", "/", "", "example.com")


@given(st.sampled_from([*sorted(OWN), ""]), SPELT)
def test_only_our_own_origin_is_ours(start, end):
    """However it is spelt: no prefix, no userinfo, nothing behind it."""
    text = start + end
    # The name of a host is the same in any case, and browsers say it in lower case.
    assert not is_own_origin(text, asked()) or text.lower().rstrip() in OWN or text.lower() in {f"{o}:" for o in OWN}


@given(st.sampled_from(["https://a.example", "https://x.b.example", "https://b.example", ""]), SPELT)
def test_only_listed_origins_are_on_a_list(start, end):
    """An origin that is let in by a list is that origin, or a host below the one that is named."""
    text = start + end
    if LISTED.has(text):
        assert text == "https://a.example" or (text.startswith("https://") and text.endswith(".b.example"))
        assert not set(text[8:]) & set("/@#?\\ \x00")


@given(st.text(max_size=120), st.text("ABCabc012-_=", max_size=90))
def test_no_token_is_made_up(text, cookie):
    """Neither of text, nor of what looks like one."""
    tokens = Tokens(plain_http=False)
    request = asked(("cookie", f"__Host-csrf={cookie}"))
    assert not tokens.is_valid(request, text)
    assert not tokens.is_valid(request, cookie)


@given(JSON)
def test_a_report_is_a_short_line(body):
    """Printable, whatever a browser, or who says to be one, sends."""
    for line in lines_of(body):
        assert line.isprintable()
        assert len(line) < 2500


@given(st.text("abc-' ;:/*\t\né", max_size=80))
def test_a_policy_is_written_as_it_was_read(text):
    """Twice the same, in one order."""
    once = written_policy(parse_policy(text))
    assert written_policy(parse_policy(once)) == once
