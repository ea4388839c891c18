"""What is wrong with a value, in words that need no knowledge of Python."""

import pytest

from demijohn import App, Client, Schema
from demijohn.kernel.wording import in_plain_words


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Expected `float` <= 90.0", "Expected 90 or less"),
        ("Expected `int` > 0", "Expected more than 0"),
        ("Expected `int | null` < 10", "Expected less than 10"),
        ("Expected `int` that's a multiple of 5", "Expected a multiple of 5"),
        ("Expected `str` of length <= 80", "Expected at most 80 characters"),
        ("Expected `array` of length >= 2", "Expected at least 2 items"),
        ("Expected `str` matching regex '^[a-z]+$'", "Expected the pattern ^[a-z]+$"),
        ("Expected `int | null`, got `str`", "Expected a whole number, got text"),
        ("Expected `str | int`, got `array`", "Expected text or a whole number, got a list"),
        ("Invalid enum value 'x'", "'x' is not one of the choices"),
        ("Invalid RFC3339 encoded date", "Expected a date, such as 2026-05-31"),
        ("Something else", "Something else"),
    ],
)
def test_messages(message, words):
    """Types and bounds are named as people name them; what is not known is passed on."""
    assert in_plain_words(message) == words


def test_answers_use_them():
    """A body's problems are told in these words, each with its place."""

    class Note(Schema):
        title: str
        stars: int = 0

    app = App()

    @app.post("/")
    def add(note: Note) -> Note:
        return note

    errors = Client(app).post("/", json={"title": 1, "stars": "x"}).json()["errors"]
    assert errors == [
        {"where": "body.title", "message": "Expected text, got a whole number."},
        {"where": "body.stars", "message": "Expected a whole number, got text."},
    ]
