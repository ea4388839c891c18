"""A battery of somebody else's, in a distribution of its own, reaches an app through every verb of `Setup`."""

import ast
import importlib.util
from pathlib import Path

import pytest

import demijohn

SOURCE = Path(__file__).parent / "demijohn-weather" / "src" / "demijohn_weather"
VERBS = {"needs", "routes", "around", "on_error", "headers", "bind", "provide", "offer", "offers", "lifespan"}

APP = """
from demijohn import App
from demijohn_weather import Forecast, Place, Station, Weather

app = App(bare=True)
app.use(Weather())


@app.get("/")
def home():
    return "home"


@app.get("/picnic/{place}")
def picnic(place: Place, forecast: Forecast):
    return {"place": place, "sunny": forecast.of(place).sunny}


@app.get("/station")
async def station(station: Station, near: Place):
    return {"running": station.running, "starts": station.starts, "near": near}


@app.get("/closed")
def closed(forecast: Forecast):
    return forecast.of(Place("Xanadu"))
"""

ASK = """
from app import app
from demijohn.testing import Client

def plain(answer):
    return [answer.status, dict(answer.headers.items()), answer.text]
"""


def test_it_imports_public_names_only():
    """Nothing of it knows how Demijohn is built: all is imported from the front door, by name."""
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                assert not any(alias.name.startswith("demijohn") for alias in node.names)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("demijohn"):
                assert node.module == "demijohn"
                assert {alias.name for alias in node.names} <= set(demijohn.__all__)


def test_it_uses_every_verb():
    """Each verb that `Setup` has is called in its `install`; a verb that is added must be tried here too."""
    tree = ast.parse((SOURCE / "battery.py").read_text())
    called = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "setup"
    }
    public = {name for name, value in vars(demijohn.Setup).items() if callable(value) and not name.startswith("_")}
    assert called == public == VERBS


@pytest.mark.skipif(
    importlib.util.find_spec("hatchling") is None, reason="hatchling, which makes the wheel, is not installed"
)
def test_it_is_installed_from_its_wheel(run, installed):
    """What runs is what pip has installed: modules, typing marker and templates."""
    file = run("import demijohn_weather\ntell(demijohn_weather.__file__)")
    assert Path(file).parent == installed / "demijohn_weather"
    assert (installed / "demijohn_weather" / "templates" / "page.html").is_file()
    assert (installed / "demijohn_weather" / "py.typed").is_file()
    assert list(installed.glob("demijohn_weather-0.1.0.dist-info"))


def test_routes_templates_bind_and_provide(run):
    """Its pages answer; its types are made for handlers of the app, by name in the path and in the query."""
    told = run(
        ASK + "client = Client(app)\n"
        "paths = ['/weather/?place=ghent', '/weather/oslo', '/picnic/Ghent', '/picnic/Atlantis', '/weather/']\n"
        "tell([plain(client.get(path)) for path in paths])",
        app_py=APP,
    )
    page, json, picnic, nowhere, nothing = told
    assert (page[0], page[2]) == (200, "<h1>Ghent: 17.0 celsius</h1>")
    assert page[1]["content-type"] == "text/html; charset=utf-8"
    assert json[2] == '{"place":"Oslo","degrees":8.0,"unit":"celsius","sunny":false}'
    assert (picnic[0], picnic[2]) == (200, '{"place":{"place":"Ghent"},"sunny":true}')
    assert (nowhere[0], "There is no weather in Atlantis." in nowhere[2]) == (404, True)
    assert (nothing[0], "query.place" in nothing[2]) == (422, True)


def test_around_headers_and_on_error(run):
    """They hold for every answer of the app, errors and refusals included."""
    told = run(
        ASK + "client = Client(app)\ntell([plain(client.get(path)) for path in ('/', '/closed', '/nobody/home')])",
        app_py=APP,
    )
    home, closed, _ = told
    assert [answer[0] for answer in told] == [200, 503, 404]
    assert [answer[1]["x-weather-unit"] for answer in told] == ["celsius"] * 3
    assert [answer[1]["x-clouds"] for answer in told] == ["0", "1", "3"]
    assert home[2] == "home"
    assert closed[2] == "<h1>The station of Xanadu is closed.</h1>"


def test_lifespan_and_a_service_of_the_app(run):
    """The station starts once, before the first request, and stops with the app."""
    told = run(
        ASK + "import demijohn_weather\n"
        "from demijohn_weather import Station\n"
        "with Client(app) as client:\n"
        "    first = client.get('/station?near=oslo').json(), client.get('/station?near=ghent').json()\n"
        "station = Station()\n"
        "tell([first, Client(app, provide={Station: station}).get('/station?near=oslo').json()])",
        app_py=APP,
    )
    (first, second), replaced = told
    assert first == {"running": True, "starts": 1, "near": {"place": "Oslo"}}
    assert second == {"running": True, "starts": 1, "near": {"place": "Ghent"}}
    assert replaced["starts"] == 0


def test_offers_of_others(run):
    """What an app registers, and what another battery offers later, is there when it is read."""
    app = APP + (
        "\nfrom dataclasses import dataclass\n"
        "from demijohn import Battery\n"
        "from demijohn_weather import Probe\n"
        "app.register(Probe('letters', lambda place: len(place.name)))\n"
        "@dataclass(frozen=True)\n"
        "class Wind(Battery):\n"
        "    name = 'wind'\n"
        "    def install(self, setup):\n"
        "        setup.offer(Probe('wind', lambda place: 3))\n"
        "app.use(Wind())\n"
    )
    told = run(ASK + "tell(plain(Client(app).get('/weather/?place=oslo')))", app_py=app)
    assert told[2].endswith("<p>wind 3</p><p>letters 4</p>")


def test_templates_of_the_app_go_first(run):
    """An app's template of the same name replaces the battery's."""
    told = run(
        ASK + "tell(plain(Client(app).get('/weather/?place=oslo')))",
        app_py=APP, templates__weather__page_html="Ours: {{ day.degrees }}",
    )  # fmt: skip
    assert told[2] == "Ours: 8.0"


def test_the_ledger(run):
    """Every contribution stands in the ledger, with its author and where that is written."""
    ledger = run(ASK + "tell([[c.battery, c.verb, c.what, str(c.where)] for c in app.seal().ledger])", app_py=APP)
    own = [(verb, what) for battery, verb, what, _ in ledger if battery == "weather"]
    assert own == [
        ("needs", "Templates"),
        ("offer", "TemplateFolder"),
        ("offer", "Encoder"),
        ("routes", "weather at /weather"),
        ("around", "count_clouds"),
        ("on_error", "StationClosed"),
        ("headers", "x-weather-unit"),
        ("bind", "Place"),
        ("provide", "Station"),
        ("provide", "Forecast"),
        ("lifespan", "Weather.install.<locals>.<lambda>"),
    ]
    assert all("demijohn_weather/battery.py" in where for battery, _, _, where in ledger if battery == "weather")
    assert "templates" in {battery for battery, *_ in ledger}


def test_the_command_prints_the_ledger(run):
    """`demijohn batteries` shows the stranger like one of the house."""
    program = (
        "import contextlib, io\n"
        "from demijohn.tools.cli import main\n"
        "printed = io.StringIO()\n"
        "with contextlib.redirect_stdout(printed):\n"
        "    try:\n"
        "        main(['batteries', 'app:app'])\n"
        "    except SystemExit as end:\n"
        "        assert not end.code, end.code\n"
        "tell(printed.getvalue())"
    )
    told = run(program, app_py=APP)
    assert "2 batteries: Templates, Weather." in told
    assert "x-weather-unit" in told
    assert "count_clouds" in told


def test_settings_come_from_the_usual_places(run):
    """Default, file, environment, code and test: each goes before the one to its left."""
    one = ASK + "tell(Client(app).get('/weather/oslo').headers['x-weather-unit'])"
    many = ASK + "tell(Client(app, config={'weather.unit': 'celsius'}).get('/weather/oslo').headers['x-weather-unit'])"
    written = APP.replace("Weather()", "Weather(unit='celsius')")
    fahrenheit = {"DEMIJOHN_WEATHER_UNIT": "fahrenheit"}
    assert run(one, app_py=APP) == "celsius"
    assert run(one, app_py=APP, environment=fahrenheit) == "fahrenheit"
    assert run(one, app_py=APP, demijohn_toml='[weather]\nunit = "fahrenheit"\n') == "fahrenheit"
    assert run(one, app_py=APP, environment={"DEMIJOHN_WEATHER_UNIT": "celsius"}) == "celsius"
    assert run(one, app_py=written, environment=fahrenheit) == "celsius"
    assert run(many, app_py=APP, environment=fahrenheit) == "celsius"


def test_settings_of_other_types(run):
    """A list and a path from the file, in the types that the fields have."""
    told = run(
        ASK + "tell([Client(app).get(path).status for path in ('/sky/paris', '/sky/oslo', '/weather/paris')])",
        app_py=APP,
        demijohn_toml='[weather]\nplaces = ["Paris"]\nprefix = "/sky"\n',
    )
    assert told == [200, 404, 404]


def test_wrong_settings_are_told_when_the_app_is_sealed(run):
    """What cannot be, and what is not there, with the file and line of each."""
    told = run(ASK + "app.seal()", app_py=APP, fails=True, demijohn_toml='[weather]\nunit = "kelvin"\ntown = "Rome"\n')
    assert "demijohn.toml:2" in told
    assert "kelvin" in told
    assert "demijohn.toml:3" in told
    assert "town" in told


def test_a_missing_extra_is_told_at_the_start(run):
    """With the line that installs it from the stranger's own distribution, not from Demijohn's."""
    told = run(ASK + "app.seal()", app_py=APP, fails=True, environment={"DEMIJOHN_WEATHER_RADAR": "true"})
    assert "DMJ0601  Weather needs weather_radar_that_nobody_has: pip install 'demijohn-weather[radar]'" in told


def test_conflicts_name_both_origins(run):
    """A second stranger that wants the same header, error, type or name: both are named, with their files."""
    other = (
        "from dataclasses import dataclass\n"
        "from demijohn import App, Battery\n"
        "from demijohn_weather import Forecast, StationClosed, Weather\n"
        "@dataclass(frozen=True)\n"
        "class Almanac(Battery):\n"
        "    name = 'almanac'\n"
        "    what: str = ''\n"
        "    def install(self, setup):\n"
        "        if self.what == 'header': setup.headers({'x-weather-unit': 'kelvin'})\n"
        "        if self.what == 'error': setup.on_error(StationClosed, print)\n"
        "        if self.what == 'type': setup.provide(Forecast, print)\n"
        "        if self.what == 'route': setup.routes(Weather_pages(), prefix='/weather')\n"
        "@dataclass(frozen=True)\n"
        "class Climate(Almanac):\n"
        "    name = 'weather'\n"
        "def Weather_pages():\n"
        "    from demijohn import Blueprint\n"
        "    blueprint = Blueprint('almanac')\n"
        "    blueprint.get('/{town}')(lambda town: town)\n"
        "    return blueprint\n"
    )
    program = (
        "from demijohn import App, SetupError\n"
        "from demijohn_weather import Weather\n"
        "from other import Almanac, Climate\n"
        "told = []\n"
        "for battery in (Almanac('header'), Almanac('error'), Almanac('type'), Almanac('route'), Climate()):\n"
        "    app = App(bare=True)\n"
        "    app.use(Weather(), battery)\n"
        "    try:\n"
        "        app.seal()\n"
        "    except SetupError as error:\n"
        "        told.append([error.code, str(error)])\n"
        "tell(told)"
    )
    told = run(program, other_py=other)
    assert [code for code, _ in told] == ["DMJ0404", "DMJ0403", "DMJ0405", "DMJ0206", "DMJ0402"]
    for _, said in told:
        assert "demijohn_weather/battery.py:" in said
        assert "other.py:" in said
    assert "weather and almanac both fix the header x-weather-unit." in told[0][1]
    assert "Weather and Climate are both called 'weather'." in told[4][1]


def test_without_it_there_is_no_trace(run):
    """An app that does not use it answers as if it were not installed, and does not even import it."""
    plain_app = "from demijohn import App\napp = App()\n@app.get('/')\ndef home():\n    return 'home'\n"
    used = plain_app + "from demijohn_weather import Weather\napp.use(Weather())\n"
    program = (
        ASK + "client = Client(app)\n"
        "answers = [plain(client.get(path)) for path in ('/', '/weather/', '/weather/oslo')]\n"
        "ledger = [entry.battery for entry in app.seal().ledger]\n"
        "imported = sorted(name for name in sys.modules if name.startswith(('demijohn_weather', 'jinja2')))\n"
        "tell([answers, ledger, imported])"
    )
    before, ledger_before, imported_before = run(program, app_py=plain_app)
    with_it, ledger_with, imported_with = run(program, app_py=used)
    after, ledger_after, imported_after = run(program, app_py=plain_app)
    assert before == after
    assert ledger_before == ledger_after
    assert imported_before == imported_after == []
    assert [answer[0] for answer in before] == [200, 404, 404]
    assert not any(name.startswith("x-weather") or name == "x-clouds" for answer in before for name in answer[1])
    assert with_it != before
    assert "weather" in ledger_with
    assert "demijohn_weather.battery" in imported_with
