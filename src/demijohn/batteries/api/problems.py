"""Errors in the document: problem details (RFC 9457) as shared components, and those that an app names itself."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable, Sequence
from typing import Final

from ...foundation.http.errors import HTTPError
from ...foundation.http.response import HTML_TYPE, PROBLEM
from ...foundation.http.status import phrase
from .schemas import Json, Schemas, with_default

_WHAT: Final = {
    400: "The request cannot be understood.",
    401: "Credentials are missing.",
    404: "There is nothing at this address.",
    406: "None of the media types that the client accepts is to be had.",
    412: "A condition of the request does not hold.",
    413: "The body is too large.",
    415: "The body is of a media type that is not read here.",
    422: "Values are missing or not valid; all of them are listed.",
}
_FORM: Final = "The form is not valid: it is shown again, all mistakes beside their fields; for JSON they are listed."
_ANY: Final = "Any other problem with the request."
_SHARED: Final = "#/components/responses/"


class Problems:
    """Makes the responses of errors; those that were referred to are in `components`."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self.components: dict[str, Json] = {}

    def responses(
        self, automatic: Iterable[int], raised: Sequence[type[HTTPError]], *, shows_forms: bool = False
    ) -> dict[str, Json]:
        """The responses by status: what the plan itself may answer, and the errors that a handler raises.

        With `shows_forms` a browser gets the page again where others get a 422.
        """
        by_status: dict[int, list[type[HTTPError]]] = {status: [] for status in automatic}
        for error in raised:
            by_status.setdefault(error.status, []).append(error)
        found = {str(status): self._response(status, errors) for status, errors in sorted(by_status.items())}
        if shows_forms and not by_status[422]:
            found["422"] = self._shown_again()
        return {**found, "4XX": self._shared("Problem", _ANY, None)}

    def _response(self, status: int, errors: list[type[HTTPError]]) -> Json:
        own = [error for error in errors if error.members or not _is_ours(error)]
        if not own:
            name = phrase(status).replace(" ", "").replace("-", "") or f"Error{status}"
            return self._shared(name, _WHAT.get(status) or f"{phrase(status)}.", status)
        options = [self._schema_of(error) for error in own]
        if len(own) < len(errors):
            options.append(self._schemas_problem())
        unique = [option for index, option in enumerate(options) if option not in options[:index]]
        schema = unique[0] if len(unique) == 1 else {"anyOf": unique}
        description = "\n\n".join(dict.fromkeys(_says(error) for error in own))
        return {"description": description, "content": {PROBLEM: {"schema": schema}}}

    def _shared(self, name: str, description: str, status: int | None) -> Json:
        if name not in self.components:
            content: Json = {"schema": self._schemas_problem()}
            if status is not None:
                content["example"] = _example(status, description)
            self.components[name] = {"description": description, "content": {PROBLEM: content}}
        return {"$ref": f"{_SHARED}{name}"}

    def _shown_again(self) -> Json:
        if "InvalidForm" not in self.components:
            problem: Json = {
                "schema": self._schemas_problem(),
                "example": _example(422, _FORM, ("body.title", "This field is required.")),
            }
            content = {HTML_TYPE.partition(";")[0]: {"schema": {"type": "string"}}, PROBLEM: problem}
            self.components["InvalidForm"] = {"description": _FORM, "content": content}
        return {"$ref": f"{_SHARED}InvalidForm"}

    def _schemas_problem(self) -> Json:
        return self._schemas.add(HTTPError, "Problem", "demijohn", _problem_schema, "output")

    def _schema_of(self, error: type[HTTPError]) -> Json:
        if not error.members:
            return self._schemas_problem()

        def make() -> Json:
            hints = typing.get_type_hints(error, include_extras=True)
            fields: Json = {}
            for name in error.members:
                fields[name] = self._schemas.of(hints[name], "output")
                if name in vars(error):
                    fields[name] = with_default(fields[name], vars(error)[name])
            own = {"type": "object", "properties": fields, "required": list(error.members)}
            return {"description": _says(error), "allOf": [self._schemas_problem(), own]}

        return self._schemas.add(error, error.__name__, error.__module__, make, "output")


def _is_ours(error: type[HTTPError]) -> bool:
    return error.__module__.partition(".")[0] == "demijohn"


def _says(error: type[HTTPError]) -> str:
    doc = vars(error).get("__doc__")
    return inspect.cleandoc(doc) if doc else error.default_detail or f"{phrase(error.status)}."


def _example(status: int, detail: str, wrong: tuple[str, str] = ("query.page", "Expected 1 or more.")) -> Json:
    example: Json = {"type": "about:blank", "title": phrase(status), "status": status, "detail": detail}
    if status == 422:
        example["detail"] = "One value is missing or not valid."
        example["errors"] = [{"where": wrong[0], "message": wrong[1]}]
    return example


def _problem_schema() -> Json:
    item = {
        "type": "object",
        "properties": {
            "where": {"type": "string", "description": "Which value, such as `body.items.0.price`."},
            "message": {"type": "string", "description": "What is wrong with it."},
        },
        "required": ["where", "message"],
    }
    return {
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "Which kind of problem it is."},
            "title": {"type": "string", "description": "The kind in words."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What happened this time."},
            "errors": {"type": "array", "items": item, "description": "Each value that is missing or not valid."},
        },
        "required": ["type", "title", "status"],
    }
