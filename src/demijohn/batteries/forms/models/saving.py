"""A form's object in the database, and what the database refuses put on the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from ...database import violation_of

if TYPE_CHECKING:
    from ..form import Form


def save(form: Form[Any], db: Any) -> Any:
    """The object of a valid form, saved; None if the database refuses it, which the form's errors tell then."""
    as_set = form.as_set()
    form.leave_no_trace()  # as what there is goes to the database when a savepoint begins, and this shall go within
    try:
        # Within a savepoint, so that what the handler did before stays.
        with db.begin_nested(), db.no_autoflush:
            item = form.value
            if as_set is not None and as_set.item is item:
                as_set.repeat()
            db.add(item)
    except IntegrityError as error:
        violation = violation_of(error)
        if violation is None:
            raise
        form.rolled_back()
        own = [name for name in violation.fields if name in form]
        if violation.kind == "required" and violation.fields and not own:
            raise _unset(form, violation.fields[0]) from error
        for name in own or [""]:
            form.add_error(name, violation.message)
        return None
    except StaleDataError:
        # Somebody changed it after it was loaded here. The savepoint is gone, so it is read again as it is now.
        db.refresh(form.instance)
        form.rolled_back()
        form.overtaken()
        return None
    return item


def _unset(form: Form[Any], name: str) -> TypeError:
    """The mistake of a handler which did not set what its form does not ask for: no visitor could mend it."""
    return TypeError(
        f"{type(form).__name__} does not ask for {name!r}, which may not be empty: "
        f"set form.value.{name} before form.save(db)."
    )
