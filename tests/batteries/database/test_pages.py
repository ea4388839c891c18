"""Pages: the numbers that a pager shows."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from demijohn.database import Page


def test_the_ends_have_no_neighbour() -> None:
    """The first page has none before it, the last none after it."""
    first, last = (Page(items=[1], page=number, size=1, total=2) for number in (1, 2))
    assert (first.has_previous, first.previous_page, first.has_next, first.next_page) == (
        False,
        None,
        True,
        2,
    )
    assert (last.has_previous, last.previous_page, last.has_next, last.next_page) == (True, 1, False, None)


def test_an_empty_list_has_one_page() -> None:
    """Nothing to show is a page too."""
    page: Page[int] = Page(items=[], page=1, size=20, total=0)
    assert (page.pages, page.first, page.last, list(page), len(page), bool(page)) == (1, 0, 0, [], 0, False)


def test_positions_count_from_one() -> None:
    """`21 to 23 of 23` is what people read."""
    page = Page(items=["a", "b", "c"], page=3, size=10, total=23)
    assert (page.first, page.last, page.pages) == (21, 23, 3)


def test_json_has_the_numbers() -> None:
    """A page is sent with its items and all numbers that a client needs."""
    sent = msgspec.json.decode(msgspec.json.encode(Page(items=[1], page=1, size=20, total=1)))
    assert sent == {"items": [1], "page": 1, "size": 20, "total": 1, "pages": 1}


@given(st.integers(1, 10**6), st.integers(1, 100), st.integers(0, 10**7), st.integers(0, 5))
def test_a_pager_is_short_and_in_order(page: int, size: int, total: int, around: int) -> None:
    """However many pages there are, the numbers rise, hold both ends, and gaps stand for two and more."""
    pages = max(1, -(-total // size))
    page = min(page, pages)
    shown = list(Page(items=[], page=page, size=size, total=total).numbers(around=around))
    numbers = [number for number in shown if number is not None]
    assert numbers == sorted(set(numbers))
    assert (numbers[0], numbers[-1]) == (1, pages)
    assert page in numbers
    assert len(shown) <= 2 * around + 7
    for before, here, after in zip(shown, shown[1:], shown[2:], strict=False):
        if here is None:
            assert before is not None
            assert after is not None
            assert after - before > 2
