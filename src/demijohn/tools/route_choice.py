"""Which route answers an address, and why each of the others does not: the facts that `demijohn routes URL` prints."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from ..foundation.http.host import split_host
from ..kernel.grammar import read
from ..kernel.kernel import Kernel
from ..kernel.link_values import shown_type, taken_by
from ..kernel.matcher import Matcher
from ..kernel.mounts import Mount
from ..kernel.paths import LITERAL, MIXED, PARAMETER, REST, PathPattern, mixed_expression
from ..kernel.routes import Route

_WHY = {
    LITERAL: "plain text in a path goes before a parameter",
    MIXED: "a parameter with text beside it goes before a bare one",
    PARAMETER: "a parameter of one segment goes before one that takes the rest",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A route that does not answer, and why."""

    route: Route
    why: str


@dataclass(slots=True)
class Choice:
    """What becomes of a request: `status` is 200 if `winner` takes it (what the handler makes of it, nobody knows).

    `captured` are the texts of its parameters, `types` what they are read as, and `refused` those that cannot be.
    `mounted` is the app that it is passed on to, for the address `inner` in it.
    """

    method: str
    host: str
    path: str
    status: int = 200
    why: str = ""
    winner: Route | None = None
    captured: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    others: list[Verdict] = field(default_factory=list)
    mounted: Mount | None = None
    inner: str | None = None


def choose(kernel: Kernel, method: str, url: str) -> Choice:
    """What becomes of a method and URL; one without a host is asked on a host that no route is bound to."""
    parts = urlsplit(url)
    choice = Choice(method, parts.netloc.rpartition("@")[2].lower(), unquote(parts.path) or "/")
    name = split_host(choice.host)[0]
    if name and not kernel.heads.answers_to(name):
        choice.status, choice.why = 400, f"the app does not answer to {name}. Security(hosts=[...]) names its hosts."
        return choice
    choice.winner, choice.allowed = kernel.explain(method, choice.path, choice.host)
    fits = [(route, captured) for route in kernel.routes if (captured := _fit(route, name, choice.path)) is not None]
    answering = next((route for route, captured in fits if route is choice.winner), None)
    mount = next((mount for mount in kernel.mounts if choice.winner and mount.where is choice.winner.where), None)
    if mount is not None:
        choice.mounted = mount
        choice.inner = None if mount.kernel is None else _below(mount, choice)
    elif answering is not None:
        choice.captured = dict(zip(answering.names, _fit(answering, name, choice.path) or (), strict=True))
        _read(kernel, choice, answering)
    elif choice.allowed:
        names = ", ".join(sorted(choice.allowed))
        choice.status, choice.why = 405, f"this address answers {names}."
    else:
        _miss(kernel, choice, fits)
    best = choice.winner or next((route for route, captured in fits if captured is not None), None)
    choice.others = [Verdict(route, _reason(best, route, name)) for route, _ in fits if route is not choice.winner]
    others = [route for route in kernel.routes if route.hosts and _captured(route.pattern, choice.path) is not None]
    shown = {id(verdict.route) for verdict in choice.others} | {id(choice.winner)}
    choice.others += [
        Verdict(route, "it is bound to its host" + ("" if name else ", and the URL names none"))
        for route in others if id(route) not in shown
    ]  # fmt: skip
    return choice


def misses(kernel: Kernel, path: str, count: int = 3) -> list[Verdict]:
    """The routes whose paths are nearest to one that none has, and where they part."""
    near = difflib.get_close_matches(path, {route.path for route in kernel.routes}, n=count, cutoff=0.6)
    return [
        Verdict(route, _parting(route.pattern, path)) for text in near for route in kernel.routes if route.path == text
    ]


def _fit(route: Route, name: str, path: str) -> tuple[str, ...] | None:
    """What a route's parameters would take of a host and path; None if it does not fit."""
    captured = _captured(route.pattern, path)
    if captured is None or not route.hosts:
        return captured
    found = next((texts for host in route.hosts if (texts := host.match(name)) is not None), None)
    return None if found is None else found + captured


def _captured(pattern: PathPattern, path: str) -> tuple[str, ...] | None:
    alone: Matcher[bool] = Matcher()
    alone.methods_at(pattern)["*"] = True
    found = alone.find(path)
    return None if found is None else found[1]


def _read(kernel: Kernel, choice: Choice, route: Route) -> None:
    taken = taken_by(route, kernel.parts)
    for name, text in choice.captured.items():
        kind: Any = taken.types.get(name, str)
        choice.types[name] = shown_type(kind)
        try:
            read(text, kind, in_path=True, converters=taken.converters)
        except ValueError as error:
            choice.status = 404
            choice.refused[name] = str(error).rstrip(".")


def _miss(kernel: Kernel, choice: Choice, fits: list[tuple[Route, Any]]) -> None:
    bound = any(route.hosts and _captured(route.pattern, choice.path) is not None for route in kernel.routes)
    strange = not any(host.match(split_host(choice.host)[0]) for route in kernel.routes for host in route.hosts)
    if bound and not fits and strange:
        choice.status, choice.why = 421, "such a path is on other hosts only."
    else:
        choice.status, choice.why = 404, "no route has such a path."


def _below(mount: Mount, choice: Choice) -> str:
    inside = choice.path[len(mount.prefix) :] or "/"
    return f"//{choice.host}{inside}" if choice.host else inside


def _reason(winner: Route | None, other: Route, name: str) -> str:
    """Why one of two routes that fit an address goes before the other."""
    if winner is None or winner is other:
        return "it answers other methods"
    ours, theirs = _host_of(winner, name), _host_of(other, name)
    if ours is not None and theirs is None:
        return "what is bound to this host goes before what is on every host"
    if ours is not None and theirs is not None and ours.shape != theirs.shape:
        return f"{ours.text} fits this host better"
    if winner.pattern.shape == other.pattern.shape:
        return "it answers other methods"
    if winner.pattern.is_static:
        return "a path without parameters goes before all others"
    for own, another in zip(winner.pattern.segments, other.pattern.segments, strict=False):
        if own.kind != another.kind:
            return _WHY.get(own.kind, "it is more specific")
    return "more text in a segment goes before less"


def _host_of(route: Route, name: str) -> Any:
    return next((host for host in route.hosts if host.match(name) is not None), None)


def _parting(pattern: PathPattern, path: str) -> str:
    """At which segment a path leaves a pattern."""
    texts = path[1:].split("/")
    for number, segment in enumerate(pattern.segments, start=1):
        if segment.kind == REST:
            return "there is nothing for its rest"
        if number > len(texts):
            return f"it goes on with {segment.text!r}"
        text = texts[number - 1]
        if segment.kind == LITERAL and text != segment.text:
            return f"segment {number} is {segment.text!r}, not {text!r}"
        if segment.kind == MIXED and mixed_expression(segment).fullmatch(text) is None:
            return f"segment {number}, {text!r}, is not written {segment.text}"
        if not text:
            return f"segment {number} is empty"
    return f"it ends before {'/'.join(texts[len(pattern.segments) :])!r}"
