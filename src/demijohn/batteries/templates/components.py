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
from functools import lru_cache
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


@lru_cache(maxsize=1000)
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
        slots = opened.pop().slots
        if not _is_blank(body):
            slots[""] = self._macro(parser, "", body, line)
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
        props: list[Prop] = []
        plain: list[tuple[str, str, Any]] = []
        others: list[nodes.Node] = []
        while parser.stream.current.type != "block_end":
            name = parser.stream.expect("name").value
            kind = self._kind(parser) if parser.stream.skip_if("colon") else "any"
            has_default = bool(parser.stream.skip_if("assign"))
            props.append(Prop(name, kind, not has_default))
            if has_default:
                default = parser.parse_expression()
                if isinstance(default, nodes.Const):
                    plain.append((name, type(default.value).__name__, default.value))
                else:
                    others.append(self._fill(name, default))
            parser.stream.skip_if("comma")
        # One call for all of them: a page may show a component in each of a thousand rows.
        told = nodes.Const(tuple((prop.name, prop.kind, prop.required) for prop in props))
        taken = self.call_method("take", [nodes.ContextReference(), told, nodes.Const(tuple(plain))], lineno=line)
        names = ["slot", "slots", *(prop.name for prop in props)]
        target = nodes.Tuple([nodes.Name(name, "store") for name in names], "store")
        return [nodes.Assign(target, taken, lineno=line), *others]

    def _fill(self, name: str, default: nodes.Expr) -> nodes.Node:
        """`name = default` if it was not given; the default is worked out only then."""
        given = nodes.Test(nodes.Name(name, "load"), "defined", [], [], None, None)
        return nodes.Assign(nodes.Name(name, "store"), nodes.CondExpr(given, nodes.Name(name, "load"), default))

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
        environment = context.environment
        template = environment.get_template(template_name(name))
        filled = {each: Markup(str.strip(make())) for each, make in slots.items()}
        around = {key: context.parent[key] for key in _AROUND if key in context.parent}
        slot = filled.pop("", _EMPTY)
        names = {**template.globals, **around, "slot": slot, "slots": _Slots(filled), GIVEN: (name, given), **given}
        # As `template.render` does, but for copies of all names; what goes wrong is told by the page around it.
        return Markup(environment.concat(template.root_render_func(template.new_context(names, shared=True))))

    @staticmethod
    def take(context: Context, told: _Told, plain: _Plain) -> tuple[Any, ...]:
        """What a component was given: `slot`, `slots`, and each of its props, or what stands for one that is missing.

        All that is wrong with them is said at once.
        """
        parent = context.parent
        declared = _declaration(told, plain)
        name, given = parent.get(GIVEN, (context.name, None))
        if given is None:  # rendered as a page: the values are its context
            given = {key: parent[key] for key in declared.props if key in parent}
        wrong = declared.problems(given)
        if wrong:
            raise ComponentError(f"The component {name} {', and '.join(wrong)}.")
        slots = parent.get("slots")
        return (
            parent.get("slot", _EMPTY),
            slots if isinstance(slots, _Slots) else _Slots(),
            *{**declared.blank, **given}.values(),
        )


_EMPTY: Final = Markup()
_Told: TypeAlias = "tuple[tuple[str, Kind, bool], ...]"
_Plain: TypeAlias = "tuple[tuple[str, str, Any], ...]"


@dataclass(frozen=True, slots=True)
class _Declaration:
    """The props of a component: by name, those that it needs, and what each is when it is not given."""

    props: Mapping[str, Prop]
    required: frozenset[str]
    blank: Mapping[str, Any]

    def problems(self, given: Mapping[str, Any]) -> list[str]:
        """What is wrong with what it is given: mostly nothing."""
        for name, value in given.items():
            prop = self.props.get(name)
            if prop is None or prop.check(value) is not None:
                break
        else:
            if self.required <= given.keys():
                return []
        return problems(list(self.props.values()), given)


@lru_cache(maxsize=1000)
def _declaration(told: _Told, plain: _Plain) -> _Declaration:
    """What the tag `props` says; the types stand beside the values so that 1, 1.0 and true are told apart."""
    props = [Prop(*each) for each in told]
    blank = dict.fromkeys((prop.name for prop in props), missing) | {name: value for name, _, value in plain}
    return _Declaration({prop.name: prop for prop in props}, frozenset(p.name for p in props if p.required), blank)


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


def _is_blank(body: list[nodes.Node]) -> bool:
    """Whether nothing but white space stands between two tags."""
    inner = [each for node in body for each in (node.nodes if isinstance(node, nodes.Output) else [node])]
    return all(isinstance(each, nodes.TemplateData) and not each.data.strip() for each in inner)


def _either(values: tuple[Any, ...]) -> str:
    return " | ".join(map(repr, values))


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
