"""From a request to a form: which bodies are read, and who may ask only what is wrong or what can be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from ...foundation.http.errors import UnsupportedMediaType
from ...foundation.http.request import Request
from ...foundation.http.response import Response
from ..security import refused_of
from .buttons import CHECK, FIND
from .form import Form
from .kept import drop_after, restored_files
from .messages import MESSAGES
from .prefixes import own_pairs, state_of

F = TypeVar("F", bound=Form[Any])

ASKS = "demijohn-form"
"""The header by which the script says that it wants no page: `check` for errors, `find` for what can be chosen."""

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_READ = "application/x-www-form-urlencoded, multipart/form-data, application/json"


def receive_request(form: Form[Any], request: Request, *, keeps_files: bool = False) -> None:
    """Fill a form with what a request sent; one that only asks, or sends another form of the page, leaves it blank.

    JSON is read by the same rules, and raises UnprocessableContent at once where it is not right. Any other type of
    body is an UnsupportedMediaType. `keeps_files` has files that were sent before stay when the form is right.
    """
    form.request = request
    if form.method == "get":
        texts = own_pairs(form.prefix, request.query.multi_items())
        if any(name.partition(".")[0] in form for name, _ in texts):
            form.receive(texts)
        return
    if request.method in _SAFE:
        return
    media = (request.body_type or "").partition(";")[0].strip().lower()
    if media == "application/json" or (media.startswith("application/") and media.endswith("+json")):
        _receive_json(form, request.json())
    elif media in _FORMS or not (media or request.has_body):
        _receive_form(form, request, keeps_files=keeps_files)
    else:
        said = f"says Content-Type: {media}" if media else "does not say its Content-Type"
        raise UnsupportedMediaType(f"The request {said}; this address reads a form.", headers={"accept": _READ})


def _receive_json(form: Form[Any], data: Any) -> None:
    if form.prefix:
        if not isinstance(data, Mapping) or form.prefix not in data:
            return
        data = data[form.prefix]
    form.take(data)
    form.require_valid()


def _receive_form(form: Form[Any], request: Request, *, keeps_files: bool) -> None:
    texts, files = request.form.multi_items(), request.files.multi_items() if form.is_multipart else []
    state = state_of(form.prefix, texts, files)
    if not state:
        return
    texts, files = own_pairs(form.prefix, texts), own_pairs(form.prefix, files)
    if refused_of(request) is not None:
        # No proof that our page sent it: whoever did is shown what it was, and sends it again with the proof.
        if state == "sent":
            form.receive(texts, check=True)
            form.pressed, form.errors = None, {}
            form.add_error("", MESSAGES["unsafe"])
        return
    restored = [found for found in restored_files(request, texts, files) if found[1] is not None]
    form.tokens = {id(file): token for _, file, token in restored}
    files += [(name, file) for name, file, _ in restored if file is not None]
    if state == "kept":
        form.show_typed(texts, files)
        return
    form.receive(texts, files, check=request.has_header(ASKS) and request.headers[ASKS] == "check")
    if form.valid and form.tokens and not keeps_files:
        drop_after(request, form.tokens.values())  # They are in a form that is right now.
        form.tokens = {}


def partial_answer(form: Form[Any], request: Request) -> Response | None:
    """What the script is told in place of a page; None for everybody else."""
    pressed = form.pressed
    if pressed is None or not request.has_header(ASKS):
        return None
    told: dict[str, Any] = {}
    if pressed.button == CHECK:
        told = {"errors": {form.named(name): messages for name, messages in form.errors.items()}}
    elif pressed.button == FIND:
        field: Any = form.find(pressed.name)
        options = field.options if field is not None and field.part.choice is not None else []
        told = {"options": [{"value": one.value, "label": one.label} for one in options]}
    else:
        return None
    return Response(msgspec.json.encode(told), media_type="application/json", headers={"cache-control": "no-store"})
