"""The filters of templates: through a template, as their users have them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from demijohn import App, Client, InlineTemplates, Templates, render
from demijohn.batteries.templates.filters import FILTERS
from demijohn.batteries.templates.filters.dates import naturaltime, timesince, timeuntil

DAY = dt.datetime(2026, 3, 1, 15, 4, 5, 678, dt.UTC)


def shown(source: str, **context: Any) -> str:
    """What a template makes of some values."""
    app = App(debug=True)
    app.use(Templates())
    app.register(InlineTemplates({"page.html": source}))
    app.get("/", name="page")(lambda: render("page.html", **context))
    return Client(app).get("/").text


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("Y-m-d H:i:s", "2026-03-01 15:04:05"),
        ("%d.%m.%y", "01.03.26"),
        ("l, jS F Y", "Sunday, 1st March 2026"),
        ("D d M b n y", "Sun 01 Mar mar 3 26"),
        ("g:i a, h A, G f P", "3:04 p.m., 03 PM, 15 3:04 3:04 p.m."),
        ("w z W o t L", "0 60 9 2026 31 False"),
        ("e T O", "UTC UTC +0000"),
        ("u U c", "000678 1772377445 2026-03-01T15:04:05.000678+00:00"),
        (r"\\Y\\e\\a\\r Y", "Year 2026"),
        ("SHORT_DATE_FORMAT", "03/01/2026"),
        ("N j, Y, P", "March 1, 2026, 3:04 p.m."),
    ],
)
def test_dates_go_by_the_letters_of_django_or_by_strftime(format: str, text: str):
    """A backslash keeps a letter."""
    assert shown("{{ day|date('" + format + "') }}", day=DAY) == text


def test_what_is_no_date_shows_nothing():
    """As an empty field does."""
    assert (
        shown("[{{ day|date }}{{ day|time }}{{ day|timesince }}{{ day|naturalday }}{{ day|naturaltime }}]", day=None)
        == "[]"
    )


def test_noon_and_midnight_have_names():
    """Other full hours leave their minutes out."""
    times = [dt.time(0), dt.time(12), dt.time(9), dt.time(0, 30)]
    assert shown("{% for t in ts %}{{ t|time }},{% endfor %}", ts=times) == "midnight,noon,9 a.m.,12:30 a.m.,"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ((2026, 1, 1), (2026, 1, 1, 0, 0, 59), "0 minutes"),
        ((2026, 1, 1), (2026, 1, 1, 0, 1), "1 minute"),
        ((2026, 1, 1), (2026, 1, 2, 3, 30), "1 day, 3 hours"),
        ((2026, 1, 1), (2026, 1, 8, 0, 5), "1 week"),
        ((2026, 1, 31), (2026, 2, 28), "1 month"),
        ((2026, 1, 31), (2026, 3, 1), "1 month"),
        ((2024, 2, 29), (2026, 5, 1), "2 years, 2 months"),
        ((2026, 1, 2), (2026, 1, 1), "0 minutes"),
    ],
)
def test_spans_are_told_in_their_two_largest_units(start: tuple[int, ...], end: tuple[int, ...], words: str):
    """Neighbouring ones, months and years by the calendar."""
    first, last = dt.datetime(*start), dt.datetime(*end)  # type: ignore[arg-type]  # noqa: DTZ001
    assert timesince(first, last) == words
    assert timeuntil(last, first) == words


def test_times_beside_now():
    """Past and to come, in seconds where there are no minutes."""
    assert naturaltime(DAY, DAY) == "now"
    assert naturaltime(DAY, DAY + dt.timedelta(seconds=1)) == "1 second ago"
    assert naturaltime(DAY + dt.timedelta(hours=2), DAY) == "2 hours from now"
    assert shown("{{ day|naturalday }}", day=dt.date.today()) == "today"  # noqa: DTZ011
    assert shown("{{ day|naturalday('Y') }}", day=dt.date(1999, 1, 1)) == "1999"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ 1234567|intcomma }} {{ price|intcomma }}", "1,234,567 1,234.50"),
        ("{{ 1500000|intword }} {{ 12|intword }}", "1.5 million 12"),
        ("{{ 3|ordinal }} {{ 11|ordinal }} {{ 22|ordinal }}", "3rd 11th 22nd"),
        ("{{ 2|apnumber }} {{ 12|apnumber }}", "two 12"),
        ("vote{{ 1|pluralize }} vote{{ 2|pluralize }} berr{{ [1, 2]|pluralize('y,ies') }}", "vote votes berries"),
        ("{{ true|yesno }} {{ none|yesno('on,off') }}", "yes off"),
        ("{{ 2.5|floatformat(0) }} {{ 3.0|floatformat }} {{ 1.005|floatformat(2) }}", "3 3 1.01"),
        ("{{ 'a b c'|truncatewords(2) }} {{ 'abcdef'|truncatechars(3) }}", "a b … ab…"),
        ("{{ 'Ça va, Zoë?'|slugify }}", "ca-va-zoe"),
        ("{{ '<i>\n\nb'|linebreaks }}", "<p>&lt;i&gt;</p>\n\n<p>b</p>"),
        ("{{ '<i>\nb'|linebreaksbr }}", "&lt;i&gt;<br>b"),
    ],
)
def test_numbers_and_text(source: str, text: str):
    """Escaped where they are not markup."""
    assert shown(source, price=Decimal("1234.50")) == text


@pytest.mark.parametrize("value", [None, "", "text", [], {}, object(), float("nan"), True, -1, 10**40])
@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"truncatewords", "truncatechars", "floatformat"}))
def test_filters_take_whatever_a_database_may_hold(name: str, value: Any):
    """A page is shown all the same."""
    shown("{{ value|" + name + " }}", value=value)


def test_markdown_is_harmless():
    """Scripts, handlers, styles and odd schemes are left out; what is left is markup."""
    text = (
        "# Title\n\n*a* <b onclick='x()'>b</b> <script>alert(1)</script> [x](javascript:alert(1)) "
        "[site](https://example.org) <img src=x onerror=alert(1)>\n\n| a |\n|---|\n| 1 |\n"
    )
    page = shown("{{ text|markdown }}", text=text)
    assert "<h1>Title</h1>" in page
    assert "<em>a</em> <b>b</b>" in page
    assert '<a href="https://example.org" rel="nofollow noopener noreferrer">site</a>' in page
    assert "<td>1</td>" in page
    for harm in ("<script", "onclick", "onerror", 'href="javascript'):
        assert harm not in page


def test_an_apps_own_filter_goes_before():
    """Under the same name."""
    from demijohn.templates import TemplateFilter

    app = App(debug=True)
    app.use(Templates())
    app.register(InlineTemplates({"page.html": "{{ 3|ordinal }}"}))
    app.register(TemplateFilter("ordinal", lambda n: f"{n}."))
    app.get("/", name="page")(lambda: render("page.html"))
    assert Client(app).get("/").text == "3."
