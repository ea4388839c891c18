"""Errors of attributes that a shape is filled from: msgspec would pass over them."""

from typing import Any

import pytest

from demijohn import Schema
from demijohn.kernel.attributes import read_attributes


class Inner(Schema):
    """What nests."""

    name: str


class Outer(Schema):
    """A required field, one that nests, one with a default."""

    title: str
    inner: Inner
    note: str = ""


class Record:
    """An object whose attributes may not be readable."""

    def __init__(self, **values: Any) -> None:
        self.values = values

    def __getattr__(self, name: str) -> Any:
        value = self.values.get(name, AttributeError(name))
        if isinstance(value, Exception):
            raise value
        return value


GOOD = {"title": "x", "inner": Record(name="y")}


@pytest.mark.parametrize("name", ["inner", "note"])
@pytest.mark.parametrize("shape", [Outer, list[Outer], dict[str, Outer], Outer | None])
def test_what_may_be_passed_over_is_read(name: str, shape: Any) -> None:
    """Its own error is raised, wherever the object is."""
    broken = Record(**GOOD | {name: RuntimeError("not loaded")})
    value = {list[Outer]: [broken], dict[str, Outer]: {"a": broken}}.get(shape, broken)
    with pytest.raises(RuntimeError, match="not loaded"):
        read_attributes(value, shape)


def test_other_fields_are_read_only_when_asked() -> None:
    """msgspec tells of them by itself, and is asked first."""
    broken = Record(**GOOD | {"title": RuntimeError("not loaded")})
    read_attributes(broken, Outer)
    with pytest.raises(RuntimeError, match="not loaded"):
        read_attributes(broken, Outer, every=True)
    deep = Record(**GOOD | {"inner": Record(name=RuntimeError("deep"))})
    read_attributes(deep, Outer)
    with pytest.raises(RuntimeError, match="deep"):
        read_attributes(deep, Outer, every=True)


@pytest.mark.parametrize("value", [None, {"title": "x"}, Outer(title="x", inner=Inner(name="y")), Record(title="x"), 7])
def test_what_is_not_there_is_no_error(value: Any) -> None:
    """Nor are values that have no attributes to be read."""
    read_attributes(value, Outer, every=True)
    read_attributes(value, list[Outer], every=True)
