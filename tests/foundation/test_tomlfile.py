"""TOML files of settings, and the lines of their keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from demijohn.foundation.errors import SetupError
from demijohn.foundation.tomlfile import TomlFile

PYPROJECT = """\
[project]
name = "shop"

[tool.demijohn]
secret-key = "x"
mail.host = "localhost"
cache = {url = "memory:"}

[tool.demijohn.sessions] # a comment
lifetime = "14d"
"same-site" = "lax"

[ tool . "demijohn" . database ]
pool = 5
"""


@pytest.fixture
def file(tmp_path: Path) -> TomlFile:
    """The table of Demijohn in a pyproject.toml."""
    path = tmp_path / "pyproject.toml"
    path.write_text(PYPROJECT)
    return TomlFile(path, ("tool", "demijohn"))


def test_sections(file: TomlFile) -> None:
    """Tables by name with hyphens as underscores; the top level without its tables."""
    assert file.section("sessions") == {"lifetime": "14d", "same_site": "lax"}
    assert file.section("mail") == {"host": "localhost"}
    assert file.section("") == {"secret_key": "x"}
    assert file.section("nothing") == {}
    assert sorted(file.sections()) == ["cache", "database", "mail", "sessions"]
    assert file.title("mail") == "[tool.demijohn.mail] of pyproject.toml"


@pytest.mark.parametrize(
    ("section", "key", "line"),
    [
        ("", "secret_key", 5),
        ("mail", "host", 6),
        ("cache", "url", 7),
        ("sessions", "", 9),
        ("sessions", "lifetime", 10),
        ("sessions", "same_site", 11),
        ("database", "pool", 14),
    ],
)
def test_lines(file: TomlFile, section: str, key: str, line: int) -> None:
    """Plain, dotted, quoted and inline keys are found where they stand."""
    assert file.where(section, key).line == line


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (b"a = 1\nb = nothing\n", 2, "is not TOML: Invalid value"),
        (b"a = 1\na = 2\n", 2, "is not TOML: Cannot overwrite a value"),
        (b"a = 1\n[b", 2, "is not TOML"),
        (b'\na = "' + "é".encode("latin-1") + b'"', 2, "is not UTF-8 (byte 6)"),
        (b"a = " + b"[" * 20_000, 1, "is not TOML: nested too deep"),
        (b"a = 1\nb = " + b"9" * 5000, None, "is not TOML"),
    ],
)
def test_malformed_files(tmp_path: Path, data: bytes, line: int | None, what: str) -> None:
    """The error has the file, the line and the reason."""
    path = tmp_path / "demijohn.toml"
    path.write_bytes(data)
    with pytest.raises(SetupError) as caught:
        TomlFile(path)
    assert caught.value.code == "DMJ0620"
    assert what in caught.value.what
    assert caught.value.where[0].file == str(path)
    assert line in {None, caught.value.where[0].line}


def test_a_byte_order_mark_and_windows_lines_are_fine(tmp_path: Path) -> None:
    """Editors of Windows write both."""
    path = tmp_path / "demijohn.toml"
    path.write_bytes(b"\xef\xbb\xbf[a]\r\nb = 1\r\n")
    assert TomlFile(path).section("a") == {"b": 1}
    assert TomlFile(path).where("a", "b").line == 2


def test_a_value_in_place_of_a_table_is_told(tmp_path: Path) -> None:
    """`sessions = 5` and `tool.demijohn = 5` are mistakes."""
    path = tmp_path / "demijohn.toml"
    path.write_text("\nsessions = 5\n")
    with pytest.raises(SetupError, match="should be a table") as caught:
        TomlFile(path).section("sessions")
    assert caught.value.where[0].line == 2
    path.write_text("[tool]\ndemijohn = 5\n")
    with pytest.raises(SetupError, match=r"tool\.demijohn in demijohn\.toml is a single value"):
        TomlFile(path, ("tool", "demijohn"))
