"""Errors for developers: code, what, where, fix."""

import functools

import pytest

from demijohn.foundation.errors import SetupError, SetupErrors, Where, raise_all


def one() -> SetupError:
    return SetupError("DMJ0001", "One.", fix="Do this.\nAnd that.", where=[Where("a.py", 1), Where("b.py", 2, "f")])


def test_an_error_finishes_the_sentence():
    """The text has all four parts, in order."""
    assert str(one()) == "DMJ0001  One.\n  at a.py:1\n  at b.py:2 in f\n  Fix: Do this.\n       And that."


def test_many_are_shown_together():
    """One is itself; several are one error that lists them; none is nothing."""
    raise_all([])
    with pytest.raises(SetupError) as single:
        raise_all([one()])
    assert not isinstance(single.value, SetupErrors)
    with pytest.raises(SetupErrors) as several:
        raise_all([one(), one(), one()])
    assert len(several.value.errors) == 3
    assert str(several.value).startswith("The app has 3 setup mistakes:\n\nDMJ0001  One.")
    assert several.value.code == "DMJ0001"


def test_places():
    """Functions, wrapped and partial ones, classes, objects and built-ins."""

    @functools.wraps(one)
    def wrapper():
        return None

    assert Where.of(one).file == __file__
    assert Where.of(wrapper).line == Where.of(functools.partial(one)).line == Where.of(one).line
    assert Where.of(TestLike).file == __file__
    assert Where.of(TestLike).line > Where.of(test_places).line
    assert Where.of(len).file == "<unknown>"
    assert Where.caller().file == __file__
    assert str(Where("a.py", 3, "f")) == "a.py:3 in f"


def test_a_class_whose_module_is_gone_has_its_line(tmp_path):
    """As of the class that keeps its module from being imported: where there are two of a name, nobody can tell."""
    file = tmp_path / "gone.py"
    file.write_text("# a line\n\nclass Post: ...\nclass Twice: ...\nclass Twice: ...\n")
    names = {"__name__": "a_module_that_is_gone"}
    exec(compile(file.read_text(), str(file), "exec"), names)
    assert Where(str(file), names["Post"]).line == 3
    assert Where(str(file), names["Twice"]).line == 0
    assert Where("<string>", names["Post"]).line == 0


class TestLike:
    """A class to be found."""

    __test__ = False
