"""What the page at `/docs` shows: read from the document alone, so that the two cannot disagree."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any, Final
from urllib.parse import quote, urlencode

from ...foundation.markup import Markup, escape
from .entries import Answer, Content, Group, Node, Operation, text_of

Json = dict[str, Any]

_DEEPEST: Final = 6
_CODE: Final = re.compile(r"`([^`\n]+)`")
_BOUNDS: Final = {
    "minimum": "{} or more", "maximum": "{} or less", "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}", "multipleOf": "a multiple of {}",
    "minLength": "not empty|at least {} characters",
    "maxLength": "at most {} character|at most {} characters", "minItems": "at least one|at least {}",
    "maxItems": "at most one|at most {}", "minProperties": "at least one|at least {}",
    "maxProperties": "at most one|at most {}", "pattern": "matches {}",
}  # fmt: skip
_NAMES: Final = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false"}
_FORMATS: Final = {
    "date-time": "date and time", "date": "date", "time": "time", "uuid": "UUID", "duration": "duration",
    "decimal": "decimal number", "uri": "URI", "uri-reference": "URI", "email": "email address",
}  # fmt: skip
_SAMPLES: Final = {
    "date-time": "2026-05-31T14:30:00Z", "date": "2026-05-31", "time": "14:30:00Z", "duration": "PT1H",
    "uuid": "123e4567-e89b-42d3-a456-426614174000", "decimal": "9.90", "email": "ann@example.org",
    "uri": "https://example.org", "uri-reference": "about:blank",
}  # fmt: skip
_ORDINARY: Final = {"integer": 1, "number": 1.5, "boolean": True, "null": None, "string": "text"}


class Page:
    """Everything that the template shows."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._root = str(document["servers"][0]["url"]).rstrip("/")
        self.info: Json = document["info"]
        self.servers: list[str] = [server["url"] for server in document["servers"]]
        self.schemes: Json = document.get("components", {}).get("securitySchemes", {})
        self.groups = self._groups()

    def _groups(self) -> list[Group]:
        groups = {
            tag["name"]: Group(tag["name"], _anchor("tag", tag["name"]), tag.get("description", ""), [])
            for tag in self._document["tags"]
        }
        for kind in ("paths", "webhooks", "x-websockets"):
            for path, item in self._document.get(kind, {}).items():
                for method, operation in item.items():
                    made = self._operation(path, method.upper(), operation)
                    made.kind = kind
                    groups[operation["tags"][0]].operations.append(made)
        return [group for group in groups.values() if group.operations]

    def _operation(self, path: str, method: str, operation: Json) -> Operation:
        summary, description = operation["summary"], operation.get("description", "")
        body = operation.get("requestBody", {})
        parameters = [(self._row(each), self._sample(each["schema"])) for each in operation.get("parameters", [])]
        made = Operation(
            id=_anchor("op", operation["operationId"]), method=method, path=path, summary=summary,
            description="" if description.rstrip(".") == summary else description,
            deprecated=operation.get("deprecated", False),
            security=[" and ".join(each) or "none" for each in operation.get("security", [])],
            parameters=parameters,
            bodies=[self._content(name, content) for name, content in body.get("content", {}).items()],
            body_required=body.get("required", False),
            answers=[self._answer(status, each) for status, each in operation.get("responses", {}).items()],
            words=f"{method} {path} {summary} {operation['operationId']} {' '.join(operation['tags'])}".lower(),
        )  # fmt: skip
        made.root = self._root
        made.target = self._target(path, parameters)
        needed = operation.get("security") or [{}]
        made.credentials = [word for name in needed[0] if {} not in needed for word in self._told_by_curl(name)]
        return made

    def _told_by_curl(self, name: str) -> list[str]:
        """The options of curl that carry the credentials of a scheme."""
        scheme = self.schemes.get(name, {})
        if scheme.get("type") == "apiKey":
            option = {"header": ["-H", f"{scheme['name']}: KEY"], "cookie": ["-b", f"{scheme['name']}=KEY"]}
            return [shlex.quote(part) for part in option.get(scheme["in"], ["--url-query", f"{scheme['name']}=KEY"])]
        if scheme.get("scheme") == "basic":
            return ["-u", "NAME:PASSWORD"]
        return ["-H", "'Authorization: Bearer TOKEN'"]

    def _target(self, path: str, parameters: list[tuple[Node, Any]]) -> str:
        query = []
        for node, sample in parameters:
            if node.place == "path":
                path = path.replace(f"{{{node.name}}}", quote(text_of(sample), safe=""))
            elif node.place == "query" and node.required:
                query.append((node.name, sample[0] if isinstance(sample, list) and sample else sample))
        return self._root + path + (f"?{urlencode(query)}" if query else "")

    def _row(self, parameter: Json) -> Node:
        node = self._node(parameter["name"], parameter["schema"], required=parameter["required"])
        node.description = parameter.get("description", "") or node.description
        node.place = parameter["in"]
        return node

    def _answer(self, status: str, response: Json) -> Answer:
        is_shared, response = "$ref" in response, self._followed(response)
        contents = [self._content(name, content) for name, content in response.get("content", {}).items()]
        for content in contents:
            if is_shared and content.tree is not None:
                content.tree.children = []  # The same at every operation: its example says enough.
        return Answer(status, response["description"], contents)

    def _content(self, media_type: str, content: Json) -> Content:
        schema = content.get("schema")
        if not schema:
            return Content(media_type, None, "")
        example = content.get("example")
        if example is None:
            given = [each["value"] for each in content.get("examples", {}).values() if "value" in each]
            example = given[0] if given else self._sample(schema)
        shown = json.dumps(example, indent=2, ensure_ascii=False) if "json" in media_type else ""
        tree = self._node("", schema)
        return Content(media_type, tree, shown, tree.children)

    def words_of(self, scheme: Json) -> str:
        """A security scheme in words."""
        if scheme["type"] == "apiKey":
            return f"the {scheme['in']} {scheme['name']}" if scheme["in"] != "query" else f"?{scheme['name']}="
        if scheme["type"] == "http" and scheme["scheme"] == "basic":
            return "name and password (HTTP Basic)"
        told = scheme.get("bearerFormat") or {"oauth2": "OAuth 2", "openIdConnect": "OpenID Connect"}.get(
            scheme["type"]
        )
        return f"Authorization: Bearer ...{f' ({told})' if told else ''}"

    # Schemas ----------------------------------------------------------------------------------------------------

    def _followed(self, value: Json) -> Json:
        """A component, where a reference stands for it; what is said beside the reference goes before it."""
        reference = value.get("$ref")
        if reference is None:
            return value
        found: Any = self._document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        return {**found, **{name: item for name, item in value.items() if name != "$ref"}}

    def _node(self, name: str, schema: Any, *, required: bool = False, seen: tuple[str, ...] = ()) -> Node:
        if not isinstance(schema, dict):
            return Node(name, "anything", required)
        followed = self._followed(schema)
        node = Node(name, self._type(schema), required, many=followed.get("type") == "array")
        node.notes, node.description = _notes(followed), followed.get("description", "")
        reference = self._record_in(schema)
        if len(seen) < _DEEPEST and reference not in seen:
            node.children = self._children(followed, (*seen, reference))
        return node

    def _record_in(self, schema: Json) -> str:
        """Which component is opened by a value: a record that holds itself is opened once."""
        return str(schema.get("$ref") or schema.get("items", {}).get("$ref") or id(schema))

    def _children(self, schema: Json, seen: tuple[str, ...]) -> list[Node]:
        required = schema.get("required", [])
        found = [
            self._node(name, part, required=name in required, seen=seen)
            for name, part in schema.get("properties", {}).items()
        ]
        for part in schema.get("allOf", []):
            found += self._children(self._followed(part), seen)
        if isinstance(schema.get("items"), dict):
            found += self._children(self._followed(schema["items"]), seen)
        values = schema.get("additionalProperties")
        if isinstance(values, dict) and self._children(self._followed(values), seen):
            found.append(self._node("(each value)", values, seen=seen))
        options = [part for part in schema.get("anyOf", []) if part != {"type": "null"}]
        records = [part for part in options if "$ref" in part and self._followed(part).get("properties")]
        if len(records) == 1 == len(options):
            return found + self._children(self._followed(records[0]), seen)
        return found + [self._node(f"as {self._type(part)}", part, seen=seen) for part in records]

    def _type(self, schema: Any) -> str:
        if not isinstance(schema, dict) or not schema:
            return "anything"
        if "$ref" in schema:
            followed = self._followed(schema)
            name = schema["$ref"].rpartition("/")[2]
            return name if "enum" not in followed else self._type({**followed})
        if "enum" in schema or "const" in schema:
            values = schema.get("enum", [schema.get("const")])
            return "one of " + ", ".join(json.dumps(value, ensure_ascii=False) for value in values[:24])
        if "anyOf" in schema:
            return " or ".join(dict.fromkeys(self._type(part) for part in schema["anyOf"]))
        if "allOf" in schema:
            return "object"
        kind = schema.get("type")
        if isinstance(kind, list):
            return " or ".join(self._type({**schema, "type": each}) for each in kind)
        if kind == "array":
            inner = self._type(schema["items"]) if schema.get("items") else ""
            return f"list of {'objects' if inner == 'object' else inner}" if inner else "list"
        if kind == "object":
            values = schema.get("additionalProperties")
            return f"object of {self._type(values)}" if isinstance(values, dict) and values else "object"
        if schema.get("contentMediaType"):
            return "file"
        return _FORMATS.get(schema.get("format", ""), "") or _NAMES.get(str(kind), str(kind or "anything"))

    def _sample(self, schema: Any, depth: int = 0) -> Any:
        """A value that would do."""
        if not isinstance(schema, dict):
            return None
        schema = self._followed(schema)
        for key in ("example", "default", "const"):
            if key in schema:
                return schema[key]
        for key in ("examples", "enum"):
            if schema.get(key):
                return schema[key][0]
        if depth > _DEEPEST:
            return None
        if "allOf" in schema:
            parts = [self._sample(part, depth + 1) for part in schema["allOf"]]
            return {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}
        if "anyOf" in schema:
            return self._sample(schema["anyOf"][0], depth + 1)
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            return {name: self._sample(part, depth + 1) for name, part in schema.get("properties", {}).items()}
        if kind == "array":
            return [self._sample(schema["items"], depth + 1)] if schema.get("items") else []
        return _sample_of_scalar(str(kind), schema)


def _sample_of_scalar(kind: str, schema: Json) -> Any:
    if kind == "string":
        text = _SAMPLES.get(schema.get("format", ""), "text")
        return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]
    value = _ORDINARY.get(kind)
    if kind in ("integer", "number"):
        low, high = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum")
        value = low if low is not None and low > value else value
        value = high if high is not None and high < value else value
    return value


def _bound(words: str, value: Any) -> str:
    one, many = words.partition("|")[::2]
    return (one if value == 1 and many else many or one).format(value)


def _notes(schema: Json) -> list[str]:
    found = [_bound(words, schema[name]) for name, words in _BOUNDS.items() if name in schema]
    if "default" in schema:
        found.append(f"default {json.dumps(schema['default'], ensure_ascii=False)}")
    for example in schema.get("examples", [])[:3] if isinstance(schema.get("examples"), list) else []:
        found.append(f"such as {json.dumps(example, ensure_ascii=False)}")
    return found


def prose(text: str) -> Markup:
    r"""A description as paragraphs, with what stands in backticks as code; the rest of Markdown stays as written.

    >>> prose("One `b` & two.\n\nThree.")
    Markup('<p>One <code>b</code> &amp; two.</p><p>Three.</p>')
    """
    paragraphs = [part for part in re.split(r"\n\s*\n", text.strip()) if part]
    marked = (_CODE.sub(r"<code>\1</code>", str(escape(part))) for part in paragraphs)
    return Markup("".join(f"<p>{part}</p>" for part in marked))


def _anchor(kind: str, name: str) -> str:
    return f"{kind}-" + re.sub(r"[^A-Za-z0-9_-]+", "-", name)
