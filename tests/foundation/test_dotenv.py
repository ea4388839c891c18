"""The reader of `.env` files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.dotenv import read_dotenv
from demijohn.foundation.errors import SetupError


def values(text: str) -> dict[str, str]:
    """The values alone."""
    return {name: entry.value for name, entry in read_dotenv(text, ".env").items()}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("export A=b", "b"),
        ("  export\tA = b c  ", "b c"),
        ("A=", ""),
        ("A=   ", ""),
        ("A= # a comment", ""),
        ("A=b # a comment", "b"),
        ("A=b\t# a comment", "b"),
        ("A=b#c", "b#c"),
        ("A=#fff", "#fff"),
        ("A='b # c' # d", "b # c"),
        ("A='b' ", "b"),
        ("A=''", ""),
        ('A=""', ""),
        ('A="b\\nc\\t\\"\\\\\\$d"', 'b\nc\t"\\$d'),
        ('A="\\d+"', "\\d+"),
        ("A='\\n'", "\\n"),
        ("A=\\n", "\\n"),
        ('A="b\nc"', "b\nc"),
        ("A='b\nc'", "b\nc"),
        ("A=$HOME/${X}", "$HOME/${X}"),
        ('A="$HOME"', "$HOME"),
        ("A=it's", "it's"),
        ("A=b=c", "b=c"),
        ("A=é", "é"),
        ("A=1\nA=2", "2"),
        ("\ufeffA=b", "b"),
        ("A=b\r\n", "b"),
        ("A='b'\r\n\r\n# c\r\n", "b"),
        ("#A=0\n\n   # A=1\nA=b\n#", "b"),
        ("export=1\nA=b", "b"),
    ],
)
def test_values(line: str, value: str) -> None:
    """Bare, quoted, exported, commented, spanning lines, from Windows."""
    assert values(line)["A"] == value


def test_lines_are_counted() -> None:
    """Each entry knows its line, also after values that span lines."""
    entries = read_dotenv("\n# one\nA=1\nB='x\ny'\n\nC=3", ".env")
    assert {name: entry.line for name, entry in entries.items()} == {"A": 3, "B": 4, "C": 7}


def test_an_empty_file_has_no_names() -> None:
    """Nothing, white space and comments are fine."""
    assert values("") == values("  ") == values("\n \n# a") == values("\ufeff") == {}


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("A=1\nhunter2", 2, "is no NAME=value"),
        ("A=1\n\n1A=hunter2", 3, "is no NAME=value"),
        ("export A\n", 1, "is no NAME=value"),
        ("=hunter2", 1, "is no NAME=value"),
        ("A-B=hunter2", 1, "is no NAME=value"),
        ("X=1\nA='hunter2\nB=2", 2, "opens a quote for A that is never closed"),
        ('A="hunter2\\"', 1, "opens a quote for A that is never closed"),
        ("A='x'hunter2", 1, "has something after the closing quote of A"),
        ("A='x'#hunter2", 1, "has something after the closing quote of A"),
    ],
)
def test_malformed_lines_are_named_and_not_shown(text: str, line: int, what: str) -> None:
    """The error has the line and what is wrong there, but nothing of what may be a password."""
    with pytest.raises(SetupError) as caught:
        read_dotenv(text, "/srv/.env")
    error = caught.value
    assert (error.code, error.what) == ("DMJ0620", f"Line {line} of /srv/.env {what}.")
    assert [(where.file, where.line) for where in error.where] == [("/srv/.env", line)]
    assert "hunter2" not in str(error)


@given(st.one_of(st.text(), st.text(alphabet="AB=\"'\\\n\r# \texport$")))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    """No other exception, no name that a shell would not take, and lines that exist."""
    try:
        entries = read_dotenv(text, ".env")
        lines = [entry.line for entry in entries.values()]
    except SetupError as error:
        entries, lines = {}, [error.where[0].line]
    assert all(name.isascii() and name.isidentifier() for name in entries)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)


plain = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]))


@given(st.lists(plain, max_size=5))
def test_quoted_values_come_back(texts: list[str]) -> None:
    """Whatever is written in double quotes with its escapes is read back."""
    escaped = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    lines = [f'export V{number}="{text}" # c' for number, text in enumerate(escaped)]
    assert list(values("\n".join(lines)).values()) == texts


@given(plain)
def test_single_quotes_are_literal(text: str) -> None:
    """Between single quotes every character but the quote stands for itself."""
    text = text.replace("'", "")
    assert values(f"A='{text}'\nB=2") == {"A": text, "B": "2"}
