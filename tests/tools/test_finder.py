"""Finding the app: which file, which name, and what to say when there is none."""

from __future__ import annotations

import sys
import textwrap

import pytest

from demijohn.tools.console import CommandError
from demijohn.tools.finder import load, locate

ONE = "from demijohn import App\napp = App()\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty current folder; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in (getattr(sys.modules[name], "__file__", None) or ""):
            del sys.modules[name]


def write(folder, **files):
    """Write files: `shop__app="..."` is shop/app.py."""
    for name, text in files.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))


def package(folder, name="shop", text=ONE):
    """A package with an app.py."""
    write(folder, **{f"{name}__app": text})
    (folder / name / "__init__.py").write_text("")


@pytest.mark.parametrize("name", ["app", "main", "wsgi", "asgi"])
def test_the_usual_files_are_found(folder, name):
    """One of the four usual names is enough."""
    write(folder, **{name: ONE})
    target = locate()
    assert (target.module, target.file, target.folder) == (name, folder / f"{name}.py", folder)


def test_the_one_package_is_found(folder):
    """A package with an app.py, beside folders that are none."""
    package(folder)
    write(folder, scripts__app="print('not a package')")
    assert locate().module == "shop.app"


def test_the_factory_of_a_package_is_found(folder):
    """Where users of Flask have it: `create_app` in shop/__init__.py, beside packages that hold no app."""
    package(folder, "tests", "")
    package(folder, text="")
    for name, text in (("shop", "App\ndef create_app():\n    return App('shop')\n"), ("tests", "Client\n")):
        (folder / name / "app.py").unlink()
        (folder / name / "__init__.py").write_text(f"from demijohn import {text}")
    assert locate().module == "shop"
    assert load(locate()).name == "shop"


@pytest.mark.parametrize("name", ["main", "asgi"])
def test_another_usual_file_of_a_package_is_found(folder, name):
    """As app/main.py, where users of FastAPI have it; a main.py without an app is none."""
    write(folder, **{f"app__{name}": ONE, "scripts__main": "print(1)"})
    for each in ("app", "scripts"):
        (folder / each / "__init__.py").write_text("")
    for target in (locate(), locate("app")):
        assert (target.module, target.folder) == (f"app.{name}", folder)
    (folder / "app" / "__init__.py").write_text(ONE)
    assert locate("app").module == "app"


def test_a_package_below_src_is_found(folder):
    """The src layout: the folder that goes on the path is src."""
    package(folder / "src")
    target = locate()
    assert (target.module, target.folder) == ("shop.app", folder / "src")
    assert locate("shop:app").folder == folder / "src"


def test_a_file_that_only_imports_the_app_is_no_rival(folder):
    """wsgi.py which imports the app from app.py does not make two candidates."""
    write(folder, app=ONE, wsgi="from app import app as application")
    assert locate().module == "app"


def test_two_candidates_are_listed_with_the_commands(folder):
    """Neither is guessed."""
    write(folder, app=ONE, main=ONE)
    with pytest.raises(CommandError, match="2 places") as caught:
        locate()
    assert "demijohn dev app.py\ndemijohn dev main.py" in caught.value.fix


def test_nothing_found_says_what_was_looked_for_and_shows_hello_world(folder):
    """The message is enough to get going."""
    with pytest.raises(CommandError, match="There is no app in") as caught:
        locate()
    assert "app.py, main.py, wsgi.py, asgi.py" in caught.value.fix
    assert "    app = App()\n" in caught.value.fix
    assert "demijohn new" in caught.value.fix


def test_an_app_one_folder_down_is_suggested(folder):
    """Started in the folder above: the path is shown."""
    write(folder, blog__app=ONE)
    with pytest.raises(CommandError) as caught:
        locate()
    assert "Did you mean blog/app.py?" in caught.value.fix


@pytest.mark.parametrize(
    ("spec", "attribute", "call"),
    [
        ("shop.app:app", "app", False),
        ("shop/app.py", "", False),
        ("shop/app.py:app", "app", False),
        ("shop.app:create_app()", "create_app", True),
        ("shop", "", False),
        (".", "", False),
        ("./:app", "app", False),
    ],
)
def test_targets(folder, spec, attribute, call):
    """Every way to write one leads to the same file, as a module of its package."""
    package(folder)
    target = locate(spec)
    assert (target.module, target.attribute, target.call) == ("shop.app", attribute, call)
    assert target.file == folder / "shop" / "app.py"


def test_locating_imports_nothing(folder):
    """A file that fails is located all the same."""
    write(folder, app="raise RuntimeError('imported')")
    assert locate().module == "app"


@pytest.mark.parametrize(
    ("spec", "what", "fix"),
    [
        ("nope", "There is no module nope", "Looked for"),
        ("ap.py", "There is no file ap.py", "Did you mean app.py?"),
        ("app:", "does not name an app", "module:name"),
        ("app:a.b", "does not name an app", "module:name"),
        ("my-app", "neither a file nor the name of a module", "Looked for"),
    ],
)
def test_targets_that_are_wrong(folder, spec, what, fix):
    """Each says what is wrong and what to write."""
    write(folder, app=ONE)
    with pytest.raises(CommandError, match=what) as caught:
        locate(spec)
    assert fix in caught.value.fix


def test_the_name_app_is_taken_among_several(folder):
    """`app` is the one, whatever else there is."""
    write(folder, app=ONE + "other = App()\n")
    assert load(locate()) is sys.modules["app"].app


def test_the_only_app_is_taken_whatever_its_name(folder):
    """Two names of one app are one app."""
    write(folder, app="from demijohn import App\nshop = App()\nsame = shop\n")
    assert load(locate()) is sys.modules["app"].shop


def test_two_apps_are_listed(folder):
    """Without the name `app` nothing is guessed."""
    write(folder, app="from demijohn import App\none = App()\ntwo = App()\n")
    with pytest.raises(CommandError, match="has 2 apps: one, two") as caught:
        load(locate())
    assert caught.value.fix == "demijohn dev app:one\ndemijohn dev app:two"


def test_a_factory_is_called(folder):
    """Asked for with parentheses, or found by its usual name."""
    text = "from demijohn import App\ndef create_app(mode='x'):\n    return App()\n"
    write(folder, app=text)
    assert type(load(locate("app:create_app()"))).__name__ == "App"
    assert type(load(locate("app"))).__name__ == "App"


def test_a_factory_with_arguments_is_explained(folder):
    """It cannot be called without them, and the message says which."""
    write(folder, app="def create_app(mode): ...")
    with pytest.raises(CommandError, match="'mode'"):
        load(locate("app:create_app()"))


@pytest.mark.parametrize(
    ("text", "spec", "what", "fix"),
    [
        ("x = 1", "app", "There is no App in app.py", "app = App()"),
        (ONE, "app:ap", "There is no ap in app.py", "Did you mean app:app?"),
        ("def app(): ...", "app:app", "is a function, not an App", "app:app()"),
        ("app = 1", "app", "is a builtins int, not a Demijohn App", "module:name"),
        ("class Flask:\n  def __call__(self): ...\napp = Flask()", "app", "Flask", 'app.mount("/", app)'),
    ],
)
def test_what_is_not_an_app(folder, text, spec, what, fix):
    """Each kind of thing found instead has its own advice."""
    write(folder, app=text)
    with pytest.raises(CommandError, match=what) as caught:
        load(locate(spec))
    assert fix in caught.value.fix


def test_the_apps_own_error_goes_through(folder):
    """An import error of the app is the app's, with its own type."""
    write(folder, app="import not_there_at_all")
    with pytest.raises(ModuleNotFoundError, match="not_there_at_all"):
        load(locate())


def test_a_file_with_the_name_of_a_library_is_refused(folder):
    """json.py would be shadowed by Python's own: better said than served."""
    write(folder, json=ONE)
    with pytest.raises(CommandError, match="has the name of another module, json"):
        load(locate("json.py"))


def test_a_file_whose_name_is_no_python_name(folder):
    """my-app.py can be run, though not imported."""
    write(folder, **{"my-app": ONE})
    assert type(load(locate("my-app.py"))).__name__ == "App"
