"""msgspec's messages in the words of people who fill in forms: both they and API clients read them."""

from __future__ import annotations

import re

_KINDS = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "an object", "null": "null", "decimal": "a decimal number", "bytes": "base64 text", "uuid": "a UUID",
    "date": "a date", "datetime": "a date and time", "time": "a time", "duration": "a duration",
}  # fmt: skip

_NUMBER = r"`(?:int|float|decimal)(?: \| null)?`"
_TEXT = r"`(?:str|bytes)(?: \| null)?`"
_LIST = r"`(?:array|object)(?: \| null)?`"
_RULES: list[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), words)
    for pattern, words in (
        (rf"Expected {_NUMBER} >= (.+)", "Expected {} or more"),
        (rf"Expected {_NUMBER} <= (.+)", "Expected {} or less"),
        (rf"Expected {_NUMBER} > (.+)", "Expected more than {}"),
        (rf"Expected {_NUMBER} < (.+)", "Expected less than {}"),
        (rf"Expected {_NUMBER} that's a multiple of (.+)", "Expected a multiple of {}"),
        (rf"Expected {_TEXT} of length >= (\d+)", "Expected at least {} characters"),
        (rf"Expected {_TEXT} of length <= (\d+)", "Expected at most {} characters"),
        (rf"Expected {_LIST} of length >= (\d+)", "Expected at least {} items"),
        (rf"Expected {_LIST} of length <= (\d+)", "Expected at most {} items"),
        (rf"Expected {_TEXT} matching regex '(.+)'", "Expected the pattern {}"),
        (r"Invalid enum value (.+)", "{} is not one of the choices"),
        (r"Invalid RFC3339 encoded datetime", "Expected a date and time, such as 2026-05-31T14:30:00Z"),
        (r"Invalid RFC3339 encoded date", "Expected a date, such as 2026-05-31"),
        (r"Invalid RFC3339 encoded time", "Expected a time, such as 14:30:00Z"),
        (r"Invalid UUID", "Expected a UUID"),
        (r"Invalid decimal string", "Expected a decimal number"),
        (r"Expected `datetime` with a timezone component", "Expected a time zone too, as in 2026-05-31T14:30:00Z"),
        (r"Expected `datetime` with no timezone component", "Expected no time zone, as in 2026-05-31T14:30:00"),
    )
]
_WRONG_TYPE = re.compile(r"Expected `([^`]+)`, got `([^`]+)`").fullmatch


def in_plain_words(message: str) -> str:
    """A message of msgspec's, without its place and full stop; those that are not known stay as they are.

    >>> in_plain_words("Expected `int` <= 5")
    'Expected 5 or less'
    >>> in_plain_words("Expected `str`, got `int`")
    'Expected text, got a whole number'
    """
    wrong = _WRONG_TYPE(message)
    if wrong:
        wanted = " or ".join(_KINDS.get(kind, kind) for kind in wrong[1].split(" | ") if kind != "null")
        return f"Expected {wanted}, got {_KINDS.get(wrong[2], wrong[2])}"
    for pattern, words in _RULES:
        match = pattern.fullmatch(message)
        if match:
            text = words.format(*(group.removesuffix(".0") for group in match.groups()))
            return text.replace(" 1 characters", " 1 character").replace(" 1 items", " 1 item")
    return message
