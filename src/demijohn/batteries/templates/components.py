"""Components: templates that say which values they take, and are filled with what stands between their tags.

    {% props title: str, level: int = 2, kind: "plain" | "warning" = "plain" %}

declares them at the top of `components/card.html`, and any template uses it:

    {% component "card" title="Posts" %} ... {% slot footer %} ... {% endslot %}{% endcomponent %}

Theory. What is between the tags becomes macros, which see the names around them; they run before the component, and it
gets their text. The component's template sees its props, `slot`, `slots` and what every template knows, and nothing of
the page that uses it: what it is given is what it says. Both tags become filters, which a template calls directly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from .drawing import show, take
from .props import KINDS, Kind, Prop

SHOW: Final = "demijohn.show"
TAKE: Final = "demijohn.take"


@dataclass(slots=True)
class _Open:
    """A component whose tags are being read: the macros of its slots."""

    slots: dict[str, nodes.Macro] = field(default_factory=dict)


class Components(Extension):
    """The tags `component`, `slot` and `props`."""

    tags = {"component", "props", "slot"}

    def __init__(self, environment: jinja2.Environment) -> None:
        super().__init__(environment)
        environment.filters.update({SHOW: show, TAKE: take})

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
        if not slots:
            return nodes.Output([_call(SHOW, name, given, line=line)], lineno=line)
        filled = nodes.Dict(
            [nodes.Pair(nodes.Const(each), nodes.Name(macro.name, "load")) for each, macro in slots.items()]
        )
        shown = _call(SHOW, name, given, filled, line=line)
        kept = _keep_around(list(slots.values()))
        return nodes.Scope([*kept, *slots.values(), nodes.Output([shown], lineno=line)], lineno=line)

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
        taken = _call(TAKE, told, nodes.Const(tuple(plain)), line=line)
        names = ["slot", "slots", *(prop.name for prop in props)]
        target = nodes.Tuple([nodes.Name(name, "store") for name in names], "store")
        if parser._tag_stack != ["props"]:
            return [nodes.Assign(target, taken, lineno=line), *others]
        rest = self._rest(parser)
        # Blocks see what a whole template sets, and macros of it may be imported.
        is_whole = any(nodes.Template(rest).find_all((nodes.Block, nodes.Extends)))
        if is_whole or any(isinstance(node, nodes.Macro) for node in rest):
            return [nodes.Assign(target, taken, lineno=line), *others, *rest]
        return [nodes.With([target], [taken], [*others, *rest], lineno=line)]

    def _rest(self, parser: Parser) -> list[nodes.Node]:
        """All that follows the tag; the parser finds the end of the tag once more, as it looks for that itself."""
        end = next(parser.stream)
        rest = parser.subparse()
        parser.stream.push(parser.stream.current)
        parser.stream.current = end
        return rest

    def _fill(self, name: str, default: nodes.Expr) -> nodes.Node:
        """`name = default` if it was not given; the default is worked out only then."""
        given = nodes.Test(nodes.Name(name, "load"), "defined", [], [], None, None)
        return nodes.Assign(nodes.Name(name, "store"), nodes.CondExpr(given, nodes.Name(name, "load"), default))

    def _kind(self, parser: Parser) -> Kind:
        stream = parser.stream
        if stream.current.type == "name":
            token = next(stream)
            if token.value not in KINDS:
                parser.fail(
                    f'{token.value} is no type of a prop: {", ".join(KINDS)}, or values: "a" | "b".', token.lineno
                )
            return str(token.value)
        values = [parser.parse_primary().as_const()]
        while stream.skip_if("pipe"):
            values.append(parser.parse_primary().as_const())
        return tuple(values)


def _call(name: str, *arguments: nodes.Expr, line: int) -> nodes.Filter:
    return nodes.Filter(arguments[0], name, list(arguments[1:]), [], None, None, lineno=line)


_OF_MACROS: Final = ("caller", "kwargs", "varargs")


def _keep_around(slots: list[nodes.Macro]) -> list[nodes.Node]:
    """Have slots mean the `caller` of the macro around them: theirs would be the one of the macro that each becomes."""
    found: dict[str, int] = {}
    pending: list[nodes.Node] = [node for slot in slots for node in slot.body]
    while pending:
        node = pending.pop()
        if isinstance(node, nodes.Name) and node.ctx == "load" and node.name in _OF_MACROS:
            found[node.name] = node.lineno
            node.name = f"_outer_{node.name}"
        elif isinstance(node, nodes.CallBlock):
            pending.append(node.call)
        elif not isinstance(node, nodes.Macro):  # which has its own
            pending += node.iter_child_nodes()
    return [
        nodes.Assign(nodes.Name(f"_outer_{name}", "store"), nodes.Name(name, "load", lineno=line), lineno=line)
        for name, line in found.items()
    ]


def calls(tree: nodes.Template, name: str) -> list[tuple[nodes.Expr, ...]]:
    """What `SHOW` or `TAKE` is given, wherever a template calls it."""
    return [(node.node, *node.args) for node in tree.find_all(nodes.Filter) if node.name == name and node.node]


def _is_blank(body: list[nodes.Node]) -> bool:
    """Whether nothing but white space stands between two tags."""
    inner = [each for node in body for each in (node.nodes if isinstance(node, nodes.Output) else [node])]
    return all(isinstance(each, nodes.TemplateData) and not each.data.strip() for each in inner)
