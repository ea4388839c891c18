"""Components: templates that say which values they take, and are filled with what stands between their tags.

    {% props title: str, level: int = 2, kind: "plain" | "warning" = "plain" %}

declares them at the top of `components/card.html`, and any template uses it:

    {% component "card" title="Posts" %} ... {% slot footer %} ... {% endslot %}{% endcomponent %}

Theory. What is between the tags becomes macros, which see the names around them; they run before the component, and it
gets their text. The component's template sees its props, `slot`, `slots` and what every template knows, and nothing of
the page that uses it: what it is given is what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import jinja2
from jinja2 import nodes, pass_context
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.utils import missing

from ...foundation.markup import Markup

FOLDER: Final = "components"
_AROUND: Final = frozenset(["request", "demijohn.request"])
GIVEN: Final = "demijohn.props"
"""Under which name a component finds what it was given; no template can say it."""

Kind: TypeAlias = "str | tuple[Any, ...]"
"""What a prop may be: a type by its name, or the values to choose from."""

_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "any": (object,),
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "list": (list, tuple, set, frozenset),
    "dict": (dict,),
}


class ComponentError(jinja2.TemplateRuntimeError):
    """A component was not given what it takes."""


def template_name(component: str) -> str:
    """The template of a component: "card" is components/card.html, what has a suffix is a template itself.

    >>> template_name("card"), template_name("shop/card.html")
    ('components/card.html', 'shop/card.html')
    """
    return component if "." in component.rpartition("/")[2] else f"{FOLDER}/{component}.html"


@dataclass(frozen=True, slots=True)
class Prop:
    """One value that a component takes."""

    name: str
    kind: Kind
    required: bool

    def check(self, value: Any) -> str | None:
        """What is wrong with a value, or nothing."""
        if isinstance(self.kind, tuple):
            return None if value in self.kind else f"is one of {_either(self.kind)}, not {value!r}"
        right = isinstance(value, _KINDS[self.kind]) and (self.kind in {"bool", "any"} or not isinstance(value, bool))
        return None if right else f"is {_article(self.kind)}, not {value!r}"


@dataclass(slots=True)
class _Open:
    """A component whose tags are being read: the macros of its slots."""

    slots: dict[str, nodes.Macro] = field(default_factory=dict)


class Components(Extension):
    """The tags `component`, `slot` and `props`."""

    tags = {"component", "props", "slot"}

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        """One of the tags; raises `TemplateSyntaxError`."""
        token = next(parser.stream)
        read: Callable[[Parser, int], Any] = getattr(self, f"_read_{token.value}")
        found: nodes.Node | list[nodes.Node] = read(parser, token.lineno)
        return found

    # What stands in the page that uses a component ---------------------------------------------------

    def _read_component(self, parser: Parser, line: int) -> nodes.Node:
        name = parser.parse_primary()
        given = nodes.Dict(self._arguments(parser), lineno=line)
        opened: list[_Open] = parser.__dict__.setdefault("open_components", [])
        opened.append(_Open())
        body = parser.parse_statements(("name:endcomponent",), drop_needle=True)
        slots = {"": self._macro(parser, "", body, line), **opened.pop().slots}
        filled = nodes.Dict(
            [nodes.Pair(nodes.Const(each), nodes.Name(macro.name, "load")) for each, macro in slots.items()]
        )
        shown = self.call_method("show", [nodes.ContextReference(), name, given, filled], lineno=line)
        return nodes.Scope([*slots.values(), nodes.Output([shown], lineno=line)], lineno=line)

    def _read_slot(self, parser: Parser, line: int) -> list[nodes.Node]:
        name = parser.stream.expect("name").value
        opened: list[_Open] = parser.__dict__.get("open_components", [])
        if not opened or parser._tag_stack[-2:-1] != ["component"]:
            parser.fail("{% slot %} stands directly between {% component %} and {% endcomponent %}.", line)
        if name in opened[-1].slots:
            parser.fail(f"The slot {name} is filled twice.", line)
        body = parser.parse_statements(("name:endslot",), drop_needle=True)
        opened[-1].slots[name] = self._macro(parser, name, body, line)
        return []

    def _macro(self, parser: Parser, name: str, body: list[nodes.Node], line: int) -> nodes.Macro:
        number = parser.__dict__["slot_number"] = parser.__dict__.get("slot_number", 0) + 1
        return nodes.Macro(f"_slot_{number}_{name}", [], [], body, lineno=line)

    def _arguments(self, parser: Parser) -> list[nodes.Pair]:
        pairs = []
        while parser.stream.current.type != "block_end":
            token = parser.stream.expect("name")
            value = parser.parse_expression() if parser.stream.skip_if("assign") else nodes.Const(True)
            pairs.append(nodes.Pair(nodes.Const(token.value), value, lineno=token.lineno))
            parser.stream.skip_if("comma")
        return pairs

    # What stands in a component ----------------------------------------------------------------------

    def _read_props(self, parser: Parser, line: int) -> list[nodes.Node]:
        declared: list[nodes.Node] = []
        props: list[tuple[Prop, nodes.Expr]] = []
        while parser.stream.current.type != "block_end":
            name = parser.stream.expect("name").value
            kind = self._kind(parser) if parser.stream.skip_if("colon") else "any"
            has_default = bool(parser.stream.skip_if("assign"))
            default: nodes.Expr = parser.parse_expression() if has_default else nodes.Const(None)
            props.append((Prop(name, kind, not has_default), default))
            parser.stream.skip_if("comma")
        told = nodes.Const(tuple((prop.name, prop.kind, prop.required) for prop, _ in props))
        checked = self.call_method("declare", [nodes.ContextReference(), told], lineno=line)
        declared.append(nodes.ExprStmt(checked, lineno=line))
        filled = self.call_method("filled", [nodes.ContextReference()], lineno=line)
        declared.append(nodes.Assign(nodes.Name("slots", "store"), filled, lineno=line))
        props.append((Prop("slot", "any", required=False), nodes.Const("")))
        for prop, default in props:
            value = self.call_method("value", [nodes.ContextReference(), nodes.Const(prop.name), default], lineno=line)
            declared.append(nodes.Assign(nodes.Name(prop.name, "store"), value, lineno=line))
        return declared

    def _kind(self, parser: Parser) -> Kind:
        stream = parser.stream
        if stream.current.type == "name":
            token = next(stream)
            if token.value not in _KINDS:
                parser.fail(
                    f'{token.value} is no type of a prop: {", ".join(_KINDS)}, or values: "a" | "b".', token.lineno
                )
            return str(token.value)
        values = [parser.parse_primary().as_const()]
        while stream.skip_if("pipe"):
            values.append(parser.parse_primary().as_const())
        return tuple(values)

    # At run time -------------------------------------------------------------------------------------

    @staticmethod
    def show(context: Context, name: str, given: dict[str, Any], slots: Mapping[str, Callable[[], str]]) -> Markup:
        """The text of a component; raises `ComponentError`, and `TemplateNotFound`."""
        template = context.environment.get_template(template_name(name), parent=context.name)
        filled = {each: Markup(make().strip()) for each, make in slots.items()}
        names = {"slot": filled.pop("", Markup()), "slots": _Slots(filled), GIVEN: (name, given), **given}
        around = {key: context.parent[key] for key in _AROUND if key in context.parent}
        return Markup(template.render({**around, **names}))

    @staticmethod
    def declare(context: Context, declared: tuple[tuple[str, Kind, bool], ...]) -> None:
        """Hold what a component was given against what it takes; all that is wrong is said at once."""
        name, given = context.parent.get(GIVEN, (context.name, None))
        if given is None:  # rendered as a page: the values are its context
            given = {key: context.parent[key] for key, _, _ in declared if key in context.parent}
        wrong = problems([Prop(*each) for each in declared], given)
        if wrong:
            raise ComponentError(f"The component {name} {', and '.join(wrong)}.")

    @staticmethod
    def filled(context: Context) -> _Slots:
        """The slots that were filled; none of a component that is rendered as a page."""
        found = context.parent.get("slots")
        return found if isinstance(found, _Slots) else _Slots()

    @staticmethod
    def value(context: Context, name: str, default: Any) -> Any:
        """What a component was given for a prop, else its default."""
        found = context.parent.get(name, missing)
        return default if found is missing else found


class _Slots(dict[str, Markup]):
    """The slots that were filled, by name; others are empty."""

    def __missing__(self, name: str) -> Markup:
        return Markup()


@pass_context
def component(context: Context, name: str, /, **given: Any) -> Markup:
    """A component as a function, where nothing is to stand in it: `{{ component("card", title="Posts") }}`."""
    return Components.show(context, name, given, {})


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
