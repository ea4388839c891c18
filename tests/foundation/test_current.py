"""The current request, statuses and markup: small things that everybody leans on."""

import pytest

from demijohn import HTML, Markup, current
from demijohn.foundation.current import request_context
from demijohn.foundation.http.request import Request
from demijohn.foundation.http.status import BODYLESS, PHRASES, phrase


def test_outside_of_a_request_there_is_none():
    """`current.request` says what to write instead; `get()` is None."""
    with pytest.raises(LookupError, match=r"def show\(request: Request\)"):
        _ = current.request
    assert current.get() is None
    with pytest.raises(AttributeError, match="current has only"):
        _ = current.user


def test_inside_it_is_that_of_the_context():
    """What a gateway entered is what everybody sees."""
    request = Request(None, "GET", "/", "")
    token = request_context.set(request)
    try:
        assert current.request is request
        assert current.get() is request
    finally:
        request_context.reset(token)


def test_phrases():
    """Every status has one, unregistered ones that of their class; all are safe in a status line."""
    assert phrase(404) == "Not Found"
    assert phrase(499) == "Bad Request"
    assert phrase(599) == "Internal Server Error"
    assert phrase(999) == "Unknown"
    assert all(text.isascii() and text.isprintable() for text in PHRASES.values())
    assert {204, 304} == BODYLESS


@pytest.mark.parametrize(
    "made",
    [
        HTML("<b>{}</b>", "<i>"),
        HTML("<b>{x}</b>", x="<i>"),
        HTML("<b>%s</b>") % "<i>",
        HTML("<b>") + "<i>" + HTML("</b>"),
        HTML("<b>") + HTML("").join(["<i>"]) + HTML("</b>"),
        HTML("<b>{}</b>").format("<i>"),
        HTML("<b>{x}</b>").format_map({"x": "<i>"}),
    ],
)
def test_values_are_escaped(made):
    """However a value comes into markup, it is text there."""
    assert str(made) == "<b>&lt;i&gt;</b>"
    assert isinstance(made, Markup)


def test_braces_without_values_are_kept():
    """A template is only formatted when there is something to put in."""
    assert HTML("<style>a{b:c}</style>") == "<style>a{b:c}</style>"
