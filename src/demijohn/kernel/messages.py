"""What our pages say: tables of messages by key, each of which an app may say in words or a language of its own.

Whoever has such a table (forms, templates) has the setting that replaces some of it, and offers that as `Words`.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ..foundation.current import current
from ..foundation.errors import SetupError
from ..foundation.http.request import Request

Message: TypeAlias = str | Callable[..., str]
Messages: TypeAlias = Mapping[str, Message]


@dataclass(frozen=True, slots=True)
class Words:
    """An app's own messages for one `table`, or a function of the request that gives them."""

    table: Mapping[str, str]
    own: Messages | Callable[[Request], Messages]

    def of(self, request: Request) -> Messages:
        """The messages for whoever sent a request."""
        return self.own(request) if callable(self.own) else self.own


def words_of(request: Request | None, table: Mapping[str, str]) -> Messages:
    """The app's own messages of a table for a request; none where nobody is answering one."""
    request = request or current.get()
    if request is None or request.plan is None:
        return {}
    for words in request.plan.kernel.offers(Words):
        if words.table is table:
            found: Messages = words.of(request)
            return found
    return {}


def said(table: Mapping[str, str], key: str, own: Messages, **values: object) -> str:
    """A message by its key: `one|several` is said by the number `count`.

    >>> said({"left": "{count} day left|{count} days left"}, "left", {}, count=2)
    '2 days left'
    """
    message = own.get(key, table[key])
    if callable(message):
        return message(**values)
    one, _, several = message.partition("|")
    return (several if several and str(values.get("count")) != "1" else one).format_map(values)


def require_known(battery: str, table: Mapping[str, str], own: Messages) -> None:
    """Raise SetupError for keys that are none, and for values that a message is not given."""
    for key, message in own.items():
        if key not in table:
            raise SetupError(
                "DMJ0593", f"{battery}(messages=...) says {key!r}, which is no message of {battery.lower()}.",
                fix=f"The keys are: {', '.join(table)}.",
            )  # fmt: skip
        if callable(message):
            continue
        given = _named(table[key])
        wrong = sorted(_named(message) - given)
        if wrong:
            raise SetupError(
                "DMJ0593", f"{battery}(messages=...): {key!r} is not given {{{wrong[0]}}}.",
                fix=f"It may name {', '.join(map('{{{}}}'.format, sorted(given))) or 'nothing'}. In English it is:\n"
                f"{table[key]}",
            )  # fmt: skip


def _named(message: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name is not None}
