"""Pages of a longer list, with what a pager shows of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """The items of page number `page` (from 1), of `size` at most, out of `total`.

    >>> page = Page(items=["d", "e", "f"], page=2, size=3, total=8)
    >>> page.pages, page.next_page, list(page)
    (3, 3, ['d', 'e', 'f'])
    """

    items: list[T]
    page: int
    size: int
    total: int
    pages: int = field(init=False)
    """How many pages there are; an empty list still has one. A field, so that it is sent as JSON too."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pages", max(1, -(-self.total // self.size)))

    @property
    def has_next(self) -> bool:
        """Whether a page follows."""
        return self.page < self.pages

    @property
    def has_previous(self) -> bool:
        """Whether a page comes before."""
        return self.page > 1

    @property
    def next_page(self) -> int | None:
        """The number of the page that follows."""
        return self.page + 1 if self.has_next else None

    @property
    def previous_page(self) -> int | None:
        """The number of the page before."""
        return self.page - 1 if self.has_previous else None

    @property
    def first(self) -> int:
        """The position of the first item in the whole list, from 1; 0 if there is none."""
        return (self.page - 1) * self.size + 1 if self.items else 0

    @property
    def last(self) -> int:
        """The position of the last item in the whole list; 0 if there is none."""
        return self.first + len(self.items) - 1 if self.items else 0

    def numbers(self, *, around: int = 2) -> Iterator[int | None]:
        """The page numbers that a pager shows: the ends and those around this page; `None` stands for a gap.

        >>> list(Page(items=[], page=9, size=10, total=200).numbers(around=1))
        [1, None, 8, 9, 10, None, 20]
        """
        near = range(max(1, self.page - around), min(self.pages, self.page + around) + 1)
        before = 0
        for number in sorted({1, self.pages, *near}):
            if number > before + 2:
                yield None
            elif number == before + 2:
                yield number - 1  # a gap of one is shorter said than left out
            yield number
            before = number

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, kw_only=True)
class KeysetPage(Generic[T]):
    """The items of a page that was found by its cursor, of `size` at most, and the cursors of those beside it.

    >>> page = KeysetPage(items=["d", "e"], size=2, next="WzFd", previous=None)
    >>> page.has_next, page.has_previous, list(page)
    (True, False, ['d', 'e'])
    """

    items: list[T]
    size: int
    next: str | None
    """The cursor of the page that follows, or `None` at the end."""
    previous: str | None
    """The cursor of the page before, or `None` at the beginning."""

    @property
    def has_next(self) -> bool:
        """Whether a page follows."""
        return self.next is not None

    @property
    def has_previous(self) -> bool:
        """Whether a page comes before; it may have become empty, and is then the first."""
        return self.previous is not None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
