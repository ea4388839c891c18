"""Parameters of the path alone are read without msgspec: as the grammar reads them, one and several."""

from __future__ import annotations

import pytest

from demijohn.foundation.http.errors import NotFound
from demijohn.foundation.http.request import Request
from demijohn.kernel.arguments import Field, compile_bind
from demijohn.kernel.grammar import read
from demijohn.kernel.markers import MISSING

TEXTS = [
    *("0", "5", "-5", "-0", "+5", "007", "5.0", "1e3", "1_0", " 5", "5 ", "x", "²", "٣", "\uff15", "½", "true"),
    *("9" * 18, "9" * 19, str(2**63 - 1), str(2**63), str(-(2**63)), "0" * 18 + "1", "9" * 400),
]


def bound(kinds, texts):
    """What a handler with these parameters gets; None for a 404."""
    names = tuple(f"value{index}" for index in range(len(kinds)))
    bind = compile_bind([Field("path", name, kind, MISSING) for name, kind in zip(names, kinds, strict=True)], names)
    try:
        return bind(Request(None, "GET", "/", "", captured=tuple(texts)))
    except NotFound:
        return None


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_number_is_what_the_grammar_makes_of_it(text):
    """Alone, where it is read by hand, and beside another."""
    try:
        expected = read(text, int, in_path=True)
    except ValueError:
        assert bound([int], [text]) is None
        assert bound([int, str], [text, "a"]) is None
    else:
        assert bound([int], [text]) == (expected,)
        assert bound([int, str], [text, "a"]) == (expected, "a")


def test_texts_come_as_they_are_in_the_order_of_the_parameters():
    """What is in the path is handed on; another order than the path's is heeded."""
    assert bound([str, str], ["a", "ü/b"]) == ("a", "ü/b")
    swapped = compile_bind([Field("path", "b", str, MISSING), Field("path", "a", str, MISSING)], ("a", "b"))
    assert swapped(Request(None, "GET", "/", "", captured=("1", "2"))) == ("2", "1")
    one = compile_bind([Field("path", "b", str, MISSING)], ("a", "b"))
    assert one(Request(None, "GET", "/", "", captured=("1", "2"))) == ("2",)
