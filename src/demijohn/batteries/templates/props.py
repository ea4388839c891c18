"""The props of components: what they are declared to be, and what is wrong with what they are given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec
from jinja2.utils import missing

from ...foundation.markup import Markup

Kind: TypeAlias = "str | tuple[Any, ...]"
"""What a prop may be: a type by its name, or the values to choose from."""

KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "any": (object,),
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "list": (list, tuple, set, frozenset),
    "dict": (dict,),
}
# Types whose values are right at a glance: those of a subclass are looked at more closely.
_AT_A_GLANCE: Final = {"str": frozenset({str, Markup})}

Told: TypeAlias = "tuple[tuple[str, Kind, bool], ...]"
"""What the tag `props` says of each: its name, its kind, and whether it must be given."""

Plain: TypeAlias = "tuple[tuple[str, str, Any], ...]"
"""The defaults that are plain values, each with its prop and the name of its type."""


class Prop(msgspec.Struct, frozen=True):
    """One value that a component takes."""

    name: str
    kind: Kind
    required: bool

    def check(self, value: Any) -> str | None:
        """What is wrong with a value, or nothing."""
        if isinstance(self.kind, tuple):
            return None if value in self.kind else f"is one of {_either(self.kind)}, not {value!r}"
        right = isinstance(value, KINDS[self.kind]) and (self.kind in {"bool", "any"} or not isinstance(value, bool))
        return None if right else f"is {_article(self.kind)}, not {value!r}"


class Declaration:
    """The props of a component: those that it needs, and what each is when it is not given."""

    def __init__(self, props: list[Prop], plain: Plain) -> None:
        self.props = {prop.name: prop for prop in props}
        self._required = frozenset(prop.name for prop in props if prop.required)
        self._glance = {prop.name: _glance(prop) for prop in props}
        self._blank = dict.fromkeys(self.props, missing) | {name: value for name, _, value in plain}

    def filled(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """All props, in their order: `missing` for those that are still to be worked out."""
        return {**self._blank, **given}

    def problems(self, given: Mapping[str, Any]) -> list[str]:
        """What is wrong with what it is given: mostly nothing."""
        glance = self._glance
        for name, value in given.items():
            kinds = glance.get(name, _UNKNOWN)
            if kinds is not None and type(value) not in kinds and self._is_wrong(name, value):
                break
        else:
            if self._required <= given.keys():
                return []
        return problems(list(self.props.values()), given)

    def _is_wrong(self, name: str, value: Any) -> bool:
        prop = self.props.get(name)
        return prop is None or prop.check(value) is not None


_UNKNOWN: Final[frozenset[type]] = frozenset()


def _glance(prop: Prop) -> frozenset[type] | None:
    """The types whose values need no closer look; None for a prop that takes anything."""
    if isinstance(prop.kind, tuple):
        return _UNKNOWN
    return None if prop.kind == "any" else _AT_A_GLANCE.get(prop.kind) or frozenset(KINDS[prop.kind])


@lru_cache(maxsize=1000)
def declared(told: Told, plain: Plain) -> Declaration:
    """What the tag `props` says; the types stand beside the values so that 1, 1.0 and true are told apart."""
    return Declaration([Prop(*each) for each in told], plain)


def problems(declared: list[Prop], given: Mapping[str, Any], *, values: bool = True) -> list[str]:
    """What is wrong with what a component is given; the names alone, unless `values`."""
    known = {prop.name: prop for prop in declared}
    wrong = [f"has no prop {name}, only {', '.join(known) or 'none'}" for name in given if name not in known]
    wrong += [f"needs {prop.name}" for prop in declared if prop.required and prop.name not in given]
    if values:
        told = ((name, known[name].check(value)) for name, value in given.items() if name in known)
        wrong += [f"says that {name} {problem}" for name, problem in told if problem]
    return wrong


def _either(values: tuple[Any, ...]) -> str:
    return " | ".join(map(repr, values))


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
