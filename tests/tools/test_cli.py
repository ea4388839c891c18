"""The command line, word by word."""

from __future__ import annotations

import ast
import json
import subprocess
import sys

import pytest

from demijohn.testing import Client
from demijohn.tools.cli import call
from demijohn.tools.new import FIRST_FILE

BLOG = """
from demijohn import App, Blueprint

app = App()
posts = Blueprint("posts")


@posts.around
def guard(request):
    response = yield


@app.around
def timed(request):
    response = yield


@posts.get("/{id}")
def show(id: int):
    return "post"


@posts.get("/new")
def new():
    return "form"


@posts.post("/")
def add() -> None: ...


@posts.get("/{rest:path}")
def rest(rest: str):
    return rest


app.include(posts, prefix="/posts")
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(tmp_path) in (getattr(sys.modules[name], "__file__", None) or ""):
            del sys.modules[name]


@pytest.fixture
def said(capsys):
    """Run a command line; its exit code and what it wrote to either stream."""

    def run(*arguments):
        code = call(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return run


@pytest.fixture
def blog(tmp_path):
    """A blog in app.py."""
    (tmp_path / "app.py").write_text(BLOG)


# ------------------------------------------------------------------------------------------------- words


def test_help_lists_the_commands_and_the_exit_codes(said):
    """Without arguments, too."""
    code, text = said()
    assert code == 0
    assert text == said("--help")[1]
    for command in ("dev", "serve", "new", "routes", "check", "batteries", "openapi"):
        assert f"\n  {command} " in text
    assert "2    the command, or the app, cannot be used as it is written" in text


def test_version(said):
    """Of Demijohn and of Python."""
    code, text = said("--version")
    assert code == 0
    assert text.startswith("Demijohn ")
    assert "Python 3." in text


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("runserver", "There is no command runserver. In Demijohn it is: demijohn dev"),
        ("startproject", "There is no command startproject. In Demijohn it is: demijohn new"),
        ("db:migrate", "There is no command db:migrate. In Demijohn it is: demijohn db migrate"),
        ("phx.routes", "There is no command phx.routes. In Demijohn it is: demijohn routes"),
        ("console", "There is no command console. In Demijohn it is: demijohn db shell"),
        ("test", "There is no command test. Tests are pytest's: pytest. The client is demijohn.testing.Client."),
        ("chekc", "There is no command chekc. Did you mean: demijohn check"),
        ("shop:app", "shop:app is an app, not a command. To run it: demijohn dev shop:app"),
        ("app.py", "app.py is an app, not a command. To run it: demijohn dev app.py"),
        (
            "xyzzy",
            "There is no command xyzzy. "
            "There are: batteries, check, commands, db, dev, explain, new, openapi, routes, serve.",
        ),
    ],
)
def test_what_fingers_type_from_habit(said, typed, answer):
    """Each gets the right spelling."""
    assert said(typed) == (2, f"Error: {answer}\n")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["dev", "--debug"], "demijohn dev shows the debug page"),
        (["serve", "--reload"], "demijohn dev reloads by itself"),
        (["dev", "--prot", "1"], "Did you mean"),
        (["serve", "--port", "99999"], "not in the range"),
        (["db", "make", "first"], 'make --title "..."'),
        (["db", "make", "-m", "first"], '--title "what it does"'),
        (["db", "upgrade"], "Fix: demijohn db migrate\n"),
    ],
)
def test_options_that_are_wrong(said, arguments, hint):
    """Each gets a hint, and code 2."""
    code, text = said(*arguments)
    assert code == 2
    assert hint in text


def test_help_imports_little():
    """The list of commands is shown without the kernel, the server or the app."""
    program = (
        "import sys\nfrom demijohn.tools.cli import call\ncall([])\n"
        "heavy = {'granian', 'msgspec', 'asyncio', 'watchfiles', 'jinja2', 'demijohn.app'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_no_app_here(said):
    """The same words for every command."""
    for command in ("dev", "serve", "routes", "check", "batteries"):
        code, text = said(command)
        assert code == 2
        assert "There is no app in" in text
        assert "demijohn new" in text


# ------------------------------------------------------------------------------------------------ routes


@pytest.mark.usefixtures("blog")
def test_routes_are_a_table(said):
    """Method, path, name, handler, file and line, aligned."""
    code, text = said("routes")
    assert code == 0
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0] == "method path name handler where"
    assert "GET /posts/{id} posts.show app.show app.py:18" in lines
    assert "4 routes" in lines


def test_routes_of_batteries_name_no_line(said, tmp_path):
    """What a battery brought stands in no file of the app."""
    (tmp_path / "api.py").write_text("from demijohn import API, App\n\napp = App()\napp.use(API())\n")
    code, text = said("routes", str(tmp_path / "api.py"))
    assert code == 0
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "GET /openapi.json openapi.document demijohn.batteries.api.battery.openapi" in lines


@pytest.mark.usefixtures("blog")
def test_routes_as_json(said):
    """The same facts for programs."""
    facts = {entry["name"]: entry for entry in json.loads(said("routes", "--json")[1])}
    assert facts["posts.add"]["methods"] == ["POST"]
    assert facts["posts.show"]["blueprint"] == "posts"
    assert facts["posts.show"]["line"] == 18


@pytest.mark.usefixtures("blog")
@pytest.mark.parametrize(
    ("url", "code", "expected"),
    [
        ("/posts/7", 0, ["/posts/{id}", "id = '7', read as int", "a parameter of one segment goes before"]),
        ("/posts/new", 0, ["app.new", "a path without parameters goes before all others"]),
        ("http://localhost/posts/a/b?x=1", 0, ["rest = 'a/b'"]),
        ("/posts", 1, ["404", "A route answers /posts/: browsers are redirected there."]),
        ("/psts/", 1, ["404", "Near it: /posts/"]),
    ],
)
def test_which_route_answers(said, url, code, expected):
    """And why, or what is near it."""
    seen, text = said("routes", url)
    assert seen == code
    for piece in expected:
        assert piece in text


@pytest.mark.usefixtures("blog")
def test_which_route_answers_another_method(said):
    """405 names the methods of the address."""
    code, text = said("routes", "/posts/7", "--method", "delete")
    assert code == 1
    assert "answered 405: this address answers GET, HEAD" in text
    facts = json.loads(said("routes", "/posts/7", "--json")[1])
    assert facts["route"]["name"] == "posts.show"
    assert facts["parameters"] == {"id": "7"}
    assert [other["name"] for other in facts["others"]] == ["posts.rest"]


HOSTED = """
from demijohn import App, View
app = App(debug=True)
inner = App()
inner.get("/{x}")(lambda x: x)
app.mount("/in", inner)
@app.get("/posts/{id}")
def show(id: int): ...
@app.post("/posts/{id}", name="edit")
def edit(id: int): ...
@app.get("/posts/{a}-{b}")
def two(a: str, b: str): ...
@app.get("/posts/new", host="api.example.com")
def new(): ...
@app.get("/posts/{rest:path}", host="{tenant}.example.com")
def rest(tenant: str, rest: str): ...
@app.get({"en": "/about", "de": "/ueber-uns"})
def about(): ...
@app.get("/only", host="api.example.com")
def only(): ...
"""


@pytest.mark.parametrize(
    ("url", "code", "expected"),
    [
        ("/posts/a-b", 0, ["app.two", "a parameter with text beside it goes before a bare one"]),
        ("/posts/7", 0, ["it answers other methods", "it is bound to its host, and the URL names none"]),
        ("/posts/x", 1, ["404: id = 'x' is refused", "Expected a whole number. No other route is tried."]),
        ("//api.example.com/posts/new", 0, ["app.new", "goes before what is on every host", "fits this host better"]),
        ("https://acme.example.com:8000/posts/1", 0, ["tenant = 'acme'", "rest = '1'"]),
        ("/only", 1, ["421: such a path is on other hosts only", "api.example.com/only"]),
        ("//acme.example.com/only", 1, ["404: no route has such a path", "it is bound to its host"]),
        ("//evil.tld/", 1, ["400: the app does not answer to evil.tld", "Security(hosts=[...])"]),
        ("/pots/7", 1, ["Near it:", "segment 1 is 'posts', not 'pots'"]),
        ("/about/8", 1, ["404", "it ends before '8'"]),
        ("/ueber-uns", 0, ["app.about"]),
        ("/in/5", 0, ["is passed on to app at /in", "GET /5 is answered by", "x = '5'"]),
    ],
)
def test_why_the_others_do_not_answer(said, tmp_path, url, code, expected):
    """By path, method, host, type or mount."""
    (tmp_path / "app.py").write_text(HOSTED)
    seen, text = said("routes", url)
    assert seen == code, text
    for piece in expected:
        assert piece in text
    facts = json.loads(said("routes", url, "--json")[1])
    assert (facts["status"] == 200) is (code == 0)
    assert all(other["why"] for other in facts["others"])


def test_hosts_and_mounts_are_in_the_table(said, tmp_path):
    """Before the paths, and below them."""
    (tmp_path / "app.py").write_text(HOSTED)
    text = said("routes")[1]
    assert "{tenant}.example.com/posts/{rest:path}" in text
    assert "and all below /in goes to app" in text
    facts = json.loads(said("routes", "--json")[1])
    assert [fact["languages"] for fact in facts if fact["path"] == "/ueber-uns"] == [["de"]]


def test_an_app_without_routes(said, tmp_path):
    """Shows the first one."""
    (tmp_path / "app.py").write_text("from demijohn import App\napp = App()\n")
    assert '@app.get("/")' in said("routes")[1]


# --------------------------------------------------------------------------------------- check, batteries


@pytest.mark.usefixtures("blog")
def test_check_finds_nothing(said):
    """And says what there is."""
    code, text = said("check")
    assert code == 0
    assert "No mistakes in app.py: 4 routes, " in text
    assert json.loads(said("check", "--json")[1]) == {"ok": True, "findings": []}


def test_check_tells_every_mistake(said, tmp_path):
    """With code, place and fix; the same as JSON."""
    (tmp_path / "app.py").write_text(
        "from demijohn import App\napp = App()\n@app.get('/<int:id>')\ndef a(id): ...\n@app.get('/b')\ndef b(x): ...\n"
    )
    code, text = said("check")
    assert code == 2
    assert "DMJ0203" in text
    assert "DMJ0301" in text
    assert "2 mistakes" in text
    findings = json.loads(said("check", "--json")[1])["findings"]
    assert [finding["code"] for finding in findings] == ["DMJ0203", "DMJ0301"]
    assert findings[0]["where"][0]["line"] == 3


def test_check_tells_settings_that_nothing_reads(said, tmp_path):
    """A section of the configuration that is spelt wrong is found here, with what was meant."""
    (tmp_path / "app.py").write_text("from demijohn import App\napp = App()\n")
    (tmp_path / "demijohn.toml").write_text("[secruity]\nframe_options = 'SAMEORIGIN'\n")
    code, output = said("check")
    assert code == 2
    assert "DMJ0625" in output
    assert "security" in output


def test_check_of_an_app_that_does_not_import(said, tmp_path):
    """The error is explained, without frames of ours."""
    (tmp_path / "app.py").write_text("import nothing_of_this_name\n")
    code, text = said("check")
    assert code == 2
    assert "app.py cannot be imported." in text
    assert "pip install nothing_of_this_name" in text
    assert json.loads(said("check", "--json")[1])["ok"] is False


@pytest.mark.usefixtures("blog")
def test_batteries_shows_the_ledger_and_the_onion(said):
    """Who added what, and what a request passes through, from the outside in."""
    code, text = said("batteries")
    assert code == 0
    assert "security" in text
    assert "x-content-type-options" in text
    order = [text.index(name) for name in ("error handlers", "timed", "more arounds", "\n        handler")]
    assert order == sorted(order)
    data = json.loads(said("batteries", "--json")[1])
    assert [layer["name"] for layer in data["onion"]] == ["error handlers", "timed", "more arounds", "handler"]
    assert {"battery", "verb", "what", "file", "line"} <= data["ledger"][0].keys()


# --------------------------------------------------------------------------------------------------- new


@pytest.mark.parametrize(
    ("name", "file", "next_step"),
    [
        ((), "app.py", "  demijohn dev"),
        (("blog",), "blog/app.py", "  cd blog"),
        (("x.py",), "x.py", "demijohn dev x.py"),
    ],
)
def test_new_writes_one_file(said, tmp_path, name, file, next_step):
    """Only that, and says how to run it."""
    code, text = said("new", *name)
    assert code == 0
    assert (tmp_path / file).read_text() == FIRST_FILE
    assert [path.name for path in tmp_path.rglob("*.py")] == [file.rpartition("/")[2]]
    assert next_step in text


def test_new_overwrites_nothing(said, tmp_path):
    """What is there stays."""
    (tmp_path / "app.py").write_text("mine")
    code, text = said("new")
    assert code == 2
    assert "app.py is there already; nothing was changed." in text
    assert (tmp_path / "app.py").read_text() == "mine"


def test_the_first_file_runs_with_all_its_next_steps():
    """The comments are code that works, block by block, as they say."""
    lines = FIRST_FILE.splitlines()
    code = [line.removeprefix("# ").removeprefix("#") if line.startswith("#") else line for line in lines]
    start = lines.index(next(line for line in lines if line.startswith("# Next steps")))
    prose = ("Next steps", "A name in", "What is not", "A class describes")
    kept = [line for number, line in enumerate(code) if number < start or not line.startswith(prose)]
    source = "\n".join(kept)
    ast.parse(source)
    module = {"__name__": "app", "__file__": "app.py"}
    exec(compile(source, "app.py", "exec"), module)
    client = Client(module["app"])
    assert client.get("/").text == "Hello, world!"
    assert client.get("/square/7").json() == {"number": 7, "square": 49}
    assert client.get("/square/x").status == 404
    assert client.get("/greet", query={"name": "Ann"}).text == "Hello, Ann!"
    assert client.get("/greet").text == "Hello, you!"
    assert client.post("/notes", json={"title": "x"}).json() == {"title": "x", "stars": 0}
    assert client.post("/notes", json={"stars": "many"}).status == 422
