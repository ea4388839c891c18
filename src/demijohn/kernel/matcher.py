"""Finding the route of a path: a dict for paths without parameters, a trie of segments for the others.

A path that is in the dict costs one look-up, whatever else there is; one whose only parameter comes last, or last but
one, costs little more.
In the trie, each node tries its children from the most to the least specific (literal, mixed, parameter, rest),
whatever the order they were written in; where a more specific branch leads nowhere, the next one is tried. The work is
bounded by the depth of the path, not by the number of routes. No regular expression spans more than one segment.
"""

from __future__ import annotations

import re
from typing import Generic, TypeVar

from .paths import LITERAL, MIXED, PARAMETER, REST, PathPattern, mixed_expression

T = TypeVar("T")
Methods = dict[str, T]
Found = tuple[dict[str, T], tuple[str, ...]]


class _Node(Generic[T]):
    __slots__ = ("literals", "methods", "mixed", "parameter", "rest")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[T]] = {}
        self.mixed: list[tuple[re.Pattern[str], _Node[T]]] = []
        self.parameter: _Node[T] | None = None
        self.rest: Methods[T] | None = None
        self.methods: Methods[T] | None = None


class Matcher(Generic[T]):
    """Maps paths to what answers them, by method."""

    __slots__ = ("_ends", "_root", "_tails", "static")

    def __init__(self) -> None:
        self.static: dict[str, Methods[T]] = {}
        self._root: _Node[T] = _Node()
        self._tails: dict[str, Methods[T]] = {}
        self._ends: dict[str, dict[str, Methods[T]]] = {}

    def methods_at(self, pattern: PathPattern) -> Methods[T]:
        """The methods of a pattern, made if it is new: fill in what answers each."""
        if pattern.is_static:
            return self.static.setdefault(pattern.text, {})
        node = self._root
        for segment in pattern.segments:
            if segment.kind == LITERAL:
                node = node.literals.setdefault(segment.text, _Node())
            elif segment.kind == MIXED:
                node = self._mixed_child(node, mixed_expression(segment))
            elif segment.kind == PARAMETER:
                if node.parameter is None:
                    node.parameter = _Node()
                node = node.parameter
            else:
                assert segment.kind == REST
                if node.rest is None:
                    node.rest = {}
                return node.rest
        if node.methods is None:
            node.methods = {}
        return node.methods

    def find(self, path: str) -> Found[T] | None:
        """What answers a path, and the texts its parameters matched."""
        methods = self.static.get(path)
        if methods is not None:
            return methods, ()
        return self.find_parametric(path)

    def find_parametric(self, path: str) -> Found[T] | None:
        """As `find`, for a path that is known not to be in the dict."""
        prefix, slash, tail = path.rpartition("/")
        methods = self._tails.get(prefix)
        if methods is not None and tail and slash:
            return methods, (tail,)
        ends = self._ends.get(tail)
        if ends is not None:
            prefix, slash, text = prefix.rpartition("/")
            methods = ends.get(prefix)
            if methods is not None and text and slash:
                return methods, (text,)
        if path[:1] != "/":
            return None  # Some servers pass on what does not begin with a slash: it is nobody's path.
        segments = path[1:].split("/")
        return self._walk(segments) or self._search(self._root, segments, 0, ())

    def freeze(self) -> None:
        """Called when all patterns are in: paths whose one parameter comes last, `/users/{id}`, get a dict as well.

        So do those with one literal behind it, `/users/{id}/edit`, by that literal. Literal segments win at every
        depth, so that nothing in the trie could answer such a path before, but a mixed segment beside the parameter,
        and where more follows, a literal one.
        """
        self._tails, self._ends = {}, {}
        nodes = [("", self._root)]
        while nodes:
            prefix, node = nodes.pop()
            parameter = None if node.mixed else node.parameter
            if parameter is not None and parameter.methods is not None:
                self._tails[prefix] = parameter.methods
            if parameter is not None and not node.literals:
                for text, child in parameter.literals.items():
                    if child.methods is not None:
                        self._ends.setdefault(text, {})[prefix] = child.methods
            nodes += [(f"{prefix}/{text}", child) for text, child in node.literals.items()]

    def all_methods(self) -> list[Methods[T]]:
        """Every address's methods."""
        found = list(self.static.values())
        nodes = [self._root]
        while nodes:
            node = nodes.pop()
            found += [methods for methods in (node.methods, node.rest) if methods is not None]
            nodes += [*node.literals.values(), *(child for _, child in node.mixed)]
            nodes += [] if node.parameter is None else [node.parameter]
        return found

    def _mixed_child(self, node: _Node[T], expression: re.Pattern[str]) -> _Node[T]:
        for known, child in node.mixed:
            if known.pattern == expression.pattern:
                return child
        child = _Node()
        node.mixed.append((expression, child))
        # Longer patterns have more literal text in them: they are asked first.
        node.mixed.sort(key=lambda pair: -len(pair[0].pattern))
        return child

    def _walk(self, segments: list[str]) -> Found[T] | None:
        """The way that most paths go: at each node the literal, else the parameter, and never back.

        What it finds, the search would find first; where it finds nothing, another branch still may.
        """
        node, captured = self._root, []
        for text in segments:
            child = node.literals.get(text)
            if child is None:
                child = node.parameter
                if child is None or node.mixed or not text:
                    return None
                captured.append(text)
            node = child
        return None if node.methods is None else (node.methods, tuple(captured))

    def _search(self, node: _Node[T], segments: list[str], index: int, captured: tuple[str, ...]) -> Found[T] | None:
        if index == len(segments):
            return None if node.methods is None else (node.methods, captured)
        text = segments[index]
        child = node.literals.get(text)
        if child is not None:
            found = self._search(child, segments, index + 1, captured)
            if found is not None:
                return found
        for expression, child in node.mixed:
            match = expression.fullmatch(text)
            if match is not None:
                found = self._search(child, segments, index + 1, captured + match.groups())
                if found is not None:
                    return found
        if node.parameter is not None and text:
            found = self._search(node.parameter, segments, index + 1, (*captured, text))
            if found is not None:
                return found
        if node.rest is not None:
            rest = "/".join(segments[index:])
            if rest:
                return node.rest, (*captured, rest)
        return None
