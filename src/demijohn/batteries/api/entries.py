"""The entries of the page at `/docs`: operations, their parameters, bodies and answers, ready to be shown."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Node:
    """A value in a tree of a schema; `place` says where a parameter is, `many` that it is a list."""

    name: str
    type: str
    required: bool = False
    place: str = ""
    many: bool = False
    notes: list[str] = field(default_factory=list)
    description: str = ""
    children: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Content:
    """A body in one media type; `example` is text, empty where none can be shown."""

    media_type: str
    tree: Node | None
    example: str
    fields: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Answer:
    """One response."""

    status: str
    description: str
    contents: list[Content]


@dataclass(slots=True)
class Operation:
    """One operation, ready to be shown."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    deprecated: bool
    security: list[str]
    parameters: list[tuple[Node, Any]]
    bodies: list[Content]
    body_required: bool
    answers: list[Answer]
    root: str = ""
    target: str = ""
    words: str = ""
    kind: str = "paths"
    credentials: list[str] = field(default_factory=list)

    @property
    def nodes(self) -> list[Node]:
        """The parameters, as rows."""
        return [node for node, _ in self.parameters]

    @property
    def fields(self) -> list[tuple[Node, str]]:
        """The parameters that a script may send, each with a value that would do: cookies are the browser's."""
        return [(node, text_of(sample)) for node, sample in self.parameters if node.place != "cookie"]

    @property
    def schemes(self) -> list[str]:
        """The names of all security schemes that it knows."""
        return [name for each in self.security for name in each.split(" and ") if name != "none"]

    @property
    def is_asked(self) -> bool:
        """Whether it is asked for by a request: a WebSocket is not, and a webhook is what this app asks others for."""
        return self.kind == "paths"

    def is_near(self, own: str) -> bool:
        """Whether it is a site's own, so that a page of that site may ask for it."""
        return not self.root.startswith("http") or self.root == own or self.root.startswith(f"{own}/")

    def curl(self, own: str) -> str:
        """A command that asks for it."""
        parts = ["curl"] if self.method == "GET" else ["curl", "-X", self.method]
        origin = "" if self.target.startswith("http") else own
        parts.append(shlex.quote(origin + self.target))
        parts += self.credentials
        for node, sample in self.parameters:
            if node.required and node.place == "header":
                parts += ["-H", shlex.quote(f"{node.name}: {text_of(sample)}")]
            elif node.required and node.place == "cookie":
                parts += ["-b", shlex.quote(f"{node.name}={text_of(sample)}")]
        for body in self.bodies[:1]:
            if body.media_type == "application/json":
                parts += ["--json", shlex.quote(_one_line(body.example))]
            elif body.media_type == "multipart/form-data":
                for node in body.fields:
                    parts += ["-F", shlex.quote(f"{node.name}={'@file' if 'file' in node.type else 'text'}")]
            elif body.media_type != "*/*":
                for node in body.fields:
                    parts += ["--data-urlencode", shlex.quote(f"{node.name}=text")]
            else:
                parts += ["--data-binary", "@file"]
        return " ".join(parts)


@dataclass(slots=True)
class Group:
    """The operations of one tag."""

    name: str
    id: str
    description: str
    operations: list[Operation]


def text_of(sample: Any) -> str:
    """A sample as it is written in a URL or header."""
    if isinstance(sample, list):
        return ",".join(map(text_of, sample))
    return sample if isinstance(sample, str) else json.dumps(sample)


def _one_line(example: str) -> str:
    return json.dumps(json.loads(example), ensure_ascii=False) if example else ""
