"""Content negotiation (RFC 9110, section 12): one address, several representations, and the client's choice of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..foundation.errors import SetupError, Where
from ..foundation.http.errors import NotAcceptable
from ..foundation.http.media import MediaType, best_match
from ..foundation.http.request import Request
from ..foundation.http.response import HTML_TYPE, JSON, TEXT, Response

CSV = "text/csv; charset=utf-8"
MSGPACK = "application/msgpack"

# What a keyword of `Choice`, and the word in a query, stand for.
SHORT_NAMES = {
    "html": HTML_TYPE, "json": JSON, "text": TEXT, "csv": CSV, "msgpack": MSGPACK, "xml": "application/xml",
    "atom": "application/atom+xml", "rss": "application/rss+xml", "jsonld": "application/ld+json",
    "geojson": "application/geo+json", "yaml": "application/yaml", "markdown": "text/markdown; charset=utf-8",
    "ics": "text/calendar; charset=utf-8", "pdf": "application/pdf", "svg": "image/svg+xml",
}  # fmt: skip

Convert = Callable[[Any, str], Response]
"""From a value and the media type that was chosen for it to a response."""


@dataclass(frozen=True, slots=True)
class Renderer:
    """Offered by a battery: how values are written in a media type, `render(value)` giving str or bytes."""

    media_type: str
    render: Callable[[Any], str | bytes]

    def __post_init__(self) -> None:
        essence_of(self.media_type, Where.caller())


class Choice(Response):
    """One answer in several representations: `return Choice(html=lambda: render("post.html", post=post), json=post)`.

    The client's `Accept` decides; of equals, and for `*/*`, the first is sent. A value is anything that a handler may
    return; one that is a function is called only if it is chosen. `Choice({"text/turtle": ...})` names media types by
    themselves. With `query="format"` the address may decide too: `?format=json`. If the client takes none of them, the
    answer is a 406 that lists them.
    """

    __slots__ = ("_convert", "_query", "_values")

    def __init__(
        self,
        values: Mapping[str, Any] | None = None,
        /,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        query: str | None = None,
        **short: Any,
    ) -> None:
        super().__init__(b"", status, headers=headers)
        unknown = next((name for name in short if name not in SHORT_NAMES), None)
        if unknown is not None:
            raise TypeError(
                f"Choice() knows no representation {unknown!r}: it knows {', '.join(SHORT_NAMES)}."
                ' Another media type is named by itself: Choice({"text/turtle": ...}).'
            )
        self._values: dict[str, Any] = {full_type(name): value for name, value in {**(values or {}), **short}.items()}
        if not self._values:
            raise TypeError("Choice() is given nothing to choose from: Choice(html=..., json=...).")
        self._query = query
        self._convert: Convert | None = None

    def within(self, convert: Convert) -> Choice:
        """The same choice for one exchange: `convert` makes a response of the value that is chosen."""
        bound = Choice(self._values, status=self.status, query=self._query)
        bound._headers = self._headers
        bound._convert = convert
        return bound

    def complete(self, request: Request) -> Response:
        """The response that the client likes best; NotAcceptable lists what there is."""
        assert self._convert is not None
        media_type = self._asked(request) or choose(request, list(self._values))
        value = self._values[media_type]
        if callable(value) and not isinstance(value, Response):
            value = value()
        if isinstance(value, Coroutine):
            value.close()
            raise TypeError(
                "A representation in Choice() is made by a plain function: await what it takes before,"
                ' or branch on request.accepts("text/html", "application/json").'
            )
        response = self._convert(value, media_type)
        if self.status != 200:
            response.status = self.status
        for name, text in self.own_headers or ():
            if name == "set-cookie":
                response.headers.add(name, text)
            else:
                response.headers[name] = text
        return response

    def _asked(self, request: Request) -> str | None:
        """The media type that the address names by a short word, if it may."""
        word = None if self._query is None else request.query.get(self._query)
        if word is None:
            return None
        wanted = full_type(word)
        if wanted not in self._values:
            raise not_acceptable(list(self._values), f"There is no representation {word!r} here.")
        return wanted


def choose(request: Request, offered: Sequence[str]) -> str:
    """The offered media type that the client likes best; NotAcceptable lists them if it takes none."""
    request.vary("accept")
    best = best_match(request.headers.get("accept"), offered)
    if best is None:
        raise not_acceptable(offered, "None of what the request accepts can be had here.")
    return best


def not_acceptable(offered: Sequence[str], detail: str) -> NotAcceptable:
    """The 406 that says what there is."""
    essences = [offer.partition(";")[0].strip() for offer in offered]
    return NotAcceptable(f"{detail} There is: {', '.join(essences)}.", extra={"available": essences})


def require_acceptable(produces: Sequence[str]) -> Callable[[Request], None]:
    """An around that refuses, before the handler runs, who accepts nothing of what a route produces."""

    def check_accept(request: Request) -> None:
        choose(request, produces)

    return check_accept


def media_types_of(produces: Any, where: Where) -> tuple[str, ...]:
    """What `produces=` says, checked: short names and media types."""
    if isinstance(produces, str) or not produces:
        raise SetupError(
            "DMJ0334", f"produces={produces!r} is no list of media types.",
            fix='produces=["application/json", "text/csv"]', where=where,
        )  # fmt: skip
    names: Sequence[str] = produces
    named = [SHORT_NAMES.get(each, each) for each in names]
    for each in named:
        essence_of(each, where)
    return tuple(map(full_type, named))


def full_type(name: str) -> str:
    """The media type that a short name stands for, or the same media type; text says that it is UTF-8."""
    media_type = SHORT_NAMES.get(name, name)
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") and ";" not in media_type else media_type


def essence_of(media_type: Any, where: Where) -> str:
    """A media type, or a short name's, without its parameters; SetupError for what is neither."""
    parsed = MediaType.parse(SHORT_NAMES.get(media_type, media_type)) if isinstance(media_type, str) else None
    if parsed is None or "*" in parsed.essence:
        raise SetupError(
            "DMJ0335", f"{media_type!r} is no media type.", where=where,
            fix=f'A type and a subtype: "text/csv". Short names: {", ".join(SHORT_NAMES)}.',
        )  # fmt: skip
    return parsed.essence
