"""Links to the other pages of a list: for whatever has pages, by number or by cursor.

Theory. A page of a list says what it is by its attributes: `page` or `number`, with `numbers()`, if pages have numbers;
`next` and `previous`, or `after`, if they have cursors. The links are the address of the request with another page in
its query: what else stands there stays. The page that was asked for is never read from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import jinja2
from jinja2 import pass_context

from ...foundation.http.request import Request
from ...kernel.messages import Messages, said, words_of
from .messages import MESSAGES
from .names import REQUEST

_AROUND: Final = 2
_WORDS: Final = "demijohn.words"
"""Under which name a page keeps the app's own messages; no template can say it."""


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page by its number; `is_near` says whether it is the page that is shown, beside it, or at an end."""

    number: int
    address: str
    is_current: bool
    is_near: bool


class Pager:
    """What a pager shows: true if there is another page at all.

    `previous`, `next` and `first` are addresses, empty where there is no such page; `first` is where a list begins that
    goes by cursors and has none back. `number` and `count` are None where pages have none.
    """

    def __init__(self, page: Any, pairs: list[tuple[str, str]], own: Messages, name: str = "") -> None:
        self._page, self._own = page, own
        self.number: int | None = getattr(page, "page", None) or getattr(page, "number", None)
        self.count: int | None = getattr(page, "pages", None)
        self._name, before, after = self._neighbours()
        # A list that goes by number and by cursor is not asked for by both.
        dropped = {"page", "after"} if hasattr(page, "after") else {self._name}
        if name:
            self._name, dropped = name, {name}
        self._kept = [pair for pair in pairs if pair[0] not in dropped]
        self.previous = self.address(before) if before else ""
        self.next = self.address(after) if after else ""
        is_later = any(pair[0] == self._name and pair[1] for pair in pairs)
        self.first = self.address() if is_later and before is None and self.number is None else ""

    def _neighbours(self) -> tuple[str, object, object]:
        """The parameter that says which page it is, and what it is for the pages before and after this one."""
        page = self._page
        if self.number is not None:
            before, count = page.previous_page, self.count
            # Who asks for a page behind the end is led back to the last one.
            return "page", min(before, count) if before and count else before, page.next_page
        if hasattr(page, "previous"):
            return "cursor", page.previous, page.next
        return "after", None, page.after

    def __bool__(self) -> bool:
        return bool(self.previous or self.next or self.first)

    @property
    def numbers(self) -> Iterator[PageLink | None]:
        """The pages that are shown by number: the ends and those around this one; None stands for a gap."""
        current = self.number
        if current is None:
            return
        shown = list(self._page.numbers(around=_AROUND))
        for number in shown:
            near = number in (shown[0], shown[-1]) or abs((number or 0) - current) < _AROUND
            yield None if number is None else PageLink(number, self.address(number), number == current, near)

    def address(self, page: object = None) -> str:
        """The address of a page, by its number or its cursor; without one, of where the list begins."""
        pairs = self._kept if page is None else [*self._kept, (self._name, str(page))]
        return f"?{urlencode(pairs, errors='replace')}"

    def say(self, key: str, **values: object) -> str:
        """A message of templates by its key, in the app's own words if it has some."""
        return said(MESSAGES, key, self._own, **values)


@pass_context
def pager(context: jinja2.runtime.Context, page: Any, name: str = "") -> Pager:
    """The links to the other pages of a list: `{% set pager = page|pager %}`.

    `name` is the parameter of the query that says which page it is, where that is not `page`, `cursor` or `after`.
    """
    request: Request | None = context.get(REQUEST)
    pairs = [] if request is None else request.query.multi_items()
    return Pager(page, pairs, _own(context), name)


@pass_context
def say(context: jinja2.runtime.Context, key: str, **values: object) -> str:
    """A message of templates by its key, in the app's own words if it has some: what our own pages call."""
    return said(MESSAGES, key, _own(context), **values)


def _own(context: jinja2.runtime.Context) -> Messages:
    """The app's own messages, which a page asks for once: a function may have to look for them."""
    request: Request | None = context.get(REQUEST)
    if request is None:  # In a macro that was imported, say, whose context outlives the page.
        return words_of(None, MESSAGES)
    own: Messages | None = context.parent.get(_WORDS)
    if own is None:
        own = context.parent[_WORDS] = words_of(request, MESSAGES)
    return own
