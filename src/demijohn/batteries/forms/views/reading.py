"""Views that show what is in a store: a list, one thing, the things of a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from ....foundation.errors import SetupError
from ....foundation.http.errors import NotFound
from ....kernel.forgotten import provided_by
from ....kernel.links import Links
from ....kernel.routes import Route
from ...stores import Query, StorePage, Where
from ...templates import Rendering
from .building import SHOWING, StoreView, find, handler, named, part, query_of, rendered, require_template

_SIZE: Final = 20


@provided_by("demijohn.templates:Templates")
class ListView(StoreView):
    """A list, page by page: `template` is given `items`, and `page` for a pager.

    `size` is how many things a page has, `order` how they go. Visitors turn pages by `?page=2`, or by `?after=` and the
    page's cursor; search by `?q=` in the fields `search`; narrow by `?author=3` to the values of `filters`; and choose
    one of the `orders` by `?order=-made`. What they ask for and does not exist is 404 or 400.

    >>> class Posts(ListView):
    ...     template = "posts/list.html"
    ...     order = ("-made",)
    ...     search = ("title", "author.name")
    ...
    ...     def query(self):
    ...         return Query(where=(Where("published", "eq", True),))
    """

    size: ClassVar[int] = _SIZE
    order: ClassVar[Sequence[str]] = ()
    orders: ClassVar[Sequence[str]] = ()
    search: ClassVar[Sequence[str]] = ()
    filters: ClassVar[Sequence[str]] = ()
    page: StorePage[Any]
    habits: ClassVar[Mapping[str, str]] = {
        **StoreView.habits,
        "paginate_by": "size = 20",
        "ordering": 'order = ("-made",)',
    }

    @classmethod
    def handlers(cls) -> Iterator[tuple[str, Callable[..., Any]]]:
        """GET, unless there is a `get`; the other methods as in any view."""
        others = list(super().handlers())
        if "GET" not in dict(others):
            require_template(cls)
            yield "GET", handler(cls, cls._answer, SHOWING, **cls._parts())
        yield from others

    @classmethod
    def _parts(cls) -> dict[str, Any]:
        """What the list takes from a request, beside the values of filters."""
        texts = {"q": cls.search, "order": cls.orders}
        asked = {name: part(str, "") for name, wanted in texts.items() if wanted}
        return {"page": part(int, 1), "after": part(str, ""), **asked}

    def _answer(self, page: int, after: str, **asked: Any) -> Rendering:
        query = self._asked(**asked)
        self.page = self.kept.page(query, size=self.size, number=None if after else page, after=after)
        told = {"page": self.page, "items": self.page.items, "shape": self.store.shape}
        return rendered(self, {"q": "", "order": "", **told, **asked, **self._told()})

    def _asked(self, *, q: str = "", order: str = "") -> Query:
        """What is listed: what `query` says, narrowed to what the visitor asked for."""
        query = query_of(self)
        ordered = (order,) if order and order in self.orders else query.order or tuple(self.order)
        told = self.request.query
        narrowed = [_narrowed(name, told.getlist(name)) for name in self.filters if any(told.getlist(name))]
        return replace(
            query, where=(*query.where, *narrowed), order=ordered, search=q or query.search,
            search_in=tuple(self.search) if q else query.search_in,
        )  # fmt: skip

    def _told(self) -> dict[str, Any]:
        """What the template is given beside the page."""
        return {}


def _narrowed(name: str, texts: Sequence[str]) -> Where:
    given = [text for text in texts if text]
    return Where(name, "eq", given[0]) if len(given) == 1 else Where(name, "in", given)


@provided_by("demijohn.templates:Templates")
class DetailView(StoreView):
    """One thing, which the path names: `template` is given it as `item`, and by the name of its model.

    `by` is the name in the path, and the field that it is found by: the key, unless it is another; a key of several
    parts is one text, `by = "key"`. What is not there, or not within `query`, is 404.

    >>> class ShowPost(DetailView):
    ...     template = "posts/show.html"
    ...     by = "slug"
    """

    by: ClassVar[str] = "id"
    item: Any
    habits: ClassVar[Mapping[str, str]] = {
        **StoreView.habits,
        "slug_field": 'by = "slug"',
        "slug_url_kwarg": 'by = "slug"',
        "pk_url_kwarg": 'by = "id"',
    }

    @classmethod
    def handlers(cls) -> Iterator[tuple[str, Callable[..., Any]]]:
        """GET, unless there is a `get`; the other methods as in any view."""
        others = list(super().handlers())
        if "GET" not in dict(others):
            require_template(cls)
            yield "GET", handler(cls, _show, SHOWING, **{cls.by: part(str)})
        yield from others

    @classmethod
    def check(cls, links: Links, route: Route) -> None:
        """Called when the app is sealed: a path that does not name what is shown is a SetupError."""
        super().check(links, route)
        require_name(cls, cls.by, route)


def _show(view: DetailView, **path: str) -> Rendering:
    view.item = find(view, view.by, path[view.by])
    return rendered(view, named(view.store.shape, view.item))


def require_name(view: type[StoreView], name: str, route: Route) -> None:
    """A path must have the name that a view finds its thing by."""
    if name not in route.names:
        raise SetupError(
            "DMJ0213", f"{view.__name__} finds its item by {name}, but its path has no {{{name}}}.",
            fix=f'@app.view("{route.path.rstrip("/")}/{{{name}}}"), or by = another name of the path',
            where=route.where,
        )  # fmt: skip


# Archives -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Period:
    """A year, a month of it, or a day of that; `start` is within, `end` is not.

    >>> period = Period(2026, 12)
    >>> str(period), period.next.start, period.previous.start
    ('December 2026', datetime.date(2027, 1, 1), datetime.date(2026, 11, 1))
    """

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def start(self) -> dt.date:
        """Its first day; ValueError for one that the calendar has not got."""
        return dt.date(self.year, self.month or 1, self.day or 1)

    @property
    def end(self) -> dt.date:
        """The day after its last one."""
        start = self.start
        if self.day is not None:
            return start + dt.timedelta(days=1)
        if self.month is not None:
            return dt.date(start.year + start.month // 12, start.month % 12 + 1, 1)
        return dt.date(start.year + 1, 1, 1)

    @property
    def next(self) -> Period:
        """The one after it, of the same length."""
        return self._like(self.end)

    @property
    def previous(self) -> Period:
        """The one before it, of the same length."""
        before = self.start - dt.timedelta(days=1)
        return self._like(before)

    def _like(self, day: dt.date) -> Period:
        return Period(day.year, day.month if self.month else None, day.day if self.day else None)

    def __str__(self) -> str:
        if self.day is not None:
            return f"{self.day} {self.start:%B %Y}"
        return f"{self.start:%B %Y}" if self.month is not None else str(self.year)


@provided_by("demijohn.templates:Templates")
class ArchiveView(ListView):
    """A list of the things of a year, a month or a day, newest first: `?year=2026&month=5`, or names in the path.

    `date` is the field that says when; a template is given the `period`, whose `previous` and `next` have `year`,
    `month` and `day`. Without a year it is the list of all. What is later than now is left out, unless `future` is
    True. A day that the calendar has not got is 404.

    >>> class Archive(ArchiveView):
    ...     template = "posts/archive.html"
    ...     date = "published_at"
    """

    date: ClassVar[str] = ""
    future: ClassVar[bool] = False
    period: Period | None
    habits: ClassVar[Mapping[str, str]] = {
        **ListView.habits,
        "date_field": 'date = "published_at"',
        "allow_future": "future = True",
        "allow_empty": "Leave it out: an empty period is an empty list.",
    }

    @classmethod
    def _parts(cls) -> dict[str, Any]:
        times = {name: part(int | None, None) for name in ("year", "month", "day")}
        return {**super()._parts(), **times}

    def _asked(
        self, *, year: int | None = None, month: int | None = None, day: int | None = None, **asked: Any
    ) -> Query:
        query = super()._asked(**asked)
        where = list(query.where)
        moment = self.store.shape[self.date].type is dt.datetime
        self.period = _period(year, month, day)
        if self.period is not None:
            where.append(Where(self.date, "ge", _at(self.period.start, moment)))
            where.append(Where(self.date, "lt", _at(self.period.end, moment)))
        if not self.future:
            now = dt.datetime.now(dt.UTC)
            where.append(Where(self.date, "le", now if moment else now.date()))
        return replace(query, where=tuple(where), order=query.order or (f"-{self.date}",))

    def _told(self) -> dict[str, Any]:
        return {"period": self.period}


def _at(day: dt.date, moment: bool) -> Any:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) if moment else day


def _period(year: int | None, month: int | None, day: int | None) -> Period | None:
    if year is None:
        return None
    period = Period(year, month, day if month is not None else None)
    try:
        _ = period.start, period.end, period.previous
    except (ValueError, OverflowError):
        raise NotFound("The calendar has no such day.") from None
    return period
