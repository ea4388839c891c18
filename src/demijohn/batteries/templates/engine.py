"""Jinja: the one file that imports it.

Each set of places (see `places`) has a Jinja environment of its own, so that a name means the same throughout a page.
They share everything else. Names whose value only some pages use (`ContextValue`) cost nothing where they are not.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jinja2
import jinja2.runtime
from jinja2.filters import do_attr
from jinja2.utils import missing

from ...foundation.http.request import Request
from ...foundation.markup import Markup
from .components import Components
from .drawing import Context, component
from .filters import FILTERS
from .names import REQUEST, is_text
from .pager import pager, say
from .places import FolderPlace, Found, Place, all_names, beside, tell_missing

log = logging.getLogger("demijohn.templates")

_MOST_LOGGED = 1000


class TemplateNotFound(jinja2.TemplateNotFound):
    """A template is in none of the places; its text tells them, what is there, and what was meant perhaps."""

    def __init__(self, name: str, places: Iterable[Place]) -> None:
        super().__init__(name)
        self.places = tuple(places)

    def __str__(self) -> str:
        # Put together only when shown: {% include ... ignore missing %} raises and drops this for every page.
        return tell_missing(str(self.name), self.places)


class FragmentNotFound(jinja2.TemplateNotFound):
    """A template has no block of that name."""

    def __str__(self) -> str:
        return str(self.message)


class PlacesLoader(jinja2.BaseLoader):
    """Finds templates in several places; the first that has a name wins."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places = tuple(places)
        self.searchpath = [str(place) for place in self.places]

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """The template's text, its file, and whether both are still the same."""
        found = self._find(template)
        if found is None:
            raise TemplateNotFound(template, self.places)

        def is_current() -> bool:
            # A file that was added meanwhile may go before this one: look again, not only at its own time.
            return self._find(template) == found

        return found.source, found.file, is_current

    def load(
        self,
        environment: jinja2.Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,
    ) -> jinja2.Template:
        """The template, compiled; a TemplateSyntaxError says in which and where.

        It gets its globals as one dict, which costs each page a third less than the chain of two that they are.
        """
        try:
            return super().load(environment, name, dict(globals or environment.globals))
        except jinja2.TemplateSyntaxError as error:
            error.args = (f"{error.message} ({error.name or name}, line {error.lineno})",)
            raise

    def list_templates(self) -> list[str]:
        """All names."""
        return sorted(all_names(self.places))

    def _find(self, name: str) -> Found | None:
        for place in self.places:
            found = place.find(name)
            if found is not None:
                return found
        return None


class EmptyUndefined(jinja2.Undefined):
    """What a template was not given, in production: prints nothing, is false, and is logged once.

    Asking something of it still fails: a page with holes is better than none, one with wrong contents is not.
    """

    __slots__ = ()

    def __str__(self) -> str:
        _log_undefined(self._undefined_message)
        return ""

    def __iter__(self) -> Any:
        _log_undefined(self._undefined_message)
        return iter(())

    def __bool__(self) -> bool:
        _log_undefined(self._undefined_message)
        return False


_logged: set[tuple[str, int, str]] = set()


def _log_undefined(message: str) -> None:
    template, line = _template_line()
    key = (template, line, message)
    if key not in _logged and len(_logged) < _MOST_LOGGED:
        _logged.add(key)
        log.warning("%s in the template %s, line %d: it prints nothing.", message, template, line)


def _template_line() -> tuple[str, int]:
    """The nearest template on the stack, and its line."""
    frame = sys._getframe(1)
    while frame is not None:
        # A compiled template is a module with these names.
        namespace = frame.f_globals
        if "debug_info" in namespace and isinstance(namespace.get("environment"), jinja2.Environment):
            pairs = [pair.split("=") for pair in namespace["debug_info"].split("&") if pair]
            lines = [int(line) for line, compiled in pairs if int(compiled) <= frame.f_lineno]
            return str(namespace.get("name")), lines[-1] if lines else 1
        if frame.f_back is None:
            break
        frame = frame.f_back
    return "(none)", 0


class Environment(jinja2.Environment):
    """Jinja's, but that names which are worked out (`row[name]`, `sort(attribute=name)`) reach nothing private.

    They may come from a visitor. What a template says itself, `row._asdict()`, it gets.
    """

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]`, else the attribute of that name."""
        try:
            return obj[argument]
        except (AttributeError, TypeError, LookupError):
            if isinstance(argument, str) and not argument.startswith("_"):
                found = getattr(obj, argument, missing)
                if found is not missing:
                    return found
            return self.undefined(obj=obj, name=argument)


@jinja2.pass_environment
def attr(environment: jinja2.Environment, obj: Any, name: str) -> Any:
    """Jinja's filter `attr`, with the same bound."""
    found = missing if name.startswith("_") else do_attr(environment, obj, name)
    return environment.undefined(obj=obj, name=name) if found is missing else found


@lru_cache(maxsize=1000)
def _is_escaped(name: str | None) -> bool:
    """Everything but text files: a name without a suffix that one knows is HTML too."""
    return name is None or not is_text(name)


@dataclass(frozen=True)
class EngineSettings:
    """What an `Engine` is made of.

    `root` is the app's folder, `places` those that every page shares; `values` are names that are made for a
    request when they are used, `known` those that all templates know. With `strict`, using what a template was
    not given is an error; without, it prints nothing and is logged. `reload` looks for changes at each use.
    """

    root: str
    places: Sequence[Place]
    values: Mapping[str, Callable[[Request], Any]]
    known: Mapping[str, Any]
    filters: Mapping[str, Callable[..., Any]]
    extensions: Sequence[str]
    dumps: Callable[..., str]
    strict: bool
    reload: bool


class Engine:
    """Renders the templates of one app."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._context_class = _context_class(settings.values) if settings.values else Context
        self._by_places: dict[tuple[str, ...], jinja2.Environment] = {}
        self._by_file: dict[str, jinja2.Environment] = {}
        self._ready: dict[tuple[str, str], tuple[Callable[[Mapping[str, Any]], str], bool]] = {}

    def render(self, file: str, name: str, context: Mapping[str, Any], request: Request | None) -> str:
        """The text of a template for the module `file` ("" for none): Markup, or a plain `str` of a text file.

        `page.html#list` is the block `list` of the page alone. Raises `TemplateNotFound`, and what Jinja raises for
        mistakes in a template.
        """
        ready = self._ready.get((file, name))
        if ready is None:
            ready = _part(self.environment(file), name), _is_escaped(name)
            if not self._settings.reload:
                self._ready[file, name] = ready
        draw, escaped = ready
        text = draw(context if request is None else {"request": request, REQUEST: request, **context})
        return Markup(text) if escaped else text

    def environment(self, file: str = "") -> jinja2.Environment:
        """The Jinja environment of a module: it looks for templates beside it first.

        Two threads may make one at once; one of the two is dropped.
        """
        environment = self._by_file.get(file)
        if environment is None:
            folders = beside(file, self._settings.root) if file else ()
            environment = self._by_places.get(folders)
            if environment is None:
                places = (*map(FolderPlace, folders), *self._settings.places)
                environment = self._by_places[folders] = self._make_environment(places)
            self._by_file[file] = environment
        return environment

    def _make_environment(self, places: Sequence[Place]) -> jinja2.Environment:
        settings = self._settings
        environment = Environment(
            loader=PlacesLoader(places),
            autoescape=_is_escaped,
            undefined=jinja2.StrictUndefined if settings.strict else EmptyUndefined,
            auto_reload=settings.reload,
            extensions=[Components, *settings.extensions],
            # Without bound: there are as many templates as there are, and names that are not found are not kept.
            cache_size=-1,
        )
        environment.globals.update(settings.known, component=component)
        environment.filters.update(FILTERS, attr=attr, pager=pager)
        environment.filters["demijohn.say"] = say
        environment.filters.update(settings.filters)
        environment.policies["json.dumps_function"] = settings.dumps
        environment.context_class = self._context_class
        return environment


def _part(environment: jinja2.Environment, name: str) -> Callable[[Mapping[str, Any]], str]:
    """What renders a template, or one block of it."""
    name, _, block = name.partition("#")
    template = environment.get_template(name)
    if not block:
        return template.render
    if block not in template.blocks:
        there = ", ".join(sorted(template.blocks)) or "none"
        raise FragmentNotFound(f"The template {name} has no block {block}. It has: {there}.")

    def draw(context: Mapping[str, Any]) -> str:
        try:
            return environment.concat(template.blocks[block](template.new_context(dict(context))))
        except Exception:
            environment.handle_exception()

    return draw


def _context_class(values: Mapping[str, Callable[[Request], Any]]) -> type[Context]:
    class PageContext(Context):
        """Names as Jinja has them, and those that are made for the request when a template uses them."""

        def resolve_or_missing(self, key: str) -> Any:
            found = super().resolve_or_missing(key)
            if found is not missing or key not in values:
                return found
            request = self.parent.get(REQUEST)
            if request is None:
                return missing
            found = self.parent[key] = values[key](request)
            return found

    return PageContext
