"""Names in the database."""

from __future__ import annotations

import pytest

from demijohn.batteries.database.naming import snake_case


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Post", "post"), ("BlogPost", "blog_post"), ("HTTPLog", "http_log"), ("A", "a"), ("Post2", "post2")],
)
def test_a_class_name_becomes_words(name: str, expected: str) -> None:
    """Every word of a class name is a word of its table, and acronyms are one."""
    assert snake_case(name) == expected
