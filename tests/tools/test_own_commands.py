"""Commands of an app's own: what is typed, what is told, and how a test runs them."""

from __future__ import annotations

import datetime as dt
import sys
import textwrap
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import pytest

from demijohn import App, AsyncDB, BackgroundTasks, Blueprint, Client, Config, Database, Meta, Model, Request, Schema
from demijohn.database import DB, Mapped, field
from demijohn.foundation.errors import SetupError
from demijohn.kernel.checks import Check
from demijohn.kernel.commands import TAKEN
from demijohn.tools.cli import call, cli

APP = """
from demijohn import App, NotFound

app = App()


@app.command
def greet(name: str, times: int = 1, *, loud: bool = False):
    '''Greet somebody.

    As often as you like.
    '''
    for _ in range(times):
        print(f"Hello, {name.upper() if loud else name}!")


@app.command
def find_all(key: int):
    raise NotFound(f"There is no {key}.")


@app.command
def divide(by: int):
    return 1 / by
"""


class Mood(Enum):
    """A choice."""

    GOOD = "good"
    BAD = "bad"


class Settings(Config, prefix="OWN_COMMANDS_"):
    """Settings of the app."""

    greeting: str = "Hello"


class Order(Schema):
    """What a request brings."""

    thing: str


class CommandNote(Model):
    """A row."""

    text: Mapped[str] = field(max_length=40)


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """What a command line answers: its exit code, and what it wrote on both streams."""
    (tmp_path / "app.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "path", list(sys.path))

    known = set(sys.modules)

    def run(*words: str) -> tuple[int, str, str]:
        code = call(list(words))
        told = capsys.readouterr()
        for name in set(sys.modules) - known:
            if not name.startswith("demijohn"):
                del sys.modules[name]  # As in a process of its own.
        return code, told.out, told.err

    return run


def run(function: Any, *words: str, **config: Any) -> Any:
    """The result of one command in an app of its own."""
    app = App()
    app.use(Database())
    app.command(function)
    with Client(app, config={"DATABASE_URL": "sqlite://", **config}) as client:
        return client.run(function.__name__.replace("_", "-"), *words)


def test_it_is_typed_by_its_name(typed):
    """Arguments by their place, what has a default as an option."""
    assert typed("greet", "Ann", "--times", "2", "--loud") == (0, "Hello, ANN!\nHello, ANN!\n", "")


def test_its_help_is_its_docstring(typed):
    """With what it takes."""
    code, told, _ = typed("greet", "--help")
    assert code == 0
    assert "demijohn greet [OPTIONS] NAME" in told
    assert "Greet somebody." in told
    assert "--times INT" in told
    assert "[default: 1]" in told
    assert "--loud / --no-loud" in told


def test_all_mistakes_are_told_at_once(typed):
    """By the names that are typed; those of click's own, too, without a traceback."""
    assert typed("greet", "Ann", "--times", "x") == (2, "", "Error: --times: Expected a whole number.\n")
    code, _, told = typed("greet")
    assert (code, told.splitlines()[0]) == (2, "Error: Missing argument 'NAME'.")
    assert "No such option '--lout'" in typed("greet", "Ann", "--lout")[2]


def test_what_is_for_visitors_is_a_sentence_and_what_is_not_a_line(typed):
    """A NotFound has no traceback; a mistake has the line of the command."""
    assert typed("find-all", "7") == (1, "", "Error: There is no 7.\n")
    code, _, told = typed("divide", "0")
    assert code == 1
    assert "ZeroDivisionError: division by zero\n  at app.py:24 in divide" in told
    assert "kernel" not in told


def test_the_app_is_found_or_named(typed, tmp_path: Path):
    """`--app` may stand anywhere."""
    (tmp_path / "other.py").write_text(
        textwrap.dedent("""
        from demijohn import App
        shop = App()
        @shop.command
        def sell(): return {"sold": 1}
    """)
    )
    assert typed("sell", "--app", "other.py") == (0, '{\n  "sold": 1\n}\n', "")
    assert typed("sell", "--app=other.py")[0] == 0
    assert typed("sell")[0] == 2


def test_they_are_listed(typed):
    """With the first lines of their help, and meant where a name is nearly right."""
    assert typed("commands") == (0, "divide\nfind-all\ngreet     Greet somebody.\n", "")
    assert typed("gret", "Ann")[2] == "Error: There is no command gret. Did you mean: demijohn greet Ann\n"


def test_a_broken_app_is_told_of(typed, tmp_path: Path):
    """Not that there is no such command; but a word of elsewhere has its answer."""
    (tmp_path / "app.py").write_text("import nothing_of_the_kind\n")
    assert "app.py cannot be imported" in typed("greet")[2]
    assert "In Demijohn it is: demijohn dev" in typed("runserver")[2]


@pytest.mark.parametrize("words", [("hello",), ("routes",), ("batteries",), ("openapi",)], ids=" ".join)
def test_who_looks_needs_no_key(typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]):
    """As `demijohn dev` needs none; whether visitors could be answered, `check` tells, and all other mistakes."""
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("DEMIJOHN_DEBUG", raising=False)
    app = (
        "from demijohn import API, App, Sessions\napp = App()\napp.use(API(), Sessions())\n"
        "@app.command\ndef hello(): return 'Hello'\n"
    )
    (tmp_path / "app.py").write_text(app)
    assert typed(*words)[0] == 0
    assert "DMJ0572" in "".join(typed("check")[1:])
    (tmp_path / "app.py").write_text(app + "@app.get('/<int:id>')\ndef show(id): ...\n")
    told = "".join(typed(*words)[1:])
    assert "DMJ0203" in told
    assert "DMJ0572" not in told


def test_the_names_of_ours_are_taken():
    """All of them."""
    assert set(cli.commands) == TAKEN


def test_a_name_may_be_said():
    """Where the function's own does not do; brackets alone say nothing."""
    app = App()

    @app.command("purge-old")
    def purge():
        return "purged"

    @app.command()
    def show_all():
        return "shown"

    @app.command("Purge_New")
    def purge_new():
        return "purged"

    with Client(app) as client:
        assert (client.run("purge-old").value, client.run("show-all").value) == ("purged", "shown")
        with pytest.raises(LookupError, match="no command 'purge'"):
            client.run("purge")
    assert purge() == "purged"
    kernel = app.seal()
    wrong = [str(error) for check in kernel.offers(Check) for error in check.run(kernel)]
    assert len([line for line in wrong if "Purge_New is not of small letters" in line]) == 1


def test_values_are_those_of_requests():
    """The same types, bounds and lists."""

    def take(names: list[str], *, day: dt.date, mood: Mood = Mood.GOOD, stars: Annotated[int, Meta(le=5)] = 1) -> Any:
        return names, day, mood, stars

    given = run(take, "a", "b", "--day", "2026-05-02", "--mood", "bad", "--stars", "5").value
    assert given == (["a", "b"], dt.date(2026, 5, 2), Mood.BAD, 5)
    with pytest.raises(ValueError, match=r"--day: Expected a date[\s\S]*--stars: Expected 5 or less"):
        run(take, "a", "--day", "may", "--stars", "6")


def test_services_are_made_and_closed():
    """The unit of work is committed; it is rolled back where the command fails."""
    app = App()
    app.use(Database())

    @app.command
    def add(text: str, settings: Settings, db: DB):
        db.save(CommandNote(text=f"{settings.greeting} {text}"))
        if text == "bad":
            raise RuntimeError(text)
        return db.count(CommandNote)

    @app.command
    async def count(db: AsyncDB):
        return await db.count(CommandNote)

    config = {"DATABASE_URL": "sqlite://", "OWN_COMMANDS_GREETING": "Hi"}
    with Client(app, config=config) as client:
        assert client.run("add", "Ann").value == 1
        with pytest.raises(RuntimeError, match="bad") as caught:
            client.run("add", "bad")
        assert [each.name for each in caught.traceback if not each.ishidden(caught)][1:] == ["add"]
        assert client.run("count").output == "1\n"


def test_what_is_left_to_the_background_is_waited_for():
    """And the services of it are its own."""
    done = []

    def order(tasks: BackgroundTasks):
        tasks.add_task(done.append, 1)

    run(order)
    assert done == [1]


def test_a_blueprint_brings_its_own():
    """As it brings routes."""
    shop = Blueprint("shop")

    @shop.command
    def restock():
        return "done"

    app = App()
    app.include(shop)
    assert Client(app).run("restock").output == "done\n"
    assert restock() == "done"


def test_a_test_is_told_what_there_is():
    """And that it has no app."""
    app = App()
    with pytest.raises(LookupError, match="no command 'nix'"):
        Client(app).run("nix")
    with pytest.raises(TypeError, match="WSGI callable"):
        Client(app.wsgi).run("nix")


def test_what_comes_with_requests_is_refused():
    """By `demijohn check`, before anybody types it."""

    def body(order: Order): ...

    def requested(request: Request): ...

    def streaming():
        yield 1

    def check(): ...

    app = App()
    for function in (body, requested, streaming, check):
        app.command(function)
    kernel = app.seal()
    found = [error for each in kernel.offers(Check) for error in each.run(kernel)]
    assert [error.code for error in found] == ["DMJ0132", "DMJ0132", "DMJ0132", "DMJ0133"]
    with pytest.raises(SetupError, match="decorates a function, not 7"):
        App().command(7)  # type: ignore[call-overload]


def test_options_of_every_command_are_none_of_its_own():
    """They would never reach it; in its place, without a name, such a word is as good as any."""

    def own(*, app: str = ""): ...

    def other(key: int, help: str = "x"): ...

    def placed(app: str, help: str): ...

    app = App()
    for function in (own, other, placed):
        app.command(function)
    kernel = app.seal()
    found = [str(error) for each in kernel.offers(Check) for error in each.run(kernel)]
    assert [text.partition("takes ")[2].partition(",")[0] for text in found] == ["--app", "--help"]


def test_a_command_takes_all_the_words_of_a_shell():
    """More than a request may have parameters."""
    app = App()

    @app.command
    def count(paths: list[str]):
        return len(paths)

    assert Client(app).run("count", *map(str, range(2500))).value == 2500


def test_choices_are_listed_as_they_are_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A name in capitals would be refused."""
    written = "from typing import Literal\nfrom demijohn import App\napp = App()\n@app.command\n"
    (tmp_path / "listed.py").write_text(written + "def paint(*, color: Literal['red', 'blue'] = 'red'): print(color)\n")
    assert call(["paint", "--app", str(tmp_path / "listed.py"), "--help"]) == 0
    assert "--color red|blue" in capsys.readouterr().out
