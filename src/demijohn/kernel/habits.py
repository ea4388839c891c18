"""Habits: what users of Flask, Django, FastAPI and Starlette type, and the line that does the same thing here.

Tables, and the errors made from them. Nothing in this module runs while an app is put together rightly and its requests
are answered: it is asked only when Python has already failed to find a name, an option or a type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from ..foundation.errors import SetupError, Where
from .foreign import raised_fix
from .reminders import REMINDERS


class ForeignName(SetupError, AttributeError):
    """A method or attribute of another framework's app, asked of ours; an AttributeError for `hasattr`."""


_DECORATE_ERRORS = "@app.on_error(404)\ndef not_found(error): ..."
_AROUND = "@app.around\ndef timed(request):\n    ...\n    response = yield\n    ..."
_LIFESPAN = "@app.lifespan\ndef life():\n    ...      # before the first request\n    yield\n    ...      # at the end"
_INCLUDE = 'app.include(posts, prefix="/posts")'
_CHAT = '@app.websocket("/chat")\nasync def chat(ws: WebSocket):\n    async for message in ws: ...'
_SETTINGS = 'class Settings(Config, prefix="SHOP_"):\n    currency: str = "EUR"\nA handler asks for it by its type.'
_KEY = "Set SECRET_KEY in the environment or in .env; it does not belong in the code."
_FILTER = 'app.register(TemplateFilter("money", money))'
_GLOBAL = 'app.register(TemplateGlobal("today", today))'
_JINJA = 'app.use(Templates(extensions=["jinja2.ext.do"])); names and filters: TemplateGlobal, TemplateFilter'
_CLIENT = "from demijohn.testing import Client\nclient = Client(app)"
_API = 'from demijohn.api import API\napp.use(API(title="Shop", version="1.0"))'
_COMMAND = "@app.command\ndef purge(days: int = 30, *, db: DB): ...      # typed: demijohn purge --days 7"
_START = "Start it from the shell: demijohn dev (while writing), demijohn serve app:app (in production)."

ATTRIBUTES: Final = {
    "run": _START,
    "error": _DECORATE_ERRORS,
    "error_handler": _DECORATE_ERRORS,
    "errorhandler": _DECORATE_ERRORS,
    "app_errorhandler": _DECORATE_ERRORS,
    "register_error_handler": "app.on_error(404)(not_found)",
    "exception_handler": _DECORATE_ERRORS,
    "add_exception_handler": "app.on_error(ValueError)(answer)",
    "handler404": _DECORATE_ERRORS,
    "include_router": _INCLUDE,
    "register_blueprint": _INCLUDE,
    "add_middleware": f"app.asgi = Middleware(app.asgi), or an around:\n{_AROUND}",
    "middleware": _AROUND,
    "wsgi_app": "app.wsgi = Middleware(app.wsgi)",
    "on_event": _LIFESPAN,
    "add_event_handler": _LIFESPAN,
    "before_first_request": _LIFESPAN,
    "before_serving": _LIFESPAN,
    "after_serving": _LIFESPAN,
    "before_app_request": "@app.before_request on the App itself",
    "after_app_request": "@app.after_request on the App itself",
    "teardown_appcontext": "Let a provider clean up after its yield:\n@app.provide\ndef connect() -> Iterator[DB]: ...",
    "app_context": "Nothing: there is no application context. Outside of a request, links are app.url(...).",
    "test_request_context": _CLIENT,
    "test_client": _CLIENT,
    "test_cli_runner": 'Client(app).run("purge", "--days", "7")',
    "add_url_rule": 'app.urls(path("/posts", index, name="index"))',
    "add_api_route": 'app.urls(path("/posts", index, name="index"))',
    "add_route": 'app.urls(path("/posts", index, name="index"))',
    "api_route": '@app.route("/posts", methods=["GET", "POST"])',
    "url_map": "demijohn routes",
    "url_path_for": "url(show, id=1) in a handler, app.url(show, id=1) elsewhere",
    "url_for": "url(show, id=1) in a handler, app.url(show, id=1) elsewhere",
    "config": _SETTINGS,
    "secret_key": _KEY,
    "env": "demijohn dev is development, demijohn serve production; App(debug=...) says it in code.",
    "testing": _CLIENT,
    "state": '@app.provide(scope="app") makes what handlers share, and hands it to those who ask for its type.',
    "extensions": "app.use(...) switches batteries on.",
    "dependency_overrides": "Client(app, provide={current_user: lambda: User(...)}); a service goes by its type.",
    "cli": _COMMAND,
    "context_processor": 'app.register(ContextValue("user", find_user))   it is handed the request',
    "template_filter": _FILTER,
    "template_global": _GLOBAL,
    "add_template_filter": _FILTER,
    "jinja_env": _JINJA,
    "jinja_options": _JINJA,
    "logger": 'logging.getLogger("app").info(...)',
    "open_resource": "(Path(__file__).parent / name).open()",
    "instance_path": "Path(__file__).parent",
    "static_folder": 'app.use(Static("static"))',
    "static_url_path": 'app.use(Static("static"))',
    "template_folder": "app.use(Templates())",
    "url_prefix": _INCLUDE,
    "router": "The App itself: it has get, post, route, include, ...",
    "user_middleware": _AROUND,
    "websocket_route": _CHAT,
    "add_websocket_route": _CHAT,
    "add_api_websocket_route": _CHAT,
    "websocket_listener": _CHAT,
    "openapi": f"{_API}   serves it; demijohn openapi writes it to a file.",
    "openapi_schema": "API(extra={...}) joins the document; demijohn openapi writes it to a file.",
    "webhooks": 'app.use(API(webhooks=hooks)), with hooks = Blueprint("hooks")',
    "before_request_funcs": "@app.before_request",
    "head": "@app.get answers HEAD too.",
    "options": 'OPTIONS is answered by itself; to write it: @app.route("/x", methods=["OPTIONS"])',
    "trace": '@app.route("/x", methods=["TRACE"])',
    "import_name": "__name__",
    "root_path": "Path(__file__).parent",
    "open_instance_resource": "(Path(__file__).parent / name).open()",
    "json": "@app.encoder(Money)\ndef encode(money): return str(money)",
    "shell_context_processor": "Nothing: python -i app.py has all that app.py has.",
    "url_value_preprocessor": _AROUND,
    "url_defaults": _AROUND,
    "template_test": _JINJA,
    "add_template_global": _GLOBAL,
    "app_template_filter": _FILTER,
    "app_template_global": _GLOBAL,
    "app_context_processor": 'app.register(ContextValue("user", find_user))   it is handed the request',
    "app_url_defaults": _AROUND,
    "make_response": "return body, 201, {...}; or Response(body, 201, headers={...})",
    "send_static_file": 'return FileResponse("static/a.css")',
    "handle_exception": _DECORATE_ERRORS,
    "handle_http_exception": _DECORATE_ERRORS,
    "handle_user_exception": _DECORATE_ERRORS,
    "on_startup": _LIFESPAN,
    "on_shutdown": _LIFESPAN,
    "register_listener": _LIFESPAN,
    "record_once": _LIFESPAN,
    "json_encoder": "@app.encoder(Money)\ndef encode(money): return str(money)",
    "json_provider_class": "@app.encoder(Money)\ndef encode(money): return str(money)",
    "permanent_session_lifetime": "DEMIJOHN_SESSIONS_LIFETIME, or sessions.lifetime in demijohn.toml.",
    "urlpatterns": 'app.urls(path("/", home, name="home"))',
}

OPTIONS: Final = {
    "url_prefix": _INCLUDE,
    "prefix": _INCLUDE,
    "import_name": "Leave it out.",
    "static_folder": 'app.use(Static("static"))',
    "static_url_path": 'app.use(Static("static"))',
    "template_folder": 'app.use(Templates("templates")); a folder templates beside the app is found without.',
    "instance_relative_config": _SETTINGS,
    "dependencies": "around=[Depends(check)] on a Blueprint or a route; @app.around for all.",
    "middleware": _AROUND,
    "lifespan": _LIFESPAN,
    "on_startup": _LIFESPAN,
    "on_shutdown": _LIFESPAN,
    "exception_handlers": _DECORATE_ERRORS,
    "routes": "app.urls(...)",
    "title": _API,
    "version": _API,
    "description": _API,
    "summary": _API,
    "contact": 'app.use(API(contact={"name": "Ann", "email": "ann@example.org"}))',
    "license_info": 'app.use(API(license="BSD-3-Clause"))',
    "terms_of_service": "app.use(API(terms=...))",
    "servers": 'app.use(API(servers=["https://api.example.org"]))',
    "openapi_url": 'app.use(API(path="/openapi.json")); path=None serves none.',
    "docs_url": 'app.use(API(docs="/docs")); docs=None shows no page.',
    "redoc_url": 'app.use(API(docs="/docs")) shows a page of our own; docs=None shows none.',
    "openapi_tags": 'app.use(API(tags={"posts": "What people wrote."}))',
    "root_path": "Nothing: the server says it, and links and the OpenAPI document know it.",
    "scopes": "Depends(check): whether the scopes suffice is for the function to say.",
    "tags": 'Nothing: operations have the name of their Blueprint for a tag; others: @posts.get("/", tags=["news"])',
    "deprecated": '@posts.get("/", deprecated=True) on each route.',
    "include_in_schema": '@posts.get("/", include_in_schema=False) on each route.',
    "responses": 'Annotate what the handler returns; others: @posts.get("/", responses={409: Problem}).',
    "default_response_class": "Return the response itself: return HTMLResponse(...)",
    "redirect_slashes": "demijohn.toml: [manners] slashes = false",
    "subdomain": 'Blueprint("api", host="api.example.org")',
    "host_matching": '@app.get("/", host="api.example.org")',
    "subdomain_matching": '@app.get("/", host="api.example.org")',
}

# Parameters without an annotation whose names tell what was meant.
PARAMETERS: Final = {
    "call_next": f"An around has one yield instead:\n{_AROUND}",
    "get_response": f"An around has one yield instead:\n{_AROUND}",
    "response": "A handler returns it:\nresponse = JSONResponse(item)\nresponse.set_cookie(...)\nreturn response",
    "background_tasks": "def send(tasks: BackgroundTasks):\n    tasks.add_task(deliver, 7)",
    "websocket": "from demijohn import WebSocket\nasync def chat(ws: WebSocket): ...",
    "ws": "from demijohn import WebSocket\nasync def chat(ws: WebSocket): ...",
    "g": "def show(request):\n    request.state.visitor = ...",
    "session": "from demijohn import Session, Sessions\napp.use(Sessions())\ndef show(session: Session): ...",
    "args": "Name the parameters: path and query values come by their names.",
}

# What Flask's `url_for` and Django's `reverse` take beside the values of the path and the query.
LINK_VALUES: Final = {
    "_external": 'f"{request.scheme}://{request.host}{url(show)}"',
    "_scheme": 'f"https://{request.host}{url(show)}"',
    "_anchor": 'url(show, id=1) + "#comments"',
    "_method": "the handler itself: url(show, id=1)",
    "urlconf": "nothing: an app has its routes",
}

# What is asked for under FastAPI's markers, and read here without one.
WHOLE_SCHEMA: Final = {
    "query": "Name its fields as parameters of their own: def search(q: str, page: int = 1)",
    "header": "Name its fields as parameters of their own: def show(user_agent: Annotated[str, Header()])",
    "cookie": "Name its fields as parameters of their own: def show(theme: Annotated[str, Cookie()])",
    "form": "Leave the marker out: a schema is the body, as JSON or as a form.",
    "path": "Name its fields as parameters of their own.",
}

MARKER_OPTIONS: Final = {
    "embed": "Make it a Schema with that one field.",
    "fields": 'include=("title", "body"), the model\'s attributes that the body may set',
    "only": 'include=("title", "body"), the model\'s attributes that the body may set',
    "read_only_fields": 'exclude=("title",), or field(readonly=True) in the model',
    "partial": "changes: Patch[Post], of which changes.apply(post) sets what was sent",
    "model": "post: Annotated[Post, Body()], with the model for its type",
    "regex": 'pattern="..."',
    "example": "examples=[...]",
    "convert_underscores": 'alias="user_agent"',
    "validation_alias": "alias=...",
    "serialization_alias": "alias=...",
    "media_type": "Nothing: JSON and forms are told apart by the Content-Type of the request.",
    "deprecated": "Leave it out.",
    "include_in_schema": "Leave it out.",
    "min_items": "min_length=...",
    "max_items": "max_length=...",
    "strict": "Leave it out: a JSON body is read strictly, text as its type's grammar says.",
    "default_value": "default=...",
}

_KEYWORDS = {
    "status_code": "status=",
    "code": "status=",
    "content": "the first argument",
    "content_type": "media_type=",
    "mimetype": "media_type=",
    "response": "the first argument",
    "description": "detail=",
    "message": "detail=",
    "path": "the first argument",
    "filename": "download_name=",
    "background": "nothing: a handler asks for tasks: BackgroundTasks",
    "data": "the first argument",
    "safe": "nothing: lists are JSON too",
}
_OURS = r"(?:\w*Response|\w*Error|_Fixed|NotFound|Forbidden|Unauthorized|BadRequest|Conflict|Gone)"
_UNKNOWN_KEYWORD = re.compile(
    rf"(?:{_OURS}\.__init__\(\) got an unexpected keyword argument|^\w+ has no field) '(\w+)'"
)
_UNKNOWN_ATTRIBUTE = re.compile(r"'\w*Response' object has no attribute '(\w+)'")
_RESPONSE_ATTRIBUTES = {
    "status_code": "status",
    "mimetype": "media_type",
    "content_type": "media_type",
    "content": "body",
    "data": "body",
    "set_data": "body",
    "get_data": "body",
    "get_json": "json()",
    "charset": "media_type",
    "cache_control": 'headers["cache-control"], a text such as "max-age=60",',
    "set_signed_cookie": "set_cookie(name, Signer(keys, purpose).sign(value))",
    "add_etag": "etag=True at the route",
    "set_etag": 'headers["etag"]',
    "write": "body; what is made while it is sent is a StreamingResponse",
}


def foreign_attribute(thing: object, name: str) -> AttributeError:
    """The error for an attribute that is not there: with the line to write, if it is another framework's."""
    kind = type(thing).__name__
    fix = ATTRIBUTES.get(name)
    if fix is None:
        return AttributeError(f"{kind!r} object has no attribute {name!r}", name=name, obj=thing)
    return ForeignName("DMJ0102", f"{_article(kind)} has no {name!r}.", fix=fix, where=Where.caller())


def refuse_assignment(thing: object, name: str) -> None:
    """Refuse to take an attribute that another framework would act upon, and that nobody here would read."""
    if name in ATTRIBUTES and _is_ours(type(thing)):
        raise foreign_attribute(thing, name)


def refuse_options(kind: type, known: Iterable[str], given: dict[str, Any]) -> None:
    """Refuse constructor options that are another framework's; others, and users' subclasses, are left to Python."""
    if not _is_ours(kind):
        return
    for option in given.keys() & OPTIONS.keys() - set(known):
        raise SetupError(
            "DMJ0103", f"{kind.__name__}() has no option {option!r}.", fix=OPTIONS[option], where=Where.caller()
        )


def refuse_marker_options(kind: type, given: dict[str, Any]) -> None:
    """Refuse options of `Query()` and its like that are FastAPI's alone."""
    for option in given.keys() & MARKER_OPTIONS.keys():
        raise SetupError(
            "DMJ0104", f"{kind.__name__}() has no option {option!r}.", fix=MARKER_OPTIONS[option], where=Where.caller()
        )


_OF_SQLALCHEMY = ("CompileError", "InvalidRequestError")


def remind(error: BaseException) -> None:
    """Add a note to an error of a request that a habit explains; it stands below the traceback, wherever shown."""
    if getattr(error, "__notes__", None):
        return
    instead = raised_fix(error)
    if instead is not None:
        error.add_note(instead)
    if not isinstance(error, TypeError | AttributeError | ValueError) and type(error).__name__ not in _OF_SQLALCHEMY:
        return
    message = str(error)
    match = _UNKNOWN_ATTRIBUTE.search(message)
    if match is not None and match[1] in _RESPONSE_ATTRIBUTES:
        error.add_note(f"What is {match[1]} elsewhere is {_RESPONSE_ATTRIBUTES[match[1]]} here.")
        return
    match = _UNKNOWN_KEYWORD.search(message)
    if match is not None and match[1] in _KEYWORDS:
        error.add_note(f"Instead of {match[1]}=, give {_KEYWORDS[match[1]]}.")
        return
    for part, note in REMINDERS:
        if part in message:
            error.add_note(note)
            return


def _is_ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "demijohn"


def _article(kind: str) -> str:
    return f"{'An' if kind[:1] in 'AEIOU' else 'A'} {kind}"
