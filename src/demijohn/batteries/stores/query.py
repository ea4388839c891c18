"""What is asked of a store: conditions, a search, an order; all of it data, so that it may come from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

T = TypeVar("T")

Operator: TypeAlias = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "contains", "starts", "null"]
"""How a field is compared: `contains` and `starts` are for text, whatever its case; `null` takes True or False."""

OPERATORS: frozenset[str] = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "in", "contains", "starts", "null"})


@dataclass(frozen=True, slots=True)
class Where:
    """One condition: `Where("price", "le", 20)`.

    The name may lead through relations, `author.name`; one that leads to many is met if any of them meets it.
    A value may be text, as it comes from an address: it is read as the field's type.
    """

    name: str
    op: Operator = "eq"
    value: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """What is wanted of a store: all of `where`; of `search` each word, in any field of `search_in` (all text).

    More than 16 words are refused, as each takes its time. `order` names fields, `-created` downwards; what is equal
    goes by its key. Empty values come last (downwards, first). `load` names relations to be brought along. `scope` is a
    condition in the store's own words: what a user may see at all, or anything that `where` cannot say.
    """

    where: tuple[Where, ...] = ()
    search: str = ""
    search_in: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    load: tuple[str, ...] = ()
    scope: Any = None


EVERYTHING = Query()


@dataclass(frozen=True, kw_only=True)
class StorePage(Generic[T]):
    """Some of what was asked for, and where the rest is: what a pager shows.

    `total` counts all of it, as far as the store counts: beyond that `exact` is False, and it is "more than". None: it
    was not counted. `after` goes on from the last item, however much is added meanwhile; it is empty at the end.
    `number` is the number of the page, if it was asked for by number.

    >>> page = StorePage(items=["d", "e", "f"], size=3, number=2, total=8, after="...")
    >>> page.pages, page.next_page, list(page)
    (3, 3, ['d', 'e', 'f'])
    """

    items: Sequence[T]
    size: int
    number: int | None = None
    total: int | None = None
    exact: bool = True
    after: str = ""
    pages: int | None = field(init=False)
    """How many pages there are, if all is counted; an empty list still has one."""

    def __post_init__(self) -> None:
        counted = self.total is not None and self.exact
        object.__setattr__(self, "pages", max(1, -(-(self.total or 0) // self.size)) if counted else None)

    @property
    def has_next(self) -> bool:
        """Whether something follows."""
        return bool(self.after)

    @property
    def has_previous(self) -> bool:
        """Whether a page comes before, as far as pages are numbered."""
        return self.number is not None and self.number > 1

    @property
    def next_page(self) -> int | None:
        """The number of the page that follows."""
        return self.number + 1 if self.number is not None and self.has_next else None

    @property
    def previous_page(self) -> int | None:
        """The number of the page before."""
        return self.number - 1 if self.number is not None and self.number > 1 else None

    @property
    def first(self) -> int | None:
        """The position of the first item, from 1; 0 if there is none, None where pages have no numbers."""
        if self.number is None:
            return None
        return (self.number - 1) * self.size + 1 if self.items else 0

    @property
    def last(self) -> int | None:
        """The position of the last item; 0 if there is none, None where pages have no numbers."""
        first = self.first
        return first + len(self.items) - 1 if first else first

    def numbers(self, *, around: int = 2) -> Iterator[int | None]:
        """The page numbers that a pager shows: the ends and those around this page; `None` stands for a gap.

        Nothing where pages have no numbers. Where not all is counted, the last number is the page that follows.

        >>> list(StorePage(items=[], size=10, number=9, total=200).numbers(around=1))
        [1, None, 8, 9, 10, None, 20]
        """
        if self.number is None:
            return
        last = self.pages or (self.number + 1 if self.has_next else self.number)
        near = range(max(1, self.number - around), min(last, self.number + around) + 1)
        before = 0
        for number in sorted({1, last, *near}):
            if number == before + 2:
                yield number - 1  # a gap of one is shorter said than left out
            elif number > before + 2:
                yield None
            yield number
            before = number

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
