"""The front door: every name resolves, and type checkers see what `__getattr__` loads."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import demijohn

SOURCE = Path(demijohn.__file__).parent
STUB = SOURCE / "__init__.pyi"


def stub() -> str:
    """The text of `__init__.pyi`, from the table of names in `__init__.py`."""
    lines = [
        "# What type checkers see of the front door, whose names are loaded when they are first used.",
        "# tests/architecture/test_front_door.py says what must stand here.",
        "",
        "from ._version import __version__ as __version__",
    ]
    for home, names in sorted(demijohn._HOMES.items()):
        module = home.removeprefix("demijohn")
        lines += [f"from {module} import {name} as {name}" for name in sorted(names)]
    return "\n".join([*lines, "", "STARTS_WITH: tuple[str, ...]", ""])


def test_the_stub_has_the_names_of_the_door():
    """`__init__.pyi` is what the table makes of it; if this fails, run this file."""
    assert STUB.read_text() == stub()


@pytest.mark.parametrize("name", sorted(demijohn._HOME_OF))
def test_every_name_resolves(name):
    """Each name is what its module has under that name, and is kept after the first use."""
    value = getattr(demijohn, name)
    assert value is getattr(importlib.import_module(demijohn._HOME_OF[name]), name)
    assert vars(demijohn)[name] is value
    assert name in dir(demijohn)
    assert name in demijohn.__all__


def test_everything_public_has_a_docstring():
    """Classes and functions that users import say what they are."""
    bare = [
        name
        for name in demijohn._HOME_OF
        if callable(getattr(demijohn, name)) and not (getattr(demijohn, name).__doc__ or "").strip()
    ]
    assert bare == []


def test_names_from_habit_say_what_they_are_called_here():
    """What a user of Flask, Django or FastAPI types gets an answer, not a riddle."""
    from demijohn.kernel.foreign import NAMES

    for name, answer in NAMES.items():
        assert name not in demijohn._HOME_OF
        with pytest.raises(AttributeError) as caught:
            getattr(demijohn, name)
        assert answer in str(caught.value)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = demijohn.nonsense


def test_what_an_app_starts_with_exists():
    """The batteries of every app are named as data, and can be made without settings."""
    for home in demijohn.STARTS_WITH:
        module, _, name = home.partition(":")
        assert isinstance(getattr(importlib.import_module(module), name)(), demijohn.Battery)


def test_checkers_see_the_real_types(tmp_path):
    """mypy knows what comes through the front door, and that nothing else does."""
    pytest.importorskip("mypy")
    code = tmp_path / "use.py"
    code.write_text(
        "from demijohn import App, NotFound, Request\n"
        "import demijohn\n"
        "app = App()\n"
        "reveal_type(app.seal())\n"
        "reveal_type(demijohn.NotFound('x').status)\n"
        "def show(request: Request) -> str:\n"
        "    return request.path\n"
        "demijohn.Nonsense\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--cache-dir",
            str(tmp_path / "cache"),
            "--follow-imports",
            "silent",
            str(code),
        ],
        cwd=tmp_path,
        env={"MYPYPATH": str(SOURCE.parent), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert 'Revealed type is "demijohn.kernel.kernel.Kernel"' in done.stdout, done.stdout + done.stderr
    assert 'Revealed type is "int"' in done.stdout or 'Revealed type is "builtins.int"' in done.stdout
    assert 'Module has no attribute "Nonsense"' in done.stdout
    assert done.stdout.count("error:") == 1, done.stdout


if __name__ == "__main__":
    STUB.write_text(stub())
