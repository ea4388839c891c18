"""Errors for visitors: what they are made of, and what is no good for one."""
# ruff: noqa: E501 - tables

from typing import Any

import pytest

from demijohn import Conflict, HTTPError, NotFound
from demijohn.foundation.http.errors import BadRequest, HeadersTooLarge, RangeNotSatisfiable


class OutOfStock(HTTPError):
    """One with members of its own."""

    status = 409
    item: str
    left: int = 0


def test_what_a_problem_says() -> None:
    """RFC 9457: type, title, status, and what was given."""
    assert NotFound().problem() == {"type": "about:blank", "title": "Not Found", "status": 404} | (
        {"detail": NotFound().detail} if NotFound().detail else {}
    )
    error = HTTPError(
        418, "No coffee.", title="Teapot", headers={"x-a": "1"}, errors=[{"where": "pot"}], extra={"pot": 1}
    )
    assert error.problem() == {
        "type": "about:blank", "title": "Teapot", "status": 418, "detail": "No coffee.", "errors": [{"where": "pot"}], "pot": 1,
    }  # fmt: skip
    assert str(error) == "418 Teapot: No coffee."
    assert error.headers == {"x-a": "1"}


def test_members_of_its_own() -> None:
    """They are given by name, and are in the problem."""
    error = OutOfStock(detail="Sold out.", item="cup")
    assert (error.status, error.problem()["item"], error.problem()["left"]) == (409, "cup", 0)
    with pytest.raises(TypeError, match="OutOfStock needs item="):
        OutOfStock(detail="Sold out.")
    with pytest.raises(TypeError, match="OutOfStock has no field 'colour': annotate it in the class"):
        OutOfStock(item="cup", colour="red")
    with pytest.raises(TypeError, match="NotFound has no field 'colour'"):
        NotFound(colour="red")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((404, {"a": 1}), "The detail of an HTTPError is text"),
        (("missing",), "takes its status first"),
        ((200,), "has a status from 400 to 599, not 200"),
        ((600,), "has a status from 400 to 599, not 600"),
    ],
)
def test_what_is_no_error(arguments: Any, message: str) -> None:
    """It is told where it is made."""
    with pytest.raises((TypeError, ValueError), match=message):
        HTTPError(*arguments)


@pytest.mark.parametrize(
    ("kind", "status"), [(BadRequest, 400), (Conflict, 409), (HeadersTooLarge, 431), (RangeNotSatisfiable, 416)]
)
def test_each_kind_has_its_status(kind: type[HTTPError], status: int) -> None:
    """And takes a detail alone."""
    assert (kind("Why.").status, kind("Why.").detail) == (status, "Why.")
