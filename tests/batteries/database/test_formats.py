"""Formats of text: what looks like one and is none is refused, and no text takes long."""

import pytest

from demijohn.batteries.database.formats import FORMATS

MANY = 100_000
BAD = {
    "email": [
        "a" * MANY + "@", "a." * MANY + "@b.c", '"' + "\\" * MANY, "a@" + "a-" * MANY + ".com", "a@" + "a." * MANY,
        "a" * 321 + "@b.co", "a@b\n.com", "a@b..c", "a@[127.0.0.1]", "a@b.co\n", "a@b.co\x00", "\na@b.co", "a@b",
    ],
    "url": [
        "http://[" + ":" * MANY, "http://" + "a@" * MANY, "http://a.com:" + "1" * MANY, "http://a\n.com",
        "http://a.com\x00", "\nhttp://a", "http://a.com\t", "http://a.com\n", "ex\nample.com", "javascript:alert(1)",
    ],
    "slug": ["a-" * MANY, "a_-b", "a\n", "A"],
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_only_looks_like_it_is_refused(name: str) -> None:
    """A pattern that tried all ways to read such a text would not come to an end."""
    taken = [text[:40] for text in BAD[name] if FORMATS[name].accepts(text)]
    assert taken == []
