"""From a form to a store: what is saved, and what the store refuses put on the form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec import UNSET

from ....foundation.http.errors import Conflict, UnprocessableContent
from ...stores import Shape, StaleVersion
from ..form import Form

T = TypeVar("T")


def values_of(form: Form[Any], shape: Shape, more: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says of the fields of a store, and what goes before it; a time without a zone is in UTC."""
    values = {name: value for name, value in form.values.items() if value is not UNSET}
    for name, value in values.items():
        if isinstance(value, dt.datetime) and value.tzinfo is None and name in shape and shape[name].rules.timezone:
            values[name] = value.replace(tzinfo=dt.UTC)
    return {**values, **more}


def saved(form: Form[Any], save: Callable[[], T]) -> T | None:
    """What is saved; None if the store refuses it, which the form's errors tell then."""
    try:
        return save()
    except StaleVersion:
        form.overtaken()
        return None
    except (UnprocessableContent, Conflict) as error:
        for one in error.errors:
            name = str(one["where"])
            form.add_error(name if name in form else "", str(one["message"]))
        if not error.errors:
            form.add_error("", error.detail)
        return None
