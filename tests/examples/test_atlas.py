"""The atlas, asked in process: pages, search, places, the API, and what it refuses."""

from __future__ import annotations

import doctest
import html
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest

from demijohn import Client
from demijohn.database import query_budget
from demijohn.foundation.errors import SetupError

from .conftest import ATLAS, MAIN, migrate, settings_for

ZURICH = 2657896
BROWSER = {"accept": "text/html,application/xhtml+xml"}
PAGES = [
    "/",
    "/search",
    "/search?q=san&page=2",
    "/search?q=nowhere-at-all",
    "/countries",
    "/countries/CH",
    "/countries/CN?page=3",
    "/countries/NZ",
    "/countries/AQ",
    "/continents/EU",
    "/continents/AN",
    f"/cities/{ZURICH}",
    "/map",
    "/places",
    "/places/new",
    f"/places/new?city_id={ZURICH}",
    "/about",
]


def names_in(page: str) -> list[str]:
    """The cities that a page links to."""
    return [html.unescape(name) for name in re.findall(r'<a href="/cities/\d+">([^<]+)</a>', page)]


@pytest.mark.parametrize("path", PAGES)
def test_pages(client: Client, path: str) -> None:
    """Every page answers with HTML that its own strict policy lets be shown, and credits the data."""
    answer = client.get(path, headers=BROWSER)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    nonces = set(re.findall(r'nonce="([^"]+)"', answer.text))
    assert len(nonces) == 1
    assert f"'nonce-{nonces.pop()}'" in policy
    assert "unsafe" not in policy
    assert not re.search(r'\s(style|on\w+)="', answer.text)
    assert "GeoNames" in answer.text
    assert "CC BY 4.0" in answer.text


@pytest.mark.parametrize("q", ["Zürich", "zurich", "ZÜRICH", " zuri ", "Цюрих", "チューリッヒ"])
def test_search_without_case_and_diacritics_in_any_language(client: Client, q: str) -> None:
    """A city is found by the beginning of any of its names."""
    answer = client.get("/search", params={"q": q})
    assert names_in(answer.text)[0] == "Zürich"


def test_search_escapes_what_was_typed(client: Client) -> None:
    """Neither markup nor the wildcards of SQL mean anything in a search."""
    answer = client.get("/search", params={"q": '<script>"%_'})
    assert answer.status == 200
    assert "<script>&#34;" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert names_in(client.get("/search", params={"q": "%"}).text) == []


def test_part_of_the_search_page(client: Client) -> None:
    """The script that searches while one types gets the results alone."""
    part = client.get("/search", params={"q": "zurich", "part": "true"}).text
    assert "<html" not in part
    assert names_in(part) == names_in(client.get("/search", params={"q": "zurich"}).text)


@pytest.mark.parametrize("path", ["/search", "/countries/CH", "/api/cities"])
@pytest.mark.parametrize(
    ("page", "status"), [("0", 422), ("-1", 422), ("abc", 422), ("1.5", 422), (f"{10**18}", 404), (f"{10**30}", 422)]
)
def test_pages_that_do_not_exist(client: Client, path: str, page: str, status: int) -> None:
    """A page that is none, or beyond the last, is the visitor's mistake and never ours."""
    assert client.get(path, params={"page": page}).status == status
    assert client.get(path, params={"page": page}, headers=BROWSER).status == status


def test_missing_pages_have_the_look_of_the_app_for_browsers_alone(client: Client) -> None:
    """A browser gets a page to go on from, everybody else problem details."""
    for path in ["/nowhere", "/cities/1", "/cities/zurich", "/countries/XX", f"/cities/{10**40}"]:
        page = client.get(path, headers=BROWSER)
        assert page.status == 404
        assert "not on the map" in page.text
        problem = client.get(path)
        assert problem.status == 404
        assert problem.headers["content-type"] == "application/problem+json"


def test_nearby_cities_are_the_nearest(atlas: Any, client: Client) -> None:
    """Distances go along the globe, across the date line too."""
    zurich, geneva = atlas.City(**at(47.36667, 8.55)), atlas.City(**at(46.20222, 6.14569))
    assert round(atlas.distance(zurich, geneva)) == 224
    assert round(atlas.distance(atlas.City(**at(0, 179.5)), atlas.City(**at(0, -179.5)))) == 111
    assert names_in(client.get(f"/cities/{ZURICH}").text)[:2] == ["Winterthur", "Basel"]


@pytest.mark.parametrize(("continent", "countries"), [("EU", 54), ("AF", 58), ("AN", 5)])
def test_a_continent_asks_four_times_however_many_countries_it_has(
    client: Client, continent: str, countries: int
) -> None:
    """Itself, its countries, their capitals and their neighbours: not once for each country."""
    with query_budget(4):
        page = client.get(f"/continents/{continent}").text
    rows = re.findall(r"<tr>\s*<td>.*?</tr>", page, re.DOTALL)
    assert len(rows) == countries
    assert f"{countries} countries" in page


def test_a_continent_shows_capitals_and_neighbours(client: Client) -> None:
    """A capital links to its city, or is named if it is too small for this atlas; neighbours are other countries."""
    page = client.get("/continents/EU").text
    rows = {row[0]: row for row in re.findall(r'<td><a href="/countries/(\w\w)">(.*?)</tr>', page, re.DOTALL)}
    assert re.search(r'href="/cities/\d+">Bern<', rows["CH"][1])
    assert re.findall(r'href="/countries/(\w\w)"', rows["CH"][1]) == ["AT", "FR", "DE", "IT", "LI"]
    assert "<td>Vaduz</td>" in rows["LI"][1]
    assert re.search(r'href="/cities/\d+">Paris<', rows["FR"][1])
    assert '<a href="/continents/EU">Europe</a>' in client.get("/countries").text
    assert '<a href="/continents/EU">Europe</a>' in client.get("/countries/CH").text
    assert client.get("/continents/XX").status == 404
    assert re.search(r'<dt>Capital</dt><dd><a href="/cities/\d+">Bern<', client.get("/countries/CH").text)
    assert "<dt>Capital</dt><dd>Vaduz<" in client.get("/countries/LI").text


def test_countries_are_read_with_their_continents(client: Client) -> None:
    """One query for the continents, one for the countries of all."""
    with query_budget(2):
        assert client.get("/countries").text.count('href="/countries/') > 240


def test_migrations_agree_with_the_models(migrated: Callable[[], str]) -> None:
    """What is applied once is not applied again, and there is nothing left to make."""
    url = migrated()
    assert migrate(url) == "The database is up to date.\n"
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "db", "check", "--app", str(ATLAS)],
        env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "✓ Models and migrations agree.\n"), done.stderr


def test_without_its_tables_it_says_what_to_do(atlas: Any, tmp_path: Path) -> None:
    """It does not start, and names the command."""
    with (
        pytest.raises(SetupError, match="demijohn db migrate"),
        Client(atlas.app, config={"DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite'}"}) as client,
    ):
        client.get("/")


def at(latitude: float, longitude: float) -> dict[str, Any]:
    """The fields of a city somewhere."""
    return {
        "name": "X", "names": "|x", "country_code": "XX", "population": 1, "latitude": latitude,
        "longitude": longitude, "timezone": "UTC",
    }  # fmt: skip


def test_maps_are_well_formed(client: Client) -> None:
    """The world as a file, and the maps that stand in pages."""
    answer = client.get("/world.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert ElementTree.fromstring(answer.text).tag == "{http://www.w3.org/2000/svg}svg"
    for path in ["/map", "/countries/FJ", "/countries/RU", f"/cities/{ZURICH}", "/places"]:
        page = client.get(path).text
        charts = re.findall(r'<svg class="chart.*?</svg>', page, re.DOTALL)
        for chart in charts:
            ElementTree.fromstring(chart)
        assert charts or path == "/countries/FJ"


def test_first_start_loads_everything_and_only_once(
    atlas: Any, migrated: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Over thirty thousand cities, told in one line where there is no terminal; a second start finds them."""
    config = settings_for(migrated(), 0)
    with Client(atlas.app, config=config) as client:
        total = client.get("/api/cities").json()["total"]
        assert total > 30_000
        assert 50_000 < len(client.get("/world.svg").content) < 150_000
        assert len(client.get("/map").content) < 165_000
    assert capsys.readouterr().out == f"Loading {total:,} cities\n"
    with Client(atlas.app, config=config) as client:
        assert client.get("/api/cities").json()["total"] == total
    assert capsys.readouterr().out == ""


def test_interrupted_start_leaves_nothing_behind(
    atlas: Any, migrated: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was loaded half is not there at all, and the next start begins anew."""
    config = settings_for(migrated(), 1_000_000)

    def interrupted(starts: Any, **_: Any) -> Any:
        class Bar:
            def __enter__(self) -> Any:
                yield from list(starts)[:1]
                raise OSError("the disk is full")

            def __exit__(self, *_: object) -> None: ...

        return Bar()

    with monkeypatch.context() as patch:
        patch.setattr(atlas.click, "progressbar", interrupted)
        with pytest.raises(OSError, match="full"), Client(atlas.app, config=config) as client:
            client.get("/")
    with sqlite3.connect(config["DATABASE_URL"].removeprefix("sqlite:///")) as connection:
        assert connection.execute("select count(*) from country").fetchone() == (0,)
    connection.close()
    with Client(atlas.app, config=config) as client:
        assert client.get("/api/cities").json()["total"] > 500


def test_place_is_saved_listed_and_deleted(client: Client) -> None:
    """A form that is right leads back to the list, where the place stands until it is deleted."""
    form = {"name": "Hut <1>", "latitude": "46.5", "longitude": "7.9", "note": "Two\nlines", "city_id": str(ZURICH)}
    answer = client.post("/places", data=form)
    assert (answer.status, answer.headers["location"]) == (303, "/places")
    page = client.get("/places").text
    assert "Hut &lt;1&gt;" in page
    assert f'href="/cities/{ZURICH}"' in page
    [place] = client.get("/api/places").json()
    assert client.post(f"/places/{place['id']}/delete").status == 303
    assert client.post(f"/places/{place['id']}/delete").status == 404
    assert client.get("/api/places").json() == []


def test_wrong_place_keeps_its_text_and_tells_all_mistakes(client: Client) -> None:
    """Nothing is saved, nothing is lost, and every field that is wrong is marked."""
    form = {"name": "  ", "latitude": "91", "longitude": "east", "note": "<b>kept</b>", "city_id": ""}
    answer = client.post("/places", data=form, headers=BROWSER)
    assert answer.status == 422
    assert re.findall(r'<a href="#(\w+)">', answer.text) == ["name", "latitude", "longitude"]
    assert answer.text.count('aria-invalid="true"') == 3
    assert 'value="east"' in answer.text
    assert "&lt;b&gt;kept&lt;/b&gt;" in answer.text
    assert client.get("/api/places").json() == []


def test_place_near_a_city_that_is_not_there(client: Client) -> None:
    """A city that was made up is refused on the form and in the API."""
    form = {"name": "Hut", "latitude": "46.5", "longitude": "7.9", "city_id": "5"}
    assert client.post("/places", data=form).status == 422
    assert client.get("/places/new", params={"city_id": 5}).status == 404
    answer = client.post("/api/places", json={"name": "Hut", "latitude": 46.5, "longitude": 7.9, "city_id": 10**30})
    assert answer.json()["errors"][0]["where"] == "body.city_id"


def test_api_filters(client: Client) -> None:
    """Country, population, box and order narrow the list, and the answer has its declared shape."""

    def cities(**params: object) -> dict[str, Any]:
        answer = client.get("/api/cities", params=params)
        assert answer.status == 200
        found: dict[str, Any] = answer.json()
        return found

    swiss = cities(country="CH", size=3)
    assert [city["name"] for city in swiss["items"]] == ["Zürich", "Geneva", "Basel"]
    assert (swiss["page"], swiss["total"] >= 5) == (1, True)
    assert set(swiss["items"][0]) == {
        "id", "name", "country_code", "population", "latitude", "longitude", "timezone"
    }  # fmt: skip
    middle = cities(min_population=200_000, max_population=210_000, sort="name")["items"]
    assert all(200_000 <= city["population"] <= 210_000 for city in middle)
    assert [city["name"] for city in middle] == sorted(city["name"] for city in middle)
    pacific = cities(west=165, east=-150, size=100, sort="north")["items"]
    assert {"NZ", "US"} <= {city["country_code"] for city in pacific}
    assert all(city["longitude"] >= 165 or city["longitude"] <= -150 for city in pacific)
    assert cities(q="Цюрих")["items"][0]["id"] == ZURICH


def test_api_tells_all_mistakes_at_once(client: Client) -> None:
    """Problem details name each parameter that is wrong."""
    query = {
        "country": "xyz", "north": 100, "page": 0, "sort": "size", "size": 101, "min_population": 10**30,
    }  # fmt: skip
    answer = client.get("/api/cities", params=query)
    assert answer.status == 422
    assert {problem["where"] for problem in answer.json()["errors"]} == {f"query.{name}" for name in query}
    wrong = {"latitude": 91, "longitude": "east", "note": 5}
    problems = client.post("/api/places", json=wrong).json()["errors"]
    assert {problem["where"] for problem in problems} == {f"body.{name}" for name in ["name", *wrong]}


def test_api_records(client: Client) -> None:
    """One city, all countries, and a place made through the API."""
    city = client.get(f"/api/cities/{ZURICH}").json()
    assert (city["name"], city["country_code"], "names" in city) == ("Zürich", "CH", False)
    assert client.get("/api/cities/5").status == 404
    countries = client.get("/api/countries").json()
    assert len(countries) > 200
    assert {"code", "name", "continent_code", "capital"} <= set(countries[0])
    answer = client.post("/api/places", json={"name": "Hut", "latitude": 46.5, "longitude": 7})
    assert answer.status == 201
    place = answer.json()
    assert place == {
        "id": place["id"], "name": "Hut", "latitude": 46.5, "longitude": 7.0, "note": "", "city_id": None,
        "saved": place["saved"],
    }  # fmt: skip
    assert client.get("/api/places").json() == [place]
    client.post(f"/places/{place['id']}/delete")


def test_examples_in_docstrings(atlas: ModuleType) -> None:
    """What the docstrings show is so."""
    assert doctest.testmod(atlas).failed == 0
