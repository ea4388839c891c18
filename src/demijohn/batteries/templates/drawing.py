"""Components at run time: what the page that uses one calls, and what the component's own tag `props` calls.

A page may show one in each of a thousand rows, so that what does not change between two of them is kept with the page:
the names that every component knows, and what each component is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import jinja2
import jinja2.runtime
from jinja2 import pass_context

from ...foundation.markup import Markup
from .names import REQUEST, is_text
from .props import Declaration, Plain, Told, declared

FOLDER: Final = "components"
_AROUND: Final = ("request", REQUEST)
_COMPONENTS: Final = "demijohn.components"
"""Under which name a page keeps its components; no template can say it."""

_EMPTY: Final = Markup()


class ComponentError(jinja2.TemplateRuntimeError):
    """A component was not given what it takes."""


@lru_cache(maxsize=1000)
def template_name(component: str) -> str:
    """The template of a component: "card" is components/card.html, what has a suffix is a template itself.

    >>> template_name("card"), template_name("shop/card.html")
    ('components/card.html', 'shop/card.html')
    """
    return component if "." in component.rpartition("/")[2] else f"{FOLDER}/{component}.html"


class Slots(dict[str, Markup]):
    """The slots that were filled, by name; others are empty."""

    def __missing__(self, name: str) -> Markup:
        return _EMPTY


_NO_SLOTS: Final = Slots()


class Context(jinja2.runtime.Context):
    """Jinja's, which knows the components of its page, and in a component what it was given."""

    components: _Components | None = None
    use: tuple[_Used, Mapping[str, Any], Markup, Slots] | None = None


class _Used:
    """One component in a page: its template, and the context that all its uses are copies of."""

    def __init__(self, name: str, template: jinja2.Template, names: dict[str, Any], page: _Components) -> None:
        self.name = name
        self.template = template
        self.draw = template.root_render_func
        # Text is escaped where a page of HTML shows it, as nothing is escaped in the text itself.
        self.mark: type[str] = str if is_text(template.name or "") else Markup
        self.declaration: Declaration | None = None
        # As `template.render` would make one, but that all names are there already.
        context = template.new_context(names, shared=True)
        self._kind = type(context)
        self._same = {**vars(context), "components": page}
        self._blocks = template.blocks

    def context(self, given: dict[str, Any], slot: Markup, slots: Slots) -> Any:
        """The context of one use."""
        made = object.__new__(self._kind)
        made.__dict__ = {
            **self._same,
            "blocks": {name: [block] for name, block in self._blocks.items()} if self._blocks else {},
            # Where props are declared, the tag makes names of them.
            "vars": {"slot": slot, "slots": slots, **given} if self.declaration is None else {},
            "use": (self, given, slot, slots),
        }
        return made


class _Components:
    """The components of a page, by their names."""

    def __init__(self, environment: jinja2.Environment, parent: Mapping[str, Any]) -> None:
        self._environment = environment
        self._around = {name: parent[name] for name in _AROUND if name in parent}
        self._names: dict[str, Any] | None = None
        self._used: dict[str, _Used] = {}

    def used(self, name: str) -> _Used:
        """A component; raises `TemplateNotFound`."""
        used = self._used.get(name)
        if used is None or (self._environment.auto_reload and not used.template.is_up_to_date):
            template = self._environment.get_template(template_name(name))
            if self._names is None:
                self._names = {**template.globals, **self._around}
            used = self._used[name] = _Used(name, template, self._names, self)
        return used


@pass_context
def show(
    context: Context, name: str, given: dict[str, Any], filled: Mapping[str, Callable[[], str]] | None = None
) -> str:
    """The text of a component; raises `ComponentError`, and `TemplateNotFound`."""
    components: _Components | None = context.components or context.parent.get(_COMPONENTS)
    if components is None:
        components = context.parent[_COMPONENTS] = _Components(context.environment, context.parent)
    slot, slots = _EMPTY, _NO_SLOTS
    if filled:
        slots = Slots({each: Markup(str.strip(make())) for each, make in filled.items()})
        slot = slots.pop("", _EMPTY)
    used = components.used(name)
    # What goes wrong is told by the page around it.
    return used.mark("".join(used.draw(used.context(given, slot, slots))))


@pass_context
def take(context: Context, told: Told, plain: Plain) -> tuple[Any, ...]:
    """What a component was given: `slot`, `slots`, and each of its props, or what stands for one that is missing.

    All that is wrong with them is said at once.
    """
    if context.use is None:  # rendered as a page: the values are its context
        parent, declaration = context.parent, declared(told, plain)
        name, slot, slots = context.name, _EMPTY, _NO_SLOTS
        given: Mapping[str, Any] = {key: parent[key] for key in declaration.props if key in parent}
    else:
        used, given, slot, slots = context.use
        name, declaration = used.name, used.declaration or declared(told, plain)
        used.declaration = declaration
    wrong = declaration.problems(given)
    if wrong:
        raise ComponentError(f"The component {name} {', and '.join(wrong)}.")
    return (slot, slots, *declaration.filled(given).values())


@pass_context
def component(context: Context, name: str, /, **given: Any) -> str:
    """A component as a function, where nothing is to stand in it: `{{ component("card", title="Posts") }}`."""
    return show(context, name, given)
