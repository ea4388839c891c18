"""Several forms on one page: the names of each stand behind its prefix, and each takes what was sent under it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal, TypeVar

from ...foundation.errors import SetupError, Where
from ...kernel.annotations import Written, parameters_as_written

V = TypeVar("V")

SENT, KEPT = "sent", "kept"
"""What stands under the bare prefix: that this form was sent, or (by the script) only what was typed in it beside."""

_PREFIX: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*").fullmatch
_NAMING: Final = frozenset({"_add", "_remove", "_find"})
_OF_ALL: Final = frozenset({"_back", "_check"})


def own_pairs(prefix: str, pairs: Iterable[tuple[str, V]]) -> list[tuple[str, V]]:
    """What was sent under a prefix, without it; buttons that name a field of another form are left out.

    >>> own_pairs("login", [("login.name", "Ada"), ("other.name", "Bob"), ("_add", "login.rows")])
    [('name', 'Ada'), ('_add', 'rows')]
    """
    if not prefix:
        return list(pairs)
    return list(_own(f"{prefix}.", pairs))


def _own(start: str, pairs: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for name, value in pairs:
        if name.startswith(start):
            yield name[len(start) :], value
        elif name in _NAMING and value.startswith(start):
            yield name, value[len(start) :]
        elif name in _OF_ALL:
            yield name, value


def state_of(
    prefix: str, texts: Iterable[tuple[str, str]], files: Iterable[tuple[str, Any]]
) -> Literal["sent", "kept", ""]:
    """Whether the form of a prefix was sent, stood beside the one that was, or is not there at all."""
    if not prefix:
        return "sent"
    start, found = f"{prefix}.", ""
    for name, text in texts:
        if name == prefix:
            return "kept" if text == KEPT else "sent"
        if name.startswith(start):
            found = "sent"
    return "sent" if found or any(name.startswith(start) for name, _ in files) else ""


def require_prefix(prefix: str, kind: type) -> None:
    """Raise SetupError for a prefix that could not be told from a name."""
    if prefix and not _PREFIX(prefix):
        raise SetupError(
            "DMJ0592", f"{kind.__name__}: {prefix!r} is no prefix of a form's names.", where=Where.of(kind),
            fix='Give it letters, digits, - and _, a letter first: prefix = "login".',
        )  # fmt: skip


def require_prefixes(handler: Callable[..., Any], kind: type) -> None:
    """Raise SetupError for a handler with two forms that would both read what is sent for one of them."""
    try:
        written = [one for one in parameters_as_written(handler) if _is_form(one.annotation, kind)]
    except (SetupError, TypeError, ValueError):  # What is wrong with it is told by whoever reads its parameters.
        return
    for first, second in itertools.combinations(written, 2):
        prefixes = {one.qualifier or one.annotation.prefix for one in (first, second)}
        if len(prefixes) == 1 or "" in prefixes:
            raise _mixed_up(first, second)


def _mixed_up(first: Written, second: Written) -> SetupError:
    return SetupError(
        "DMJ0592", f"{first.owner}({first.name}, {second.name}): one form would read what is sent for the other.",
        fix="Give each a prefix, which stands before its names in the page:\n"
        f'{first.name}: Annotated[{first.annotation.__name__}, "{first.name}"]\n'
        f'{second.name}: Annotated[{second.annotation.__name__}, "{second.name}"]',
        where=first.where,
    )  # fmt: skip


def _is_form(annotation: Any, kind: type) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, kind) and getattr(annotation, "method", "") == "post"
