"""The `Forms` battery: how handlers are given a `Form[T]`, and how a failed one is answered."""

from __future__ import annotations

import inspect
import typing
from dataclasses import dataclass
from typing import Any

from ...foundation.http.request import Request
from ...foundation.http.response import Response
from ...kernel.battery import Battery, Setup
from ...kernel.completion import StandIn
from ...kernel.routes import Route
from ...kernel.services import Binding
from ..security import ShownAgain
from ..static import Static, StaticFolder
from ..templates import Rendering, TemplateFolder, Templates
from .form import Form
from .rendering import FOLDER, Assets
from .submission import partial_answer, receive_request


@dataclass(frozen=True)
class Forms(Battery):
    """Forms that are parsed, checked and shown again: `app.use(Forms())`, then `def new(form: Form[PostIn])`.

    `assets` has a shown form bring its style sheet and script; without it a page links them itself.
    """

    name = "forms"

    assets: bool = True

    def install(self, setup: Setup) -> None:
        """Bind `Form`, and bring the templates, the style sheet and the script."""
        setup.needs(Templates)
        setup.needs(Static)
        setup.offer(TemplateFolder(FOLDER, "forms"))
        setup.offer(StaticFolder(FOLDER.with_name("static"), "forms"))
        setup.offer(Assets(self.assets))
        setup.offer(StandIn(_failed))
        setup.offer(ShownAgain(_takes_form))
        setup.provide(Exchange, _exchange)
        setup.bind(Form, _bind)


class Exchange:
    """The request, for what makes forms."""


def _exchange(request: Request) -> Any:
    return request


def _bind(annotation: Any, *, is_async: bool, **_: Any) -> Binding:
    kind: type[Form[Any]] = annotation
    if not kind.shape().has_choices:  # This also tells the mistakes of the form at start.

        def make(request: Any) -> Form[Any]:
            form = kind()
            receive_request(form, request)
            return form

        return Binding(None, (Exchange,), make)
    from ..database import DB, AsyncDB  # There are models, so there is SQLAlchemy.

    def make_with_db(request: Any, db: Any) -> Form[Any]:
        form = kind(db=db)
        receive_request(form, request)
        return form

    async def make_with_async_db(request: Any, db: AsyncDB) -> Form[Any]:
        def made(session: DB) -> Form[Any]:
            form = make_with_db(request, session)
            if not form.valid:
                form.load_choices()  # as a template cannot wait for them
            return form

        return await db.run(made)

    if is_async:
        return Binding(None, (Exchange, AsyncDB), make_with_async_db)
    return Binding(None, (Exchange, DB), make_with_db)


def _takes_form(route: Route) -> bool:
    """Whether a route shows a form again, rather than an error, for a request that nobody vouches for."""
    kinds = typing.get_type_hints(inspect.unwrap(route.handler)).values()
    return any(isinstance(kind, type) and issubclass(kind, Form) for kind in kinds)


def _failed(response: Response, request: Request) -> Response | None:
    """A page with a form that failed says so: 422, unless it has a status of its own; to JSON, problem details."""
    if isinstance(response, Rendering):
        for value in response.context.values():
            if isinstance(value, Form):
                partial = partial_answer(value, request)
                if partial is not None:
                    return partial
                if value.failed and response.status == 200:
                    if value.is_json:
                        raise value.as_error()
                    response.status = 422
    return None
