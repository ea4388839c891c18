"""From a request to a form: which bodies are read, and who may ask only what is wrong or what can be chosen."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

import msgspec

from ...foundation.http.errors import UnsupportedMediaType
from ...foundation.http.request import Request
from ...foundation.http.response import Response
from ..security import refused_of
from .buttons import CHECK, FIND
from .form import Form
from .kept import keeper_of, restored_files

F = TypeVar("F", bound=Form[Any])

ASKS = "demijohn-form"
"""The header by which the script says that it wants no page: `check` for errors, `find` for what can be chosen."""

UNSAFE = "This could not be sent safely, perhaps because the page was open for long. Nothing is lost: send it again."

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_READ = "application/x-www-form-urlencoded, multipart/form-data, application/json"


def receive_request(form: Form[Any], request: Request) -> None:
    """Fill a form with what a request sent; one that only asks leaves it blank.

    JSON is read by the same rules, and raises UnprocessableContent at once where it is not right. Any other type of
    body is an UnsupportedMediaType.
    """
    form.request = request
    if form.method == "get":
        if any(name.partition(".")[0] in form for name in request.query):
            form.receive(request.query.multi_items())
        return
    if request.method in _SAFE:
        return
    media = (request.body_type or "").partition(";")[0].strip().lower()
    if media == "application/json" or (media.startswith("application/") and media.endswith("+json")):
        form.take(request.json())
        form.require_valid()
        return
    if media not in ("application/x-www-form-urlencoded", "multipart/form-data") and (media or request.has_body):
        said = f"says Content-Type: {media}" if media else "does not say its Content-Type"
        raise UnsupportedMediaType(f"The request {said}; this address reads a form.", headers={"accept": _READ})
    refused = refused_of(request)
    if refused is not None:
        # No proof that our page sent it: whoever did is shown what it was, and sends it again with the proof.
        form.receive(request.form.multi_items(), check=True)
        form.pressed, form.errors = None, {"": [UNSAFE]}
        return
    check = request.has_header(ASKS) and request.headers[ASKS] == "check"
    if not form.is_multipart:
        form.receive(request.form.multi_items(), check=check)
        return
    restored = restored_files(request)
    form.tokens = {id(file): token for _, file, token in restored}
    files = [*request.files.multi_items(), *((name, file) for name, file, _ in restored)]
    form.receive(request.form.multi_items(), files, check=check)
    if form.valid and restored:
        _drop_after(form, request)


def _drop_after(form: Form[Any], request: Request) -> None:
    """Let go of files that were kept: they are in a form that is right now."""
    keeper, tokens = keeper_of(request), list(form.tokens.values())
    form.tokens = {}
    if keeper is not None:
        for token in tokens:
            request.call_after(partial(keeper.drop, token))


def partial_answer(form: Form[Any], request: Request) -> Response | None:
    """What the script is told in place of a page; None for everybody else."""
    pressed = form.pressed
    if pressed is None or not request.has_header(ASKS):
        return None
    told: dict[str, Any] = {}
    if pressed.button == CHECK:
        told = {"errors": form.errors}
    elif pressed.button == FIND:
        field: Any = form.find(pressed.name)
        options = field.options if field is not None and field.part.choice is not None else []
        told = {"options": [{"value": one.value, "label": one.label} for one in options]}
    else:
        return None
    return Response(msgspec.json.encode(told), media_type="application/json", headers={"cache-control": "no-store"})
