"""Demijohn: a Python web framework in which small and large are the same thing.

This is the front door. Its names are loaded when they are first used, so that an app pays for what it imports.
"""

from __future__ import annotations

import sys
from typing import Any

from ._version import __version__

# The batteries that every app starts with, unless it was made with `App(bare=True)`: loaded when an app is sealed.
STARTS_WITH = (
    "demijohn.kernel.manners:Manners",
    "demijohn.batteries.security:Security",
)

# What knows models, for schemas that are made of one: loaded at the first `class PostOut(Schema, model=Post)`.
DESCRIBES_MODELS = "demijohn.batteries.database.outputs:describe"

_HOMES = {
    "demijohn.app": ("App",),
    "demijohn.foundation.config": ("Config", "Secret"),
    "demijohn.foundation.current": ("current",),
    "demijohn.foundation.errors": ("SetupError", "SetupErrors"),
    "demijohn.foundation.http.errors": (
        "BadRequest", "Conflict", "ContentTooLarge", "Forbidden", "Gone", "HTTPError", "NotAcceptable", "NotFound",
        "ServiceUnavailable",
        "TooManyRequests", "Unauthorized", "UnprocessableContent", "UnsupportedMediaType",
    ),
    "demijohn.foundation.http.files": ("FileResponse",),
    "demijohn.foundation.http.uploaded_file": ("UploadedFile",),
    "demijohn.foundation.http.request": ("Request",),
    "demijohn.foundation.http.response": (
        "HTMLResponse", "JSONResponse", "RedirectResponse", "Response", "StreamingResponse", "TextResponse",
    ),
    "demijohn.foundation.lazy": ("need",),
    "demijohn.foundation.limits": ("Limits",),
    "demijohn.foundation.timeouts": ("Timeouts",),
    "demijohn.foundation.http.body_stream": ("BodyStream", "ClientDisconnected"),
    "demijohn.foundation.markup": ("HTML", "Markup"),
    "demijohn.foundation.signing": ("BadSignature", "SignatureExpired", "Signer"),
    "demijohn.kernel.background": ("BackgroundTasks",),
    "demijohn.kernel.battery": ("Battery", "Setup"),
    "demijohn.kernel.blueprint": ("Blueprint",),
    "demijohn.kernel.tables": ("include", "path"),
    "demijohn.kernel.cache_control": ("cache_control", "never_cache"),
    "demijohn.kernel.conditional": ("conditional",),
    "demijohn.kernel.negotiation": ("Choice", "Renderer"),
    "demijohn.kernel.links": ("redirect", "url"),
    "demijohn.kernel.signed_urls": ("signed", "signed_url"),
    "demijohn.kernel.markers": ("Body", "Cookie", "Depends", "FormField", "Header", "Path", "Query", "Upload"),
    "demijohn.kernel.checks": ("Check",),
    "demijohn.kernel.health": ("HealthCheck",),
    "demijohn.kernel.encoders": ("Encoder",),
    "demijohn.kernel.schema": ("Meta", "Schema"),
    "demijohn.kernel.scope": ("Scope",),
    "demijohn.foundation.http.events": ("Event",),
    "demijohn.kernel.events": ("EventStream",),
    "demijohn.kernel.websockets": ("WebSocket",),
    "demijohn.foundation.http.websocket": ("WebSocketDisconnect",),
    "demijohn.kernel.services": ("Binding",),
    "demijohn.kernel.views": ("RedirectView", "View"),
    "demijohn.batteries.api": ("API",),
    "demijohn.batteries.compression": ("Compression",),
    "demijohn.batteries.database": (
        "AsyncDB", "DB", "Database", "Model", "Page", "Patch", "belongs_to", "field", "has_many", "many_to_many",
    ),
    "demijohn.batteries.forms": ("Form", "Forms"),
    "demijohn.batteries.forms.views": (
        "ArchiveView", "CreateView", "DeleteView", "DetailView", "FormView", "ListView", "UpdateView",
    ),
    "demijohn.batteries.security": ("Security",),
    "demijohn.batteries.sendfile": ("Sendfile",),
    "demijohn.batteries.sessions": ("Session", "Sessions"),
    "demijohn.batteries.static": ("Static",),
    "demijohn.batteries.stores": ("Store",),
    "demijohn.batteries.templates": (
        "ContextValue", "InlineTemplates", "TemplateFilter", "TemplateFolder", "TemplateGlobal", "TemplateView",
        "Templates", "render",
    ),
    "demijohn.batteries.telemetry": ("Telemetry",),
    "demijohn.tools.testing": ("AsyncClient", "Client"),
}  # fmt: skip

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

# Names that are taken, for what this version has not got.
_LATER = frozenset({
    "Admin", "Auth", "Cache", "I18n", "Mail", "ModelAdmin",
    "Policy", "Realtime", "Resource", "Tasks", "User",
})  # fmt: skip

__all__ = ["STARTS_WITH", "__version__", *_HOME_OF]  # noqa: PLE0604 - names of strings, all of them


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        from .kernel.doors import door_of  # only a mistake pays for it
        from .kernel.foreign import NAMES

        habit = "nothing yet, this version has none" if name in _LATER else NAMES.get(name)
        if habit is None:
            door = door_of(name)
            habit = None if door is None else f"from {door} import {name}"
        if habit is not None:
            message = f"demijohn has no {name}. Instead: {habit}"
            caller = sys._getframe(1)
            # `from demijohn import g` looks whether there is a g, and would say of an AttributeError only that not.
            if caller.f_globals.get("__name__") in ("importlib._bootstrap", "_frozen_importlib"):
                asked = caller.f_locals.get("fromlist") or ()
                others = [each for each in asked if each in NAMES and each not in (name, *__all__)]
                told = [f"\nNor {each}. Instead: {NAMES[each]}" for each in others]
                raise ImportError(message + "".join(told), name=__name__)
            raise AttributeError(message, name=name)
        raise AttributeError(f"module 'demijohn' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
