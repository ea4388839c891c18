"""The `Forms` battery: how handlers are given a `Form[T]`, and how a failed one is answered."""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from ...foundation.errors import SetupError
from ...foundation.http.request import Request
from ...foundation.http.response import Response
from ...kernel.annotations import hints_of
from ...kernel.battery import Battery, Setup
from ...kernel.completion import StandIn
from ...kernel.guards import Guard
from ...kernel.messages import Messages, Words, require_known
from ...kernel.routes import Route
from ..security import ShownAgain
from ..static import Static, StaticFolder
from ..templates import Rendering, TemplateFolder, Templates
from .binding import Binders, Exchange, give_exchange
from .form import Form
from .messages import MESSAGES
from .prefixes import require_prefixes
from .rendering import FOLDER, Assets
from .submission import partial_answer
from .wizard import Wizard


@dataclass(frozen=True)
class Forms(Battery):
    """Forms that are parsed, checked and shown again: `app.use(Forms())`, then `def new(form: Form[PostIn])`.

    `assets` has a shown form bring its style sheet and script; without it a page links them itself. `messages` are what
    forms say in other words, by the keys of `demijohn.forms.MESSAGES`, or a function of the request that gives them.
    """

    name = "forms"

    assets: bool = True
    messages: Messages | Callable[[Request], Messages] = field(default_factory=dict)

    def install(self, setup: Setup) -> None:
        """Bind `Form`, and bring the templates, the style sheet and the script."""
        setup.needs(Templates)
        setup.needs(Static)
        setup.offer(TemplateFolder(FOLDER, "forms"))
        setup.offer(StaticFolder(FOLDER.with_name("static"), "forms"))
        setup.offer(Assets(self.assets))
        if not callable(self.messages):
            require_known("Forms", MESSAGES, self.messages)
        setup.offer(Words(MESSAGES, self.messages))
        setup.offer(Guard(_require_prefixes))
        setup.offer(StandIn(_failed))
        setup.offer(ShownAgain(_takes_form))
        setup.provide(Exchange, give_exchange)
        binders = Binders(setup)
        setup.bind(Form, binders.form)
        setup.bind(Wizard, binders.wizard)


def _takes_form(route: Route) -> bool:
    """Whether a route shows a form again, rather than an error, for a request that nobody vouches for."""
    try:
        hints = hints_of(route.handler).values()
    except (SetupError, TypeError):  # What is wrong with a handler is told by whoever reads its parameters.
        return False
    kinds = [typing.get_args(hint)[0] if typing.get_origin(hint) is Annotated else hint for hint in hints]
    return any(isinstance(kind, type) and issubclass(kind, Form | Wizard) for kind in kinds)


def _require_prefixes(route: Route) -> None:
    """Asked for the guard of each route, which is none: whether its forms could be told apart."""
    require_prefixes(route.handler, Form)


def _only_asks(value: object, request: Request) -> bool:
    """Whether a step is shown in which something went wrong since it was sent: a file that is gone, say."""
    return isinstance(value, Wizard) and request.method in ("GET", "HEAD")


def _failed(response: Response, request: Request) -> Response | None:
    """A page with a form that failed says so: 422, unless it has a status of its own; to JSON, problem details."""
    if isinstance(response, Rendering):
        for value in response.context.values():
            if isinstance(value, Wizard) and value.moved is not None:
                return value.answer()
            form = value.form if isinstance(value, Wizard) else value
            if isinstance(form, Form):
                partial = partial_answer(form, request)
                if partial is not None:
                    return partial
                if form.failed and response.status == 200 and not _only_asks(value, request):
                    if form.is_json:
                        raise form.as_error()
                    response.status = 422
    return None
