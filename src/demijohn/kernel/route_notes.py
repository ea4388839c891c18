"""Routes as they are written: a path, methods, a handler and options, noted down and looked over at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..foundation.errors import SetupError, Where
from ..foundation.http.origins import is_origin
from .hosts import hosts_of
from .routes import METHODS, RouteOptions, SocketOptions
from .translations import Spelt, require_spelt
from .views import View, arounds_of, handlers_of, is_view, name_of_view

_FOREIGN_OPTIONS = {
    "response_model": "Annotate what is sent: -> PostOut, or, for type checkers, -> Annotated[Post, PostOut]",
    "status_code": "status=201",
    "endpoint": 'name="show"',
    "method": 'methods=["POST"]',
    "dependencies": "around=[Depends(check)]",
    "operation_id": 'name="show"; openapi_extra={"operationId": ...} where it must be another.',
    "response_description": 'responses={200: {"description": "The post."}}',
    "response_model_exclude_unset": "Annotate what the handler returns with a Schema of the fields to show.",
    "response_model_exclude_none": "Annotate what the handler returns with a Schema of the fields to show.",
    "response_model_exclude": "Annotate what the handler returns with a Schema of the fields to show.",
    "response_model_include": "Annotate what the handler returns with a Schema of the fields to show.",
    "csrf_exempt": "from demijohn.security import csrf_exempt, and around=[csrf_exempt]",
    "cors": 'from demijohn.security import CORS, and around=[CORS(origins=["https://app.example"])]',
    "rate_limit": 'from demijohn.security import rate_limit, and around=[rate_limit("5/minute")]',
    "strict_slashes": "Nothing: the other spelling is redirected to the one you wrote.",
    "defaults": "Give the parameter a default in the signature: def show(page: int = 1)",
    "response_class": "Return the response itself: return HTMLResponse(...)",
    "subdomain": 'host="api.example.com"',
    "redirect_to": "A handler of its own: return redirect(show, id=1, status=308)",
    "provide_automatic_options": 'OPTIONS is answered by itself; to write it: methods=["OPTIONS"]',
    "websocket": '@app.websocket("/chat")',
    "callbacks": "openapi_extra={...}",
    "kwargs": "Give the parameter a default in the signature: def show(page: int = 1)",
}


@dataclass(frozen=True, slots=True)
class RouteNote:
    """A route as it was written."""

    path: Spelt
    methods: tuple[str, ...]
    handler: Callable[..., Any]
    options: RouteOptions | SocketOptions
    where: Where


def require_path(path: Any, where: Where) -> None:
    """Refuse what is no path, and no path in several languages."""
    if isinstance(path, str | Mapping):
        require_spelt(path, where)
        return
    fix = "Write the path too."
    if callable(path):
        fix = f'@app.get("/{getattr(path, "__name__", "")}")'
    raise SetupError("DMJ0110", f"A route's path is text, not {shown(path)}.", fix=fix, where=where)


def require_options(options: RouteOptions, where: Where) -> None:
    """Refuse options that a route has not."""
    unknown = sorted(options.keys() - RouteOptions.__annotations__.keys())
    if unknown:
        raise _unknown_option(unknown[0], where)
    if "host" in options:
        hosts_of(options["host"], where)


def method_names(methods: Iterable[str], where: Where) -> tuple[str, ...]:
    """Methods in upper case, each once; a SetupError for what is none."""
    if isinstance(methods, str):
        raise SetupError("DMJ0106", f"methods={methods!r} is a str.", fix=f"methods=[{methods!r}]", where=where)
    names = tuple(dict.fromkeys(method.upper() for method in methods))
    odd = [name for name in names if name not in METHODS]
    if odd:
        raise SetupError(
            "DMJ0106", f"{odd[0]!r} is no method that is routed here.", fix=f"One of {', '.join(METHODS)}.", where=where
        )
    return names


def require_handler(handler: Any, where: Where) -> None:
    """Refuse what cannot answer a request."""
    if isinstance(handler, type):
        fix = f'@app.view("/...")\nclass {handler.__name__}(View): ...      with a method get(self), post(self), ...'
        raise SetupError("DMJ0107", f"{handler.__name__} is a class, not a handler.", fix=fix, where=where)
    if not callable(handler):
        raise SetupError("DMJ0107", f"{handler!r} cannot be called.", fix="Decorate a function.", where=where)


def require_view(view: Any, where: Where) -> None:
    """Refuse what is no class of views."""
    if is_view(view):
        return
    if isinstance(view, type):
        what, fix = f"{view.__name__} is no View.", f"from demijohn import View\nclass {view.__name__}(View): ..."
    else:
        what, fix = f"view() decorates a class, not {shown(view)}.", '@app.get("/...") on a function'
    raise SetupError("DMJ0127", what, fix=fix, where=where)


def view_notes(path: Spelt, view: type[View], options: RouteOptions, where: Where) -> list[RouteNote]:
    """A view as the routes of its methods: what is said where it is registered goes before what the class says."""
    around = (*options.get("around", ()), *arounds_of(view))
    merged: RouteOptions = {**options, "name": options.get("name") or name_of_view(view), "around": around}
    return [RouteNote(path, (method,), handler, merged, where) for method, handler in handlers_of(view, where)]


def shown(thing: Any) -> str:
    """Something in a message."""
    return f"{thing.__name__}()" if hasattr(thing, "__code__") else repr(thing)


def require_socket_options(options: SocketOptions, where: Where) -> None:
    """Refuse options that a WebSocket has not."""
    for option in sorted(options.keys() - SocketOptions.__annotations__.keys()):
        fix = _FOREIGN_OPTIONS.get(option, f"A WebSocket takes {', '.join(sorted(SocketOptions.__annotations__))}.")
        raise SetupError("DMJ0112", f"A WebSocket has no option {option!r}.", fix=fix, where=where)
    if "host" in options:
        hosts_of(options["host"], where)
    origins = options.get("origins", ())
    wrong = [origins] if isinstance(origins, str) else [origin for origin in origins if not is_origin(origin)]
    if wrong:
        raise SetupError(
            "DMJ0326", f"origins={origins!r}: {wrong[0]!r} is no list of origins, or no origin.",
            fix='origins=["https://shop.example"]: scheme and host, a port if it is not the usual one, no slash at the'
            ' end.\n"*" lets every site in.', where=where,
        )  # fmt: skip


def _unknown_option(option: str, where: Where) -> SetupError:
    fix = _FOREIGN_OPTIONS.get(option, f"A route takes {', '.join(sorted(RouteOptions.__annotations__))}.")
    return SetupError("DMJ0112", f"A route has no option {option!r}.", fix=fix, where=where)


def foreign_inclusion(option: str, where: Where) -> SetupError:
    """What is said of an option that `include` has in another framework."""
    fix = {
        "url_prefix": 'app.include(posts, prefix="/posts")',
        "dependencies": 'Blueprint("posts", around=[Depends(check)])',
        "tags": "Nothing: the name of a blueprint is the tag of its routes.",
        "namespace": 'Nothing: the name of a blueprint stands before those of its routes: url("posts.show").',
        "subdomain": 'app.include(posts, host="api.example.com")',
    }.get(option, 'include() takes prefix and host: app.include(posts, prefix="/posts")')
    return SetupError("DMJ0109", f"include() has no option {option!r}.", fix=fix, where=where)


def no_blueprint(name: Any, unknown: dict[str, Any], where: Where) -> SetupError:
    """What is said where a blueprint is made as in Flask."""
    prefix = unknown.get("url_prefix") or unknown.get("prefix")
    fix = f'posts = Blueprint("{name if isinstance(name, str) else "posts"}")'
    if prefix:
        fix = f'{fix[:-1]}, prefix="{prefix}")'
    foreign = sorted(unknown.keys() - {"prefix", "around", "modules", "host"})
    what = "A Blueprint takes its name first." if name is None else "A Blueprint takes its name, and no other value."
    if foreign:
        what = f"Blueprint() has no option {foreign[0]}."
    return SetupError("DMJ0111", what, fix=fix, where=where)
