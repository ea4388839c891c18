"""The pager: links to the other pages of a list, by number and by cursor, with all else of the address kept."""

from __future__ import annotations

import re
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from demijohn import App, Client, InlineTemplates, Schema, Templates, render
from demijohn.database import KeysetPage, Page
from demijohn.stores import MemoryStore, Query, StorePage

USE = "{{ component('demijohn/pager.html', page=page) }}"


def app_with(page: Any, use: str = USE, **templates: str) -> App:
    """An app that shows one page of a list."""
    app = App(debug=True)
    app.use(Templates())
    app.register(InlineTemplates({"list.html": use, **templates}))
    app.get("/list")(lambda: render("list.html", page=page))
    return app


def shown(page: Any, query: str = "", use: str = USE) -> str:
    """The pager of a page."""
    return Client(app_with(page, use)).get(f"/list{query}").text.strip()


def links_of(text: str) -> dict[str, list[tuple[str, str]]]:
    """Where each link leads, by what it says."""
    found = re.findall(r'<a [^>]*?href="\?([^"]*)"[^>]*>([^<]+)</a>', text)
    return {label: parse_qsl(unescape(query), keep_blank_values=True) for query, label in found}


def numbered(page: int, total: int = 95) -> Page[int]:
    """A page of ten."""
    return Page(items=[1] * 10, page=page, size=10, total=total)


def test_numbers_and_neighbours():
    """The page that is shown says so; the ends are there, and the gap between is for eyes only."""
    text = shown(numbered(2))
    assert list(links_of(text)) == ["Previous", "1", "2", "3", "4", "10", "Next"]
    assert links_of(text)["Next"] == [("page", "3")] == links_of(text)["3"]
    assert re.findall(r"<a [^>]*aria-current=\"page\"[^>]*>(\d+)<", text) == ["2"]
    assert '<nav class="dj-pager" aria-label="Pages">' in text
    assert re.search(r'rel="prev" href="\?page=1"', text)
    assert re.search(r'rel="next" href="\?page=3"', text)
    assert text.count('aria-hidden="true">…') == 1
    assert 'aria-label="Page 10"' in text
    assert not re.search("<script|onclick", text)


@pytest.mark.parametrize(
    "page", [numbered(1, 10), numbered(1, 0), KeysetPage(items=[], size=10, next=None, previous=None)]
)
def test_a_list_of_one_page_has_none(page: Any):
    """There is nowhere to go."""
    assert shown(page) == ""


def test_the_ends_have_one_neighbour():
    """No link leads nowhere."""
    assert "Previous" not in links_of(shown(numbered(1)))
    assert "Next" not in links_of(shown(numbered(10)))


@pytest.mark.parametrize(("total", "last"), [(95, "10"), (0, "1")])
def test_behind_the_end_there_is_a_way_back(total: int, last: str):
    """Rows go while people read: the page before is one that is there."""
    assert links_of(shown(numbered(50, total)))["Previous"] == [("page", last)]


def test_the_rest_of_the_query_is_kept():
    """In its order, several of one name too."""
    text = shown(numbered(2), "?q=a%26b&tag=x&page=2&tag=y&page=7&empty=")
    kept = [("q", "a&b"), ("tag", "x"), ("tag", "y"), ("empty", "")]
    assert links_of(text)["Next"] == [*kept, ("page", "3")]


@pytest.mark.parametrize(
    "query",
    [
        '?page="><script>alert(1)</script>',
        "?page=javascript:alert(1)&q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "?page=" + "9" * 5000,
        "?page=%00%0d%0aSet-Cookie:x&q=%0d%0a%3Cb%3E",
        "?q=%ED%95%9C%EA%B8%80&%3Cb%3E=%27",
        "?next=//evil.example&page=//evil.example",
    ],
    ids=range(6),
)
def test_hostile_queries(query: str):
    """Which page it is comes from the page, never from there; what is kept is encoded, and escaped."""
    text = shown(numbered(2), query)
    assert all(link[-1] in [("page", str(n)) for n in range(1, 11)] for link in links_of(text).values())
    assert not re.search("<script|<b>|\r", text)
    assert not re.search(r'href="(?!\?)', text)
    assert len(text) < 4000


def test_by_cursor():
    """Both ways; the parameter has the name that it has in the documentation, or another."""
    page = KeysetPage(items=[1], size=1, next="n=/+", previous="p&")
    assert links_of(shown(page, "?q=1&cursor=x")) == {
        "Previous": [("q", "1"), ("cursor", "p&")],
        "Next": [("q", "1"), ("cursor", "n=/+")],
    }
    other = links_of(
        shown(page, "?at=x", "{{ component('demijohn/pager.html', page=page, name='at', label='Posts') }}")
    )
    assert other["Next"] == [("at", "n=/+")]


class Note(Schema):
    """What a store keeps."""

    id: int


def test_the_pages_of_stores():
    """By number, and by cursor forwards, with a way to the beginning."""
    store = MemoryStore(Note, [Note(id=number) for number in range(1, 30)])
    by_number = store.page(Query(), size=10, number=2)
    text = links_of(shown(by_number, "?page=2&after="))
    assert text["Next"] == [("page", "3")]
    assert list(text) == ["Previous", "1", "2", "3", "Next"]
    first = store.page(Query(), size=10)
    assert list(links_of(shown(first, "?after="))) == ["1", "2", "3", "Next"]
    second = store.page(Query(), size=10, after=first.after)
    assert links_of(shown(second, f"?q=1&after={first.after}")) == {
        "First": [("q", "1")],
        "Next": [("q", "1"), ("after", second.after)],
    }
    uncounted = StorePage(items=[1], size=1, number=3, total=2, exact=False, after="x")
    assert list(links_of(shown(uncounted))) == ["Previous", "1", "2", "3", "4", "Next"]


def test_what_has_pages_otherwise():
    """Anything that has the same names."""
    page = SimpleNamespace(number=1, pages=2, previous_page=None, next_page=2, numbers=lambda around: iter([1, 2]))
    assert list(links_of(shown(page))) == ["1", "2", "Next"]


def test_an_app_has_its_own():
    """A template of that name goes before; the filter makes it short."""
    own = "{% set pager = page|pager %}{% if pager %}{{ pager.number }}/{{ pager.count }} {{ pager.next }}{% endif %}"
    app = app_with(numbered(2), **{"demijohn/pager.html": "{% props page: any %}" + own})
    assert Client(app).get("/list?q=1").text == "2/10 ?q=1&amp;page=3"


def test_its_words():
    """In those of the app, by the visitor's language."""
    german = {"pages": "Seiten", "next": "Weiter", "page": "Seite {number}", "language": "de", "skip": "Zum Inhalt"}

    def words(request: Any) -> dict[str, str]:
        return german if request.query.get("in") == "de" else {}

    app = App(debug=True)
    app.use(Templates(messages=words))
    app.register(
        InlineTemplates({"list.html": '{% extends "demijohn/base.html" %}{% block main %}' + USE + "{% endblock %}"})
    )
    app.get("/list")(lambda: render("list.html", page=numbered(1)))
    text = Client(app).get("/list?in=de").text
    for said in (
        'aria-label="Seiten"',
        ">Weiter</a>",
        'aria-label="Seite 2"',
        '<html lang="de" dir="ltr">',
        ">Zum Inhalt<",
    ):
        assert said in text
    assert ">Skip to content<" in Client(app).get("/list").text


def test_a_page_and_its_components_ask_for_words_once_each():
    """However much it says, each visitor in his own."""
    asked: list[str] = []

    def words(request: Any) -> dict[str, str]:
        asked.append(request.query["in"])
        return {"next": f"Next in {asked[-1]}"}

    app = App(debug=True)
    app.use(Templates(messages=words))
    pager = "{% macro pager(page) %}" + USE + "{% endmacro %}"
    page = '{% extends "demijohn/base.html" %}{% block main %}' + USE + "{{ page|pager }}{% endblock %}"
    app.register(InlineTemplates({"list.html": page, "macros.html": pager}))
    app.register(InlineTemplates({"macro.html": "{% from 'macros.html' import pager %}{{ pager(page) }}"}))
    app.get("/list")(lambda: render("list.html", page=numbered(1)))
    app.get("/macro", name="macro")(lambda: render("macro.html", page=numbered(1)))
    client = Client(app)
    assert ">Next in de<" in client.get("/list?in=de").text
    # The component has a context of its own.
    assert len(asked) == 2
    for language in ("fr", "it"):
        assert f">Next in {language}<" in client.get(f"/macro?in={language}").text


def test_without_a_request():
    """In a mail, say."""
    from demijohn.templates import TemplateRenderer

    app = app_with(numbered(1))
    renderer = next(iter(app.seal().offers(TemplateRenderer)))
    assert list(links_of(renderer.render("list.html", page=numbered(1)))) == ["1", "2", "3", "10", "Next"]
