"""How parameters that are forms and wizards are made: of the request, and of the services that they need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ...foundation.errors import SetupError, Where
from ...foundation.http.request import Request
from ...kernel.battery import Setup
from ...kernel.services import Binding
from ..templates import ContextValue
from .form import Form
from .kept import FileKeeper
from .prefixes import require_prefix
from .submission import receive_request
from .wizard import Wizard


class Exchange:
    """The request, for what makes forms."""


def give_exchange(request: Request) -> Any:
    """What provides `Exchange`."""
    return request


class _LoadsChoices(Protocol):
    def load_choices(self) -> None: ...


class Binders:
    """The binders of `Form` and `Wizard`; asked at seal, they know which batteries an app uses."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def form(self, annotation: Any, *, is_async: bool, qualifier: str | None = None, **_: Any) -> Binding:
        """How a `Form[T]` is made; SetupErrors of its shape. `Annotated[Form[T], "login"]` gives it that prefix."""
        kind: type[Form[Any]] = annotation
        require_prefix(qualifier or kind.prefix, kind)

        def make(request: Any, db: Any = None) -> Form[Any]:
            form = kind(db=db, prefix=qualifier)
            receive_request(form, request)
            return form

        return self._with_db(kind, (), make, is_async) if kind.shape().has_choices else Binding(None, (Exchange,), make)

    def wizard(self, annotation: Any, *, is_async: bool, **_: Any) -> Binding:
        """How a `Wizard` is made; SetupErrors of its steps, and where there are no sessions."""
        kind: type[Wizard] = annotation
        asks_db = any(form.shape().has_choices for form in kind.kinds().values())
        if not any(value.name == "session" for value in self._setup.offers(ContextValue)):
            raise _missing(kind, "Sessions")
        if not any(True for _ in self._setup.offers(FileKeeper)):  # type: ignore[type-abstract]
            kind.refuse_files()
        from ..sessions import Session

        def make(request: Any, session: Any, db: Any = None) -> Wizard:
            return kind(request, session, db)

        return self._with_db(kind, (Session,), make, is_async) if asks_db else Binding(None, (Exchange, Session), make)

    def _with_db(
        self, kind: type, needs: tuple[Any, ...], make: Callable[..., _LoadsChoices], is_async: bool
    ) -> Binding:
        from ..database import DB, AsyncDB, Engines  # There are models, so there is SQLAlchemy.

        if not any(True for _ in self._setup.offers(Engines)):
            raise _missing(kind, "Database")
        if not is_async:
            return Binding(None, (Exchange, *needs, DB), make)

        async def make_async(*services: Any) -> Any:
            def made(db: DB) -> Any:
                form = make(*services[:-1], db)
                form.load_choices()  # as a template cannot wait for them, and the handler may still find a mistake
                return form

            return await services[-1].run(made)

        return Binding(None, (Exchange, *needs, AsyncDB), make_async)


def _missing(kind: type, battery: str) -> SetupError:
    return SetupError(
        "DMJ0309", f"{kind.__name__} needs the {battery} battery, which is not in use.", where=Where.of(kind),
        fix=f"from demijohn import {battery}\napp.use({battery}())",
    )  # fmt: skip
