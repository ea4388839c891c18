"""Source code around a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from demijohn.tools.debug.report import Report
from demijohn.tools.debug.source import Line, lines_around, undefined_columns


@pytest.mark.parametrize(
    ("line", "at_fault"),
    [
        ("return order.customer.nmae", "nmae"),
        ("return rows[10]", "[10]"),
        ("return unknown + 1", "unknown"),
        ("return int('x')", "int"),
        ("return order.missing().name", "missing"),
        ("raise ValueError('x') from None", "ValueError"),
        ("return 1 / zero", "1 / zero"),
        ("text = 'äö'; return rows['ü']", "rows['ü']"),
    ],
)
def test_the_caret_stands_under_what_failed(raised, line: str, at_fault: str) -> None:
    """The columns are those of the piece that matters, in characters."""
    error = raised(f"""
        class Order:
            customer = None
        def main():
            order, rows, zero = Order(), [], 0
            {line}
        """)
    current = Report.of(error, app_root=None).where.current
    assert current.text[current.start : current.end] == at_fault
    assert current.caret.strip() == "^" * len(at_fault)


def test_an_expression_of_several_lines_is_marked_to_the_end_of_its_first(raised) -> None:
    """The caret stays in the line that is shown."""
    error = raised("""
        def main():
            return (1 /
                    0)
        """)
    current = Report.of(error, app_root=None).where.current
    assert current.text[current.start : current.end] == "1 /"


def test_the_common_indent_is_taken_away(tmp_path: Path) -> None:
    """Deeply nested code is shown from the left, its columns moved along."""
    file = tmp_path / "a.py"
    file.write_text("def f():\n        if x:\n            return 1\n        return 2\n")
    lines = lines_around(str(file), 3, (12, 18), before=1, after=1)
    assert [line.text for line in lines] == ["if x:", "    return 1", "return 2"]
    assert lines[1].text[lines[1].start : lines[1].end] == "return"


def test_columns_stay_true_where_characters_are_escaped(tmp_path: Path) -> None:
    """A control or bidi character is shown as its escape, which is longer."""
    file = tmp_path / "a.py"
    file.write_text("a = '\u202e' + b\n", encoding="utf-8")
    (line,) = lines_around(str(file), 1, (10, 11))
    assert line.text == "a = '\\u202e' + b"
    assert line.text[line.start : line.end] == "b"


def test_the_caret_keeps_tabs() -> None:
    """Under a tab stands a tab, however wide it is shown."""
    assert Line(1, "\tx = y", current=True, start=5, end=6).caret == "\t    ^"


def test_a_file_that_cannot_be_read_has_no_lines() -> None:
    """No source is no error."""
    assert lines_around("/nowhere/a.py", 3) == ()
    assert lines_around("<string>", 1) == ()


def test_the_undefined_name_of_a_template_is_found(tmp_path: Path) -> None:
    """Jinja tells the line only; the name in its message tells the columns."""
    file = tmp_path / "a.html"
    file.write_text("<b>{{ post.titel }}</b>\n")
    assert undefined_columns("'dict object' has no attribute 'titel'", str(file), 1) == (11, 16)
    assert undefined_columns("division by zero", str(file), 1) is None
