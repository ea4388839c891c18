"""The OpenAPI 3.1 document of an app: made of the facts of its plans, in the order of its routes."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ...foundation.errors import SetupError
from ...foundation.http.errors import HTTPError
from ...kernel.blueprint import Blueprint
from ...kernel.kernel import Kernel
from ...kernel.levels import Level
from ...kernel.plan import Facts, facts_of
from ...kernel.recipe import Group, routes_of
from ...kernel.routes import WEBSOCKET, Route
from ...kernel.translations import spellings_of
from .parameters import all_parameters, body_of, parameters_of, refusals_of, takes_form
from .problems import Problems
from .responses import answers_of, written_responses
from .schemas import Json, Schemas
from .schemes import SecurityScheme

if TYPE_CHECKING:
    from .battery import API

_METHODS: Final = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE")
_UNTAGGED: Final = "default"
_REST: Final = re.compile(r"\{(\w+):path\}")


def make_document(api: API, kernel: Kernel, *, root_path: str = "") -> Json:
    """The document of a sealed app, as plain values; the same app has the same document, to the last byte."""
    return _Writer(api, kernel).document(root_path)


class _Writer:
    def __init__(self, api: API, kernel: Kernel) -> None:
        self.api = api
        self.kernel = kernel
        self.schemas = Schemas()
        self.problems = Problems(self.schemas)
        self.schemes: dict[str, Json] = {}
        self.tags: dict[str, None] = {}
        self.ids: set[str] = set()

    def document(self, root_path: str) -> Json:
        paths = self._paths(route for route in self.kernel.routes if route.path.startswith(self.api.prefix))
        webhooks = self._webhooks(self.api.webhooks) if self.api.webhooks is not None else {}
        sockets = self._sockets()
        body, schemas = self.schemas.resolve(
            {"paths": paths, "webhooks": webhooks, "sockets": sockets, "responses": self.problems.components}
        )
        components = {
            "schemas": schemas,
            "responses": dict(sorted(body["responses"].items())),
            "securitySchemes": dict(sorted(self.schemes.items())),
        }
        document: Json = {"openapi": "3.1.0", "info": self._info(), "servers": self._servers(root_path)}
        document["tags"] = self._tags()
        document["paths"] = body["paths"]
        if webhooks:
            document["webhooks"] = body["webhooks"]
        if sockets:
            document["x-websockets"] = body["sockets"]
        document["components"] = {name: part for name, part in components.items() if part}
        return merged(document, self.api.extra)

    # Beside the paths -------------------------------------------------------------------------------------------

    def _info(self) -> Json:
        api = self.api
        licence = api.license if isinstance(api.license, Mapping) else _licence(api.license)
        told: Json = {
            "title": api.title, "version": api.version, "summary": api.summary, "description": api.description,
            "termsOfService": api.terms, "contact": dict(api.contact), "license": dict(licence),
        }  # fmt: skip
        return {name: value for name, value in told.items() if value}

    def _servers(self, root_path: str) -> list[Json]:
        servers = self.api.servers or (root_path or "/",)
        return [{"url": url} for url in servers]

    def _tags(self) -> list[Json]:
        described = {_UNTAGGED: "What belongs to no blueprint.", **dict(self.api.tags)}
        names = [*(name for name in self.api.tags if name in self.tags), *self.tags]
        return [
            {"name": name, **({"description": described[name]} if described.get(name) else {})}
            for name in dict.fromkeys(names)
        ]

    def _webhooks(self, blueprint: Blueprint) -> Json:
        level = self.kernel.parts.app or Level({}, {})
        group = Group(blueprint, spellings_of(blueprint.prefix), (blueprint.name,), (), (), level)
        routes = [route for note in blueprint.routes for route in routes_of(note, group)]
        return {path.strip("/"): item for path, item in self._paths(routes).items()}

    def _sockets(self) -> Json:
        """The WebSockets, of which OpenAPI knows nothing: an extension, so that no client asks for them by mistake."""
        found: Json = {}
        for route in self.kernel.routes:
            shown = route.path.startswith(self.api.prefix) and route.options.get("include_in_schema", True)
            if route.methods == (WEBSOCKET,) and shown:
                operation = self._told(facts_of(route, self.kernel.parts), "GET", several=False)[0]
                found[_REST.sub(r"{\1}", route.path)] = {"get": operation}
        return found

    # Operations -------------------------------------------------------------------------------------------------

    def _paths(self, routes: Iterable[Route]) -> Json:
        paths: Json = {}
        for route in routes:
            methods = [method for method in _METHODS if method in route.methods]
            if not methods or not route.options.get("include_in_schema", True):
                continue
            facts = facts_of(route, self.kernel.parts)
            for method in methods:
                item = paths.setdefault(_REST.sub(r"{\1}", route.path), {})
                if method.lower() not in item:  # Of one path on several hosts, the first is told.
                    item[method.lower()] = self._operation(facts, method, several=len(methods) > 1)
        return paths

    def _operation(self, facts: Facts, method: str, *, several: bool) -> Json:
        operation, needed = self._told(facts, method, several=several)
        body = body_of(facts, method, self.schemas)
        if body is not None:
            operation["requestBody"] = body
        operation["responses"] = self._responses(facts, method, needed=needed)
        return merged(operation, facts.route.options.get("openapi_extra") or {})

    def _told(self, facts: Facts, method: str, *, several: bool) -> tuple[Json, bool]:
        """What is said of every kind of route, and whether it needs credentials."""
        route = facts.route
        options = route.options
        summary, description = _words(route)
        tags = list(options.get("tags") or (route.blueprint.split(".")[0] or _UNTAGGED,))
        self.tags |= dict.fromkeys(tags)
        operation: Json = {
            "tags": tags,
            "summary": options.get("summary") or summary,
            "description": options.get("description") or description or f"{options.get('summary') or summary}.",
            "operationId": self._id(route, method, several=several or hasattr(route.handler, "view")),
        }
        if options.get("deprecated"):
            operation["deprecated"] = True
        parameters = parameters_of(facts, self.schemas)
        if parameters:
            operation["parameters"] = parameters
        security, needed = self._security(facts)
        operation["security"] = security
        return operation, needed

    def _responses(self, facts: Facts, method: str, *, needed: bool) -> Json:
        options = facts.route.options
        answers = answers_of(facts, self.schemas)
        if getattr(facts.route, "etag", False) and set(facts.route.methods) & {"GET", "HEAD"}:
            answers["304"] = {"description": "Not Modified"}
        refusals = refusals_of(facts, method) | ({401} if needed else set())
        problems = self.problems.responses(refusals, _raised_by(facts.route), shows_forms=takes_form(facts, method))
        written = written_responses(options.get("responses") or {}, self.schemas)
        joined = {**answers, **problems}
        for status, response in written.items():
            known = joined.get(status, {})
            joined[status] = response if "$ref" in known else {**known, **response}
        return dict(sorted(joined.items(), key=lambda pair: (not pair[0].isdigit(), pair[0])))

    def _id(self, route: Route, method: str, *, several: bool) -> str:
        name = re.sub(r"[^A-Za-z0-9_]+", "_", route.name)
        wanted = f"{name}_{method.lower()}" if several else name
        number, final = 1, wanted
        while final in self.ids:
            number += 1
            final = f"{wanted}_{number}"
        self.ids.add(final)
        return final

    def _security(self, facts: Facts) -> tuple[list[Json], bool]:
        """The Security Requirement Objects, and whether a request without credentials is refused."""
        required: Json = {}
        optional: list[Json] = []
        for scheme in _schemes_of(facts):
            self.schemes[scheme.name] = scheme.openapi
            if scheme.auto_error:
                required[scheme.name] = []
            else:
                optional.append({scheme.name: []})
        if required:
            return [required], True
        return ([*optional, {}] if optional else []), False


def _raised_by(route: Route) -> list[type[HTTPError]]:
    """The `raises` of a route; SetupError for what is no class of `HTTPError`, as only those become answers."""
    raised: list[Any] = list(route.options.get("raises") or ())
    for error in raised:
        if not (isinstance(error, type) and issubclass(error, HTTPError)):
            name = getattr(error, "__name__", repr(error))
            raise SetupError(
                "DMJ0541", f"{route}: raises names {name}, which is no class of HTTPError.",
                fix=f"class {name if name.isidentifier() else 'SoldOut'}(HTTPError):\n    status = 409",
                where=route.where,
            )  # fmt: skip
    return raised


def _schemes_of(facts: Facts) -> list[SecurityScheme]:
    """The schemes that a route's handler, services and arounds ask: each once."""
    functions: list[Any] = [call.function for call in facts.calls]
    for parameter in all_parameters(facts):
        if parameter.depends is not None:
            functions.append(parameter.depends.dependency)
        elif parameter.service is not None and parameter.service in facts.providers:
            functions.append(facts.providers[parameter.service].factory)
    found = [getattr(function, "security_scheme", function) for function in functions]
    return list({scheme.name: scheme for scheme in found if isinstance(scheme, SecurityScheme)}.values())


def _words(route: Route) -> tuple[str, str]:
    """Summary and description: the docstring's first paragraph, and all of it; without one, the name in words."""
    handler = _undecorated(route.handler)
    doc = inspect.getdoc(handler) if inspect.isroutine(handler) else inspect.getdoc(type(handler))
    if not doc:
        name = route.name.rpartition(".")[2].replace("_", " ").replace("-", " ")
        return name[:1].upper() + name[1:], ""
    first, _, rest = doc.partition("\n\n")
    summary = " ".join(first.split())
    return summary.rstrip("."), rest.strip() or summary


def _undecorated(handler: Callable[..., Any]) -> Callable[..., Any]:
    handler = inspect.unwrap(handler)
    return _undecorated(handler.func) if isinstance(handler, functools.partial) else handler


def _licence(name: str) -> Json:
    return {"name": name, "identifier": name} if name else {}


def merged(document: Json, extra: Mapping[str, Any]) -> Json:
    """Plain values with others laid over them: mappings are joined, everything else is replaced."""
    joined = dict(document)
    for name, value in dict(extra).items():
        known = joined.get(name)
        joined[name] = merged(known, value) if isinstance(known, dict) and isinstance(value, Mapping) else value
    return joined
