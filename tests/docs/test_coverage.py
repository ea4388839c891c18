"""What users can write is documented: the names are taken from the code, so that a new one is missed here at once."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import pkgutil
import re
from pathlib import Path

import pytest

import demijohn.batteries
from demijohn.foundation.http.request import Request
from demijohn.foundation.http.request_habits import HABITS
from demijohn.foundation.limits import Limits
from demijohn.kernel.battery import Battery, Setup
from demijohn.kernel.manners import Manners
from demijohn.kernel.markers import Marker
from demijohn.kernel.routes import RouteOptions
from demijohn.tools.cli import cli

ROOT = Path(__file__).parents[2]
DOCS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _batteries() -> list[type[Battery]]:
    """Every battery that apps are given, by importing all of `demijohn.batteries`."""
    found: list[type[Battery]] = [Manners]
    for package in pkgutil.iter_modules(demijohn.batteries.__path__, "demijohn.batteries."):
        if importlib.util.find_spec(f"{package.name}.battery") is None:
            continue  # stores: what several batteries speak, and none of them is
        module = importlib.import_module(f"{package.name}.battery")
        found += [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Battery) and value.__module__ == module.__name__
        ]
    return found


def _section(page: str, heading: str) -> str:
    """The text below a heading, up to the next of its rank."""
    found = re.search(rf"^(#+) {re.escape(heading)}$(.*?)(?=^#{{1,}} |\Z)", DOCS[page], flags=re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/{page}.md has no heading {heading}"
    return found[2]


def _named(text: str) -> set[str]:
    """The words in code spans."""
    return {word for span in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"[\w-]+", span)}


@pytest.mark.parametrize("battery", _batteries(), ids=lambda battery: battery.__name__)
def test_every_setting_is_documented(battery: type[Battery]) -> None:
    """Each field of a battery stands in its section, and the battery in the README."""
    section = _section("batteries", battery.__name__)
    missing = {field.name for field in dataclasses.fields(battery)} - _named(section)  # type: ignore[arg-type]
    assert not missing
    assert f"`{battery.name}`" in section
    assert battery is Manners or f"`{battery.__name__}`" in README


def test_every_verb_of_setup_is_documented() -> None:
    """A battery's writer finds all that he can do."""
    verbs = {name for name, value in vars(Setup).items() if not name.startswith("_") and callable(value)}
    documented = set(re.findall(r"`setup\.(\w+)\(", _section("writing-batteries", "What it can do")))
    assert documented == verbs


def test_every_option_of_a_route_is_documented() -> None:
    """The table of options is the type's."""
    rows = re.findall(r"^\| (`[^|]+) \|", _section("handlers", "Routes"), flags=re.MULTILINE)
    assert {name for row in rows for name in _named(row)} == set(RouteOptions.__annotations__)


def test_every_limit_is_documented_with_its_default() -> None:
    """The table of limits names each, and the number that holds."""
    section = _section("handlers", "Limits")
    for field in dataclasses.fields(Limits):
        assert f"`{field.name}`" in section
        assert f"{field.default:,}" in section


def test_every_marker_and_its_options_are_documented() -> None:
    """All ways to say where a value comes from."""
    section = _named(_section("handlers", "3. Body and query"))
    assert {marker.__name__ for marker in Marker.__subclasses__()} <= section
    options = set(Marker.__init__.__annotations__) - {"return", "default"}
    assert options <= section


def test_every_attribute_of_the_request_is_documented() -> None:
    """What a handler can ask of a request; the rest is between the gateways and the kernel."""
    hidden = {"native", "body_type", "captured", "plan", "refusal", "limits", "nonce_used", "outer", "watch", "stream"}
    hidden |= {"after", "finish", "keep_form", "due", "owe"} | {
        name for name in dir(Request) if name.startswith("read_")
    }
    names = {name for name in dir(Request) if not name.startswith("_") and name not in HABITS} - hidden
    assert names <= _named(_section("handlers", "10. The request"))


@pytest.mark.parametrize("name", cli.commands)
def test_every_command_and_option_is_documented(name: str) -> None:
    """The command line, on the page about deployment."""
    text = DOCS["deployment"]
    assert f"demijohn {name}" in text
    options = {option for parameter in cli.commands[name].params for option in parameter.opts if option[:2] == "--"}
    assert {option for option in options if option not in text} <= {"--reload"}


def test_every_name_of_the_front_door_is_documented() -> None:
    """What `from demijohn import ...` gives stands on some page."""
    text = "\n".join(DOCS.values())
    missing = {name for name in demijohn.__all__ if not re.search(rf"\b{name}\b", text)}
    assert missing <= {"STARTS_WITH", "__version__"}


def test_every_code_has_its_section() -> None:
    """Each message that is pinned in tests/errors stands on the page of errors, with the app that makes it."""
    files = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "errors").glob("DMJ????.txt")}
    codes = set(re.findall(r"^#### (DMJ\d{4})$", DOCS["errors"], flags=re.MULTILINE))
    assert codes == set(files)
    for code, text in files.items():
        section = _section("errors", code)
        for part in re.split(r"^---- .+\n", text, flags=re.MULTILINE)[1:]:
            assert part in section, code
