"""A form's object in the database, and what the database refuses put on the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import MANYTOONE
from sqlalchemy.orm.exc import StaleDataError

from ...database import violation_of

if TYPE_CHECKING:
    from ..form import Form


def _let_go(item: Any) -> dict[str, Any]:
    """Take a new object from the parents that it was made with, which are in the session and have it in their lists:
    SQLAlchemy warns when it sends them before the object is added."""
    state = inspect(item, raiseerr=False)
    if state is None or not state.transient:
        return {}
    relations = [each.key for each in state.mapper.relationships if each.direction is MANYTOONE]
    parents = {name: state.dict[name] for name in relations if state.dict.get(name) is not None}
    for name in parents:
        setattr(item, name, None)
    return parents


def save(form: Form[Any], db: Any) -> Any:
    """The object of a valid form, saved; None if the database refuses it, which the form's errors tell then."""
    parents = _let_go(form.instance)
    try:
        # Within a savepoint, so that what the handler did before stays. The values are set inside of it, as
        # SQLAlchemy sends to the database what there is when one begins.
        with db.begin_nested():
            item = form.value
            for name, parent in parents.items():
                setattr(item, name, parent)
            db.add(item)
    except IntegrityError as error:
        violation = violation_of(error)
        if violation is None:
            raise
        own = [name for name in violation.fields if name in form]
        for name in own or [""]:
            form.add_error(name, violation.message)
        return None
    except StaleDataError:
        # Somebody changed it after it was loaded here. The savepoint is gone, so it is read again as it is now.
        db.refresh(form.instance)
        form.overtaken()
        return None
    return item
