"""JSON of a type from wherever it came: messages of a WebSocket, tokens, rows."""

from typing import Any

import pydantic
import pytest

from demijohn import Schema
from demijohn.foundation.http.errors import BadRequest, UnprocessableContent
from demijohn.kernel.bodies import compile_json


class Point(Schema):
    """A record."""

    x: int
    y: int = 0


class Model(pydantic.BaseModel):
    """A model of Pydantic's."""

    x: int


@pydantic.dataclasses.dataclass
class Record:
    """A dataclass of Pydantic's."""

    x: int = pydantic.Field(ge=1)


@pytest.mark.parametrize("kind", [Point, Model, Record, Point | None])
def test_text_and_bytes_are_read(kind: Any) -> None:
    """As the type."""
    read = compile_json(kind)
    assert read('{"x":1}').x == read(b'{"x":1}').x == 1


@pytest.mark.parametrize("kind", [Point, Model, Record])
def test_all_that_is_wrong_is_told(kind: Any) -> None:
    """Or that it is no JSON."""
    read = compile_json(kind)
    with pytest.raises(UnprocessableContent) as caught:
        read('{"x":"1x","y":"2"}')
    assert [error["where"] for error in caught.value.errors][:1] == ["body.x"]
    for text in ("{", "", "\ud800", '{"x":1,"z":"\ud800"}', b"{", b"", b'{"x":1,"z":"\xff"}'):
        with pytest.raises(BadRequest):
            read(text)


def test_it_is_as_strict_as_a_body() -> None:
    """In depth, and in the size of numbers."""
    read = compile_json(Point)
    with pytest.raises(UnprocessableContent) as caught:
        read('{"x":99999999999999999999}')
    assert [error["where"] for error in caught.value.errors] == ["body.x"]
    anything = compile_json(Any)
    assert anything("[" * 64 + "]" * 64)
    with pytest.raises(BadRequest, match="nested too deep"):
        anything("[" * 65 + "]" * 65)
    assert read('{"x":1,"z":"ä"}').x == 1


@pytest.mark.parametrize("kind", [list[Record], list[Record | Model], dict[str, list[Record]]])
def test_what_holds_types_of_pydantic_is_checked_by_it(kind: Any) -> None:
    """By its validators, wherever they are."""
    read = compile_json(kind)
    good, bad = (
        ('{"a":[{"x":1}]}', '{"a":[{"x":"?"}]}') if kind == dict[str, list[Record]] else ('[{"x":1}]', '[{"x":"?"}]')
    )
    made = read(good)
    assert (made["a"] if isinstance(made, dict) else made)[0] == Record(x=1)
    with pytest.raises(UnprocessableContent) as caught:
        read(bad)
    assert ".x" in caught.value.errors[0]["where"]


class Spoken(pydantic.BaseModel):
    """A model with validators of its own."""

    x: int

    @pydantic.field_validator("x")
    @classmethod
    def check(cls, value: int) -> int:
        """Two ways to say no."""
        assert value < 9, "Too many"
        if value > 5:
            raise ValueError("Not so many, please!")
        return value


@pytest.mark.parametrize(
    ("value", "message"), [(7, "Not so many, please!"), (10, "Too many"), ('"?"', "Input should be a valid integer")]
)
def test_validators_of_pydantic_speak_in_their_own_words(value: Any, message: str) -> None:
    """Without its prefix, as one sentence."""
    with pytest.raises(UnprocessableContent) as caught:
        compile_json(Spoken)(f'{{"x": {value}}}')
    said = caught.value.errors[0]["message"]
    assert said.startswith(message)
    assert not said.endswith("..")
