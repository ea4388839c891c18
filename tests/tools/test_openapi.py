"""`demijohn openapi`."""

from __future__ import annotations

import json
import sys

import pytest

from demijohn.tools.cli import call

APP = """
from demijohn import API, App

app = App()
app.use(API(title="Läden"))


@app.get("/x")
def x() -> str:
    return "x"
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    yield
    sys.modules.pop("app", None)


def test_the_document_is_printed(capsys):
    """As JSON that is read by people too."""
    assert call(["openapi"]) == 0
    text = capsys.readouterr().out
    assert json.loads(text)["info"]["title"] == "Läden"
    assert '\n  "info"' in text


def test_the_document_is_written_and_checked(tmp_path, capsys):
    """The exit code of --check is 1 for a file that is missing or old, and it writes nothing."""
    file = tmp_path / "openapi.json"
    assert call(["openapi", "--output", "openapi.json", "--check"]) == 1
    assert "is not there" in capsys.readouterr().err
    assert not file.exists()
    assert call(["openapi", "--output", "openapi.json"]) == 0
    assert json.loads(file.read_text(encoding="utf-8"))["openapi"] == "3.1.0"
    assert call(["openapi", "-o", "openapi.json", "--check"]) == 0
    file.write_text("{}")
    assert call(["openapi", "-o", "openapi.json", "--check"]) == 1
    assert "To write it: demijohn openapi --output openapi.json" in capsys.readouterr().err
    assert file.read_text() == "{}"


@pytest.mark.parametrize(
    ("arguments", "app", "told"),
    [
        (["--check"], APP, "demijohn openapi --check --output openapi.json"),
        (["--output", "no/such/folder.json"], APP, "cannot be written"),
        ([], "from demijohn import App\napp = App()", "app.use(API("),
    ],
)
def test_mistakes_are_told_with_the_right_line(tmp_path, capsys, arguments, app, told):
    """No file to check against, a folder that is not there, no battery."""
    (tmp_path / "app.py").write_text(app, encoding="utf-8")
    assert call(["openapi", *arguments]) == 2
    assert told in capsys.readouterr().err
