"""Forms in forms: `<form>{{ form }}</form>`, as Django has it, where `{{ form }}` brings its own tag."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes

_TAG = re.compile(r"<(/?)form\b", re.IGNORECASE)


def forms_in_forms(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    """The names that are printed inside of a form's tag and are called like a form, with their lines.

    >>> import jinja2
    >>> list(forms_in_forms(jinja2.Environment().parse("<form>{{ form }}</form> {{ form }}")))
    [('form', 1)]
    """
    inside = False
    for node in _in_order(tree):
        if isinstance(node, nodes.TemplateData):
            for tag in _TAG.finditer(node.data):
                inside = not tag[1]
        elif inside and isinstance(node, nodes.Name) and (node.name == "form" or node.name.endswith("_form")):
            yield node.name, node.lineno


def _in_order(node: nodes.Node) -> Iterator[nodes.Node]:
    """Text and what is printed as it is, in the order of the page."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Output):
            yield from child.nodes
        elif not isinstance(child, nodes.Expr):
            yield from _in_order(child)
