"""`demijohn explain`: the page of errors on a terminal."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from demijohn import SetupError, SetupErrors
from demijohn.tools.cli import call
from demijohn.tools.console import CommandError
from demijohn.tools.explain import code_of, entries_of, page, terminal
from demijohn.tools.mistakes import explain

ROOT = Path(__file__).parents[2]
CAN_BUILD = importlib.util.find_spec("hatchling") is not None and importlib.util.find_spec("pip") is not None

PAGE = """
## Errors for developers

### Paths

#### DMJ0203

**A parameter `<int:id>`
with its type.** See [the rules](handlers.md#1-the-path) and `{id}`, which is much longer than the line is wide.

```python raises
# a comment, not a heading
app.get("/<int:id>")
```

```text
DMJ0203  <int:id>
```

### Files

#### DMJ0710

**A folder.**

```toml demijohn.toml
[static]
```

Then:

```python
open()
```
"""


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")


def test_a_page_is_read():
    """Chapters and titles; headings in code are code."""
    entries = entries_of(PAGE)
    assert [(entry.code, entry.chapter, entry.title) for entry in entries.values()] == [
        ("DMJ0203", "Paths", "A parameter `<int:id>` with its type."),
        ("DMJ0710", "Files", "A folder."),
    ]


def test_an_entry_on_a_terminal():
    """Words are wrapped and lose their marks, code keeps its lines and is told what it is."""
    entries = entries_of(PAGE)
    assert terminal(entries["DMJ0203"], 40) == (
        "DMJ0203  A parameter <int:id> with its type.\n"
        "\n"
        "See the rules and {id}, which is much\n"
        "longer than the line is wide.\n"
        "\n"
        "app.py:\n"
        "    # a comment, not a heading\n"
        '    app.get("/<int:id>")\n'
        "\n"
        "It says:\n"
        "    DMJ0203  <int:id>"
    )
    assert terminal(entries["DMJ0710"], 40) == (
        "DMJ0710  A folder.\n\ndemijohn.toml:\n    [static]\n\nThen:\n\napp.py:\n    open()"
    )


@pytest.mark.parametrize("name", ["DMJ0203", "dmj0203", "dmj203", "203", "0203", "DMJ-0203", " DMJ 203 "])
def test_a_code_may_be_typed_in_many_ways(name):
    """Whoever types a number means the code."""
    assert code_of(name, entries_of(PAGE)) == "DMJ0203"


@pytest.mark.parametrize(("name", "meant"), [("204", "DMJ0203"), ("DMJ0711", "DMJ0710"), ("DJM0203", "DMJ0203")])
def test_an_unknown_code_is_told_the_nearest(name, meant):
    """With its title, to choose by."""
    with pytest.raises(CommandError) as caught:
        code_of(name, entries_of(PAGE))
    assert f"Did you mean: demijohn explain {meant}   " in caught.value.fix


def test_what_is_no_code_at_all():
    """Where nothing is near, the list is."""
    with pytest.raises(CommandError) as caught:
        code_of("elephant", entries_of(PAGE))
    assert str(caught.value) == "There is no code ELEPHANT.\n  Fix: demijohn explain lists all."


def test_every_section_has_a_title_and_an_example():
    """No entry of the real page is empty on a terminal, and no mark of Markdown is left over."""
    entries = entries_of(page())
    assert len(entries) > 80
    for entry in entries.values():
        assert entry.chapter
        assert entry.title.endswith((".", "?")), entry.code
        text = terminal(entry, 80)
        assert "It says:\n" in text
        assert "```" not in text
        prose = [line for line in text.splitlines() if line and not line.startswith("    ")]
        assert all(len(line) <= 80 for line in prose[1:]), entry.code
        assert not any("](" in line or "`" in line for line in prose), entry.code


def test_the_command_prints_several(capsys):
    """One after the other, in the order asked for."""
    assert call(["explain", "203", "101"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("DMJ0203  A parameter with its type in the path.\n")
    assert said.index("DMJ0203") < said.index("DMJ0101  The app is sealed.")


def test_the_command_lists_all_by_chapter(capsys):
    """Every code of the page, below its chapter."""
    assert call(["explain"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("The app\n  DMJ0101  The app is sealed.\n")
    assert "\n\nPaths\n  DMJ0201  " in said
    for code in entries_of(page()):
        assert f"  {code}  " in said


def test_the_command_refuses_an_unknown_code(capsys):
    """With code 2, and nothing printed for the others."""
    assert call(["explain", "101", "9999"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "There is no code DMJ9999." in said.err


def test_a_mistake_leads_here(tmp_path, monkeypatch, capsys):
    """What is told on a terminal ends with the command that tells more; `check` says it with its count."""
    (tmp_path / "app.py").write_text("from demijohn import App\napp = App()\napp.get('/<int:id>')(print)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert call(["routes"]) == 2
    assert capsys.readouterr().err.endswith("\n\nMore: demijohn explain DMJ0203\n")
    sys.modules.pop("app", None)
    assert call(["check"]) == 2
    assert capsys.readouterr().out.endswith("1 mistake. More: demijohn explain DMJ0203\n")
    sys.modules.pop("app", None)


def test_many_mistakes_lead_here_once_each():
    """Each code is named once, in the order of the mistakes."""
    errors = [SetupError(code, "Wrong.", fix="Right.") for code in ("DMJ0301", "DMJ0203", "DMJ0301")]
    assert explain(SetupErrors(errors)).endswith("\n\nMore: demijohn explain DMJ0301 DMJ0203")


@pytest.mark.skipif(not CAN_BUILD, reason="hatchling or pip is missing, which build the wheel")
def test_an_installed_wheel_carries_the_page(tmp_path):
    """Built from the checkout and installed elsewhere, the command finds the text beside itself."""
    site = tmp_path / "site"
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
        "--disable-pip-version-check", "--no-compile", "--target", str(site), str(ROOT),
    ]  # fmt: skip
    built = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    program = (
        f"import sys, json; sys.path.insert(0, {str(site)!r})\n"
        "from demijohn.tools import explain\n"
        "print(json.dumps([explain.__file__, len(explain.entries_of(explain.page()))]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    file, count = json.loads(done.stdout)
    assert Path(file).is_relative_to(site)
    assert count == len(entries_of(page()))
    assert (site / "demijohn" / "tools" / "errors.md").read_text(encoding="utf-8") == page()
