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

_HOMES = {
    "demijohn.app": ("App",),
    "demijohn.foundation.config": ("Config", "Secret"),
    "demijohn.foundation.current": ("current",),
    "demijohn.foundation.errors": ("SetupError", "SetupErrors"),
    "demijohn.foundation.http.errors": (
        "BadRequest", "Conflict", "ContentTooLarge", "Forbidden", "Gone", "HTTPError", "NotFound", "ServiceUnavailable",
        "TooManyRequests", "Unauthorized", "UnprocessableContent", "UnsupportedMediaType",
    ),
    "demijohn.foundation.http.files": ("FileResponse",),
    "demijohn.foundation.http.forms": ("UploadedFile",),
    "demijohn.foundation.http.request": ("Request",),
    "demijohn.foundation.http.response": (
        "HTMLResponse", "JSONResponse", "RedirectResponse", "Response", "StreamingResponse", "TextResponse",
    ),
    "demijohn.foundation.lazy": ("need",),
    "demijohn.foundation.limits": ("Limits",),
    "demijohn.foundation.markup": ("HTML", "Markup"),
    "demijohn.foundation.signing": ("BadSignature", "SignatureExpired", "Signer"),
    "demijohn.kernel.battery": ("Battery", "Setup"),
    "demijohn.kernel.blueprint": ("Blueprint", "include", "path"),
    "demijohn.kernel.links": ("redirect", "url"),
    "demijohn.kernel.markers": ("Body", "Cookie", "Depends", "FormField", "Header", "Path", "Query", "Upload"),
    "demijohn.kernel.kernel": ("Encoder",),
    "demijohn.kernel.schema": ("Meta", "Schema"),
    "demijohn.kernel.services": ("Binding",),
    "demijohn.batteries.database": (
        "AsyncDB", "DB", "Database", "Model", "Page", "belongs_to", "field", "has_many", "many_to_many",
    ),
    "demijohn.batteries.security": ("Security",),
    "demijohn.batteries.static": ("Static",),
    "demijohn.batteries.templates": (
        "ContextValue", "InlineTemplates", "TemplateFilter", "TemplateFolder", "TemplateGlobal", "Templates", "render",
    ),
    "demijohn.tools.testing": ("AsyncClient", "Client"),
}  # fmt: skip

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

# What people type from habit, and what the same thing is called here.
_HABITS = {
    "Flask": "App: from demijohn import App; app = App()",
    "FastAPI": "App: from demijohn import App; app = App()",
    "Demijohn": "App: from demijohn import App; app = App()",
    "APIRouter": 'Blueprint: posts = Blueprint("posts"); app.include(posts, prefix="/posts")',
    "render_template": 'render: return render("a.html", posts=posts)',
    "jsonify": "return the dict or list itself",
    "abort": "raise NotFound() or raise HTTPError(409, ...)",
    "url_for": "url: url(show, id=1)",
    "request": "a parameter: def show(request: Request)",
    "g": "request.state",
    "session": "a parameter: def show(session: Session)",
    "HTTPException": "HTTPError: raise HTTPError(404, ...), or raise NotFound()",
    "JsonResponse": "JSONResponse, or return the dict itself",
    "HttpResponse": "Response, HTML(...) or render(...)",
    "HttpResponseRedirect": "redirect: return redirect(show, id=1)",
    "Form": "FormField for one field, or a Schema for the whole form",
    "File": "UploadedFile: def upload(photo: UploadedFile)",
    "UploadFile": "UploadedFile: def upload(photo: UploadedFile)",
    "BaseModel": "Schema: class Item(Schema): ...",
    "TestClient": "Client: client = Client(app)",
    "send_file": "FileResponse: return FileResponse(path)",
    "get_object_or_404": "db.get_or_404(Post, id)",
    "send_from_directory": "FileResponse: return FileResponse(path), or the Static battery for a whole folder",
    "render_template_string": 'HTML: return HTML("<p>{}</p>", name), which escapes',
    "make_response": "Response: response = Response(body, 201, headers={...})",
    "current_app": "a parameter of the type that you need: services are asked for by type",
    "escape": 'HTML: return HTML("<p>{}</p>", name), which escapes; or markupsafe.escape',
    "status": "the number itself: status=201",
    "Http404": "NotFound: raise NotFound()",
    "HttpRequest": "Request: def show(request: Request)",
    "HttpResponseNotFound": "NotFound: raise NotFound()",
    "reverse": 'url: url(show, id=1), or url("polls.index")',
    "re_path": "path, with a pattern in the type: Annotated[str, Path(pattern=...)]",
    "models": "Model and field: class Post(Model): title: Mapped[str] = field(max_length=200)",
    "ForeignKey": "belongs_to: author: Mapped[User] = belongs_to()",
    "Middleware": "an around, or app.asgi = Middleware(app.asgi)",
    "BackgroundTasks": "nothing yet, this version has no tasks",
    "APIException": "HTTPError: raise HTTPError(409, ...)",
    "PlainTextResponse": "TextResponse, or return the str itself",
    "ORJSONResponse": "JSONResponse, or return the dict itself",
}

# Names that are taken, for what this version has not got.
_LATER = frozenset({
    "API", "Admin", "Auth", "BodyStream", "Cache", "EventStream", "Forms", "I18n", "Mail", "ModelAdmin", "Patch",
    "Policy", "Realtime", "Resource", "Session", "Sessions", "Store", "Tasks", "Telemetry", "User", "View", "WebSocket",
})  # fmt: skip

__all__ = ["STARTS_WITH", "__version__", *_HOME_OF]  # noqa: PLE0604 - names of strings, all of them


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        habit = "nothing yet, this version has none" if name in _LATER else _HABITS.get(name)
        if habit is not None:
            message = f"demijohn has no {name}. Instead: {habit}"
            # `from demijohn import g` looks whether there is a g, and would say of an AttributeError only that not.
            if sys._getframe(1).f_globals.get("__name__") in ("importlib._bootstrap", "_frozen_importlib"):
                raise ImportError(message, name=__name__)
            raise AttributeError(message, name=name)
        raise AttributeError(f"module 'demijohn' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
