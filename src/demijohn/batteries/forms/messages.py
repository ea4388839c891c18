"""What forms say: one table of messages by key, which an app may say in words or a language of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ...foundation.http.request import Request
from ...kernel import messages
from ...kernel.messages import Messages

MESSAGES: Final[Mapping[str, str]] = {
    # Fields of any kind
    "required": "This field is required.",
    "invalid": "This is not valid.",
    "choice": "This is not one of the choices.",
    "choices": "Expected one of {choices}.",
    "value_choice": "{value} is not one of the choices.",
    "kind": "Expected {wanted}, got {found}.",
    "expected": "Expected {wanted}.",
    "object": "Expected an object.",
    "unknown": "There is no such field.",
    "deep": "This is nested too deep.",
    # Texts
    "least_characters": "Expected at least {count} character.|Expected at least {count} characters.",
    "most_characters": "Expected at most {count} character.|Expected at most {count} characters.",
    "pattern": "Expected the pattern {pattern}.",
    "line": "Expected a single line.",
    "characters": "There are characters in this text that cannot be kept.",
    "email": "Expected an e-mail address, such as {example}.",
    "url": "Expected a web address, such as {example}.",
    "phone": "Expected a telephone number, such as {example}.",
    "color": "Expected a colour, such as {example}.",
    "slug": "Expected lower-case letters and digits, with single - or _ between them.",
    "ip": "Expected an IP address.",
    "uuid": "Expected a UUID.",
    # Numbers
    "whole": "Expected a whole number.",
    "whole_fits": "Expected a whole number that fits in 64 bits.",
    "whole_between": "Expected a whole number from {least} to {most}.",
    "number": "Expected a number.",
    "number_fits": "Expected a number that fits.",
    "finite": "Expected a finite number.",
    "decimal": "Expected a decimal number.",
    "decimal_fits": "Expected a decimal number that fits.",
    "decimal_places": "Expected at most {count} decimal place.|Expected at most {count} decimal places.",
    "decimal_digits": (
        "Expected at most {count} digit before the point.|Expected at most {count} digits before the point."
    ),
    "least": "Expected {bound} or more.",
    "most": "Expected {bound} or less.",
    "above": "Expected more than {bound}.",
    "below": "Expected less than {bound}.",
    "multiple": "Expected a multiple of {step}.",
    "true_false": "Expected true or false.",
    # Dates
    "date": "Expected a date, such as {example}.",
    "datetime": "Expected a date and time, such as {example}.",
    "time": "Expected a time, such as {example}.",
    "zone": "Expected a time zone too, as in {example}.",
    "no_zone": "Expected no time zone, as in {example}.",
    "year": "Expected a year from {least} to {most}.",
    # Rows and lists
    "least_items": "Expected at least {count} item.|Expected at least {count} items.",
    "most_items": "Expected at most {count} item.|Expected at most {count} items.",
    "least_rows": "Expected at least {count} rows.",
    "most_rows": "Expected at most {count} rows.",
    "row_gone": "One of the rows is not among these any more.",
    # Files
    "file_size": "The file is too large: at most {size}.",
    "file_kind": "Expected a file of the kind {accept}.",
    "file_found": "Expected a file of the kind {accept}; by its first bytes this one is {found}.",
    "file_program": "Expected a file of the kind {accept}; this one is a program.",
    "file_gone": "The file was kept for a while, and is not there any more: choose it again.",
    "file_lost": "Choose {name} again: it was not kept.",
    # The whole form
    "unsafe": (
        "This could not be sent safely, perhaps because the page was open for long. Nothing is lost: send it again."
    ),
    "changed": "Somebody else changed this while you did. What you typed is kept: look at both, and send it again.",
    "stale": "Somebody else has changed this in the meantime. Look at it again, then change it.",
    "changed_field": "Meanwhile this is: {value}",
    "changed_empty": "Meanwhile this is empty.",
    # The database
    "unique": "This is there already.",
    "foreign_key": "There is no such thing to refer to.",
    "referenced": "Something else still refers to it.",
    "value_needed": "A value is needed.",
    "not_storable": "It contains characters that cannot be stored.",
    "not_allowed": "This value is not allowed.",
    "not_settable": "This field cannot be set here.",
    # What stands in the page
    "save": "Save",
    "continue": "Continue",
    "finish": "Finish",
    "back": "Back",
    "add": "Add another",
    "remove": "Remove",
    "remove_row": "Remove {row}",
    "search": "Search",
    "search_in": "Search {label}",
    "optional": "optional",
    "yes": "yes",
    "no": "no",
    "chosen": "Chosen: {name}",
    "problems": "There is a problem|There are {count} problems",
    "steps": "Steps",
}  # fmt: skip
"""What forms say, by key. `one|several` is said by the number `count`."""


def words_of(request: Request | None) -> Messages:
    """The app's own messages for a request; none where nobody is answering one."""
    return messages.words_of(request, MESSAGES)


def said(key: str, own: Messages, **values: Any) -> str:
    """A message by its key.

    >>> said("problems", {}, count=2), said("problems", {"problems": "{count} Fehler"}, count=1)
    ('There are 2 problems', '1 Fehler')
    """
    return messages.said(MESSAGES, key, own, **values)


def resaid(text: str, own: Messages) -> str:
    """A message of ours in the app's words; any other text as it is.

    What checks a value knows no app, and says it in English: so there is one place where it is said anew.

    >>> resaid("Expected at most 1 character.", {"most_characters": "Höchstens {count} Zeichen."})
    'Höchstens 1 Zeichen.'
    """
    if not own:
        return text
    key, values = _recognised(text)
    return said(key, own, **values) if key in own else text


def _recognised(text: str) -> tuple[str, dict[str, Any]]:
    key = _PLAIN.get(text)
    if key is not None:
        return key, {}
    for key, match in _PATTERNS:
        found = match(text)
        if found:
            values: dict[str, Any] = found.groupdict()
            if values.get("count", "").isdecimal():
                values["count"] = int(values["count"])
            return key, values
    return "", {}


def _pattern(message: str) -> str:
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(message))


_FORMS: Final = [(key, one) for key, message in MESSAGES.items() for one in message.split("|")]
_PLAIN: Final = {one: key for key, one in _FORMS if "{" not in one}
# The longest first, as one may say what another does, and more.
_PATTERNS: Final = [
    (key, re.compile(_pattern(one), re.DOTALL).fullmatch)
    for key, one in sorted(_FORMS, key=lambda pair: -len(pair[1]))
    if "{" in one
]
