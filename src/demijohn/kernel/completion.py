"""Responses that need the request to know their body (a file, a template, a choice), and what may stand in for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..foundation.http.request import Request
from ..foundation.http.response import Response

Complete: TypeAlias = Callable[[Response, Request], Response]


@dataclass(frozen=True, slots=True)
class StandIn:
    """Offered by a battery: `find` gives what is sent in place of a response that is not complete yet, or None."""

    find: Callable[[Response, Request], Response | None]


def complete(response: Response, request: Request) -> Response:
    """A response that needs the request to know its body makes it now."""
    while True:
        make = getattr(response, "complete", None)
        if make is None:
            return response
        response = make(request)


def completed_with(stand_ins: Sequence[StandIn]) -> Complete:
    """`complete`, with what may stand in asked at each step."""
    if not stand_ins:
        return complete

    def complete_or_replace(response: Response, request: Request) -> Response:
        while True:
            make = getattr(response, "complete", None)
            if make is None:
                return response
            found = next((other for each in stand_ins if (other := each.find(response, request)) is not None), None)
            response = make(request) if found is None else found

    return complete_or_replace
