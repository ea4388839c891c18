"""A form's object in the database, and what the database refuses put on the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from ...database import violation_of

if TYPE_CHECKING:
    from ..form import Form


def save(form: Form[Any], db: Any) -> Any:
    """The object of a valid form, saved; None if the database refuses it, which the form's errors tell then."""
    try:
        # Within a savepoint, so that what the handler did before stays. The values are set inside of it, as
        # SQLAlchemy sends to the database what there is when one begins.
        with db.begin_nested():
            item = form.value
            db.add(item)
    except IntegrityError as error:
        violation = violation_of(error)
        if violation is None:
            raise
        own = [name for name in violation.fields if name in form]
        for name in own or [""]:
            form.add_error(name, violation.message)
        return None
    return item
