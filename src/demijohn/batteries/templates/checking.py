"""What is wrong in templates, and in what renders them, found before a visitor does: for `demijohn check`.

Theory. Every template of the app is read and compiled; what it names by a plain text (other templates, components,
links) must be there. Calls of `render` with a plain name are found in the modules of the handlers: their template must
be there, and must be given every name that it uses, it and all that it extends or includes. What is only known at run
time, a name that is computed, `**context`, is left alone.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import jinja2
from jinja2 import meta, nodes

from ...foundation.errors import SetupError, Where
from ...kernel.deploy import Finding
from ...kernel.links import LinkError
from ...kernel.template_habits import template_fix
from .components import SHOW, TAKE, calls
from .drawing import template_name
from .nesting import forms_in_forms
from .places import tell_missing
from .props import Prop, problems
from .rendering import render

if TYPE_CHECKING:
    from ...kernel.kernel import Kernel
    from .engine import Engine, PlacesLoader

_SUFFIXES: Final = frozenset(
    {"", "atom", "css", "htm", "html", "j2", "jinja", "jinja2", "js", "json", "rss", "svg", "txt", "xhtml", "xml"}
)
_ALWAYS: Final = frozenset({"request", "self", "super", "loop", "caller", "varargs", "kwargs"})

# The names that a template needs, each with the template that uses it, which may be one that it extends, and the line.
Wanted = Mapping[str, tuple[str, Where]]


class Use(NamedTuple):
    """A name in a template, and its line."""

    name: str
    line: int
    values: tuple[str, ...] | None = ()


class Reading:
    """One template, read: what it uses and what it is made of."""

    def __init__(self, name: str, file: str, tree: nodes.Template) -> None:
        self.name, self.file, self.tree = name, file, tree

    def where(self, line: int) -> Where:
        """A line of it."""
        return Where(self.file, line)

    @cached_property
    def references(self) -> list[Use]:
        """Templates that it names and that must be there; what is included in a place of its own knows its names."""
        found = []
        node: Any
        for node in self.tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
            name = _text(node.template)
            if name is not None and not getattr(node, "ignore_missing", False):
                found.append(Use(name, node.lineno))
        return found

    @cached_property
    def components(self) -> list[Use]:
        """Components that it uses, and what it gives them."""
        found = _uses(self.tree, "component")
        given: Any
        for called, given, *_ in calls(self.tree, SHOW):
            name = _text(called)
            if name is not None:  # The values are a Const, once Jinja has seen that all of them are plain.
                keys = given.value if isinstance(given, nodes.Const) else [pair.key.as_const() for pair in given.items]
                found.append(Use(name, called.lineno, tuple(keys)))
        return found

    @cached_property
    def props(self) -> list[Prop] | None:
        """What it takes, if it is a component that says so."""
        for told, *_ in calls(self.tree, TAKE):
            return [Prop(*each) for each in told.as_const()]
        return None

    @cached_property
    def links(self) -> list[Use]:
        """The routes that it links to by name, and the values it gives them."""
        return _uses(self.tree, "url")

    @cached_property
    def names(self) -> dict[str, int]:
        """The names that it must be given, each with the first line that uses it."""
        wanted = meta.find_undeclared_variables(self.tree) - _ALWAYS - _made_at_top(self.tree)
        for test in self.tree.find_all((nodes.Test, nodes.Filter)):
            if test.name in {"defined", "undefined", "default", "d"} and isinstance(test.node, nodes.Name):
                wanted.discard(test.node.name)  # it counts on the name not being there
        lines: dict[str, int] = {}
        for name in self.tree.find_all(nodes.Name):
            if name.name in wanted and name.ctx == "load":
                lines[name.name] = min(name.lineno, lines.get(name.name, name.lineno))
        return lines

    @cached_property
    def makes(self) -> frozenset[str]:
        """The names that it sets, anywhere."""
        return frozenset(name.name for name in self.tree.find_all(nodes.Name) if name.ctx != "load")


def _made_at_top(tree: nodes.Template) -> set[str]:
    """What a template sets, imports or defines outside of its blocks: all of them see it, which Jinja does not tell."""
    made: set[str] = set()
    for node in tree.body:
        if isinstance(node, nodes.Import):
            made.add(node.target)
        elif isinstance(node, nodes.FromImport):
            made |= {name if isinstance(name, str) else name[1] for name in node.names}
        elif isinstance(node, nodes.Macro):
            made.add(node.name)
        elif isinstance(node, nodes.Assign | nodes.AssignBlock):
            targets = [node.target, *node.target.find_all(nodes.Name)]
            made |= {target.name for target in targets if isinstance(target, nodes.Name)}
    return made


def _uses(tree: nodes.Template, function: str) -> list[Use]:
    """The calls of a function with a plain text, and the names of what they give it."""
    found = []
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == function and len(call.args) == 1:
            name = _text(call.args[0])
            if name is not None:
                given = tuple(pair.key for pair in call.kwargs)
                found.append(Use(name, call.lineno, None if call.dyn_kwargs else given))
    return found


def _text(node: nodes.Node) -> str | None:
    value = node.value if isinstance(node, nodes.Const) else None
    return value if isinstance(value, str) else None


class Checker:
    """Looks at the templates of one engine."""

    def __init__(self, engine: Engine, kernel: Kernel, known: Iterable[str]) -> None:
        self.engine, self.kernel = engine, kernel
        self.known = frozenset(known)
        self._told: set[tuple[str, int, str]] = set()
        self._read: dict[tuple[int, str], Reading | None] = {}

    def run(self) -> Iterator[SetupError]:
        """Everything that is wrong, each once."""
        for error in (*self._templates(), *self._renders()):
            place = error.where[0] if error.where else Where("", 0)
            key = (place.file, place.line, error.what)
            if key not in self._told:
                self._told.add(key)
                yield error

    def doubtful(self) -> Iterator[Finding]:
        """What browsers take otherwise than it was meant, each once: forms in forms, which their parsers drop."""
        told: set[tuple[str, int]] = set()
        for environment, name in self._names():
            reading = self._reading(environment, name)
            for form, line in () if reading is None else forms_in_forms(reading.tree):
                if (name, line) not in told:
                    told.add((name, line))
                    yield Finding(
                        "TPL001", f"{name}, line {line}: {{{{ {form} }}}} stands in a <form>, and is one itself: with"
                        " its tag, its token against forged requests, its fields and its button.",
                        f"Leave that <form> and its button out; or write the pieces of {form}:"
                        f" {{{{ {form}.opening }}}} ... {{{{ {form}.closing }}}}", "warning",
                    )  # fmt: skip

    def _environments(self) -> Iterator[jinja2.Environment]:
        yield self.engine.environment()
        for file in self._files():
            yield self.engine.environment(file)

    def _files(self) -> list[str]:
        handlers = (route.handler for route in self.kernel.routes)
        modules = (sys.modules.get(getattr(handler, "__module__", "")) for handler in handlers)
        return sorted({module.__file__ for module in modules if module is not None and module.__file__})

    # Templates ---------------------------------------------------------------------------------------

    def _names(self) -> Iterator[tuple[jinja2.Environment, str]]:
        for environment in {id(each): each for each in self._environments()}.values():
            for name in environment.list_templates():
                if name.rpartition("/")[2].rpartition(".")[2 if "." in name else 0] in _SUFFIXES:
                    yield environment, name

    def _templates(self) -> Iterator[SetupError]:
        for environment, name in self._names():
            yield from self._template(environment, name)

    def _template(self, environment: jinja2.Environment, name: str) -> Iterator[SetupError]:
        try:
            source, file, _ = _loader(environment).get_source(environment, name)
            environment.compile(source, name, file)
        except jinja2.TemplateSyntaxError as error:
            yield SetupError(
                "DMJ0670", f"The template {name} is not valid: {error.message}",
                fix=template_fix(str(error.message)) or "Templates are Jinja's: https://jinja.palletsprojects.com/templates/",
                where=Where(error.filename or name, error.lineno),
            )  # fmt: skip
            return
        except ValueError:
            return  # not text: whoever renders it is told
        reading = self._reading(environment, name)
        assert reading is not None
        for use in (
            *reading.references,
            *(each._replace(name=template_name(each.name)) for each in reading.components),
        ):
            if self._reading(environment, use.name) is None:
                yield _missing(environment, use.name, reading.where(use.line))
        yield from self._components(environment, reading)
        yield from self._links(reading)

    def _components(self, environment: jinja2.Environment, reading: Reading) -> Iterator[SetupError]:
        for use in reading.components:
            component = self._reading(environment, template_name(use.name))
            if component is None or component.props is None or use.values is None:
                continue
            wrong = problems(component.props, dict.fromkeys(use.values), values=False)
            if wrong:
                yield SetupError(
                    "DMJ0672", f"The component {use.name} {', and '.join(wrong)}.",
                    fix=f"{{% component {use.name!r} {' '.join(f'{p.name}=...' for p in component.props)} %}}",
                    where=[reading.where(use.line), component.where(1)],
                )  # fmt: skip

    def _links(self, reading: Reading) -> Iterator[SetupError]:
        names = {route.name for route in self.kernel.routes}
        for use in reading.links:
            if "." not in use.name and any(name.endswith(f".{use.name}") for name in names):
                continue  # of the blueprint whose page it is, which is known when it is asked for
            try:
                route = self.kernel.links.route_of(use.name)
            except LinkError as error:
                problem = str(error)
            else:
                lacking = [] if use.values is None else [name for name in route.names if name not in use.values]
                if not lacking or route.languages:
                    continue
                problem = f"url({use.name!r}) needs {', '.join(lacking)}: its path is {route.address}."
            yield SetupError(
                "DMJ0673", problem, fix="{{ url('posts.show', id=post.id) }}   `demijohn routes` lists all names",
                where=reading.where(use.line),
            )  # fmt: skip

    # What renders them -------------------------------------------------------------------------------

    def _renders(self) -> Iterator[SetupError]:
        for file in self._files():
            for call, function in _calls_of_render(file):
                yield from self._render(file, call, function)
        for route in self.kernel.routes:
            view = getattr(route.handler, "view", None)
            if view is not None and isinstance(getattr(view, "template", None), str):
                yield from self._view(view)

    def _view(self, view: type) -> Iterator[SetupError]:
        """What the template of a generic view is not given, by what it is called elsewhere: `object_list`."""
        if not getattr(inspect.getattr_static(view, "context", None), "__module__", "").startswith("demijohn."):
            return  # What a context of its own gives is known at run time.
        environment = self.engine.environment(getattr(sys.modules.get(view.__module__), "__file__", None) or "")
        name: str = view.template  # type: ignore[attr-defined]  # as was seen
        for wanted, (user, place) in self._wanted(environment, name, frozenset()).items():
            if wanted not in environment.globals and wanted not in self.known:
                error = _not_given(wanted, name, user, place, place)
                if len(error.where) == 1:  # It is a habit: nobody knows what else a view gives.
                    yield error

    def _render(self, file: str, call: ast.Call, function: str) -> Iterator[SetupError]:
        name = str(call.args[0].value).partition("#")[0]  # type: ignore[attr-defined]  # a constant, as was seen
        environment, where = self.engine.environment(file), Where(file, call.lineno, function)
        if self._reading(environment, name) is None:
            if name not in environment.list_templates():
                yield _missing(environment, name, where)
            return
        given = {keyword.arg for keyword in call.keywords}
        if None in given:
            return
        known = {*environment.globals, *self.known, *given}
        for wanted, (user, place) in self._wanted(environment, name, frozenset()).items():
            if wanted not in known:
                yield _not_given(wanted, name, user, where, place)

    def _wanted(self, environment: jinja2.Environment, name: str, seen: frozenset[str]) -> Wanted:
        """The names that a template needs, with those of all it extends and includes."""
        reading = None if name in seen else self._reading(environment, name)
        if reading is None:
            return {}
        wanted = {each: (name, reading.where(line)) for each, line in reading.names.items()}
        for use in reading.references:
            inner = self._wanted(environment, use.name, seen | {name})
            wanted |= {each: place for each, place in inner.items() if each not in reading.makes and each not in wanted}
        return wanted

    def _reading(self, environment: jinja2.Environment, name: str) -> Reading | None:
        """A template, read once; `None` if it is not there or cannot be read."""
        key = id(environment), name
        if key not in self._read:
            try:
                source, file, _ = _loader(environment).get_source(environment, name)
                reading = self._read[key] = Reading(name, file, environment.parse(source, name, file))
                _ = reading.names  # which is an error where a filter is not known
            except (jinja2.TemplateError, ValueError):
                self._read[key] = None
        return self._read[key]


def _loader(environment: jinja2.Environment) -> PlacesLoader:
    loader: Any = environment.loader
    return loader  # type: ignore[no-any-return]


def _missing(environment: jinja2.Environment, name: str, where: Where) -> SetupError:
    first, _, rest = tell_missing(name, _loader(environment).places).partition("\n")
    return SetupError("DMJ0671", first, fix=f"Create it, or name another.\n{rest}", where=where)


def _not_given(wanted: str, name: str, user: str, where: Where, place: Where) -> SetupError:
    """A name that a template uses and nobody gives it; what other frameworks give all templates is mended there.

    That is one mistake, however many pages extend the template.
    """
    habit = template_fix(f"{wanted!r} is undefined")
    if habit is not None:
        return SetupError(
            "DMJ0674", f"The template {user} uses {wanted}, which nothing gives it here.", fix=habit, where=place
        )
    return SetupError(
        "DMJ0674", f"The template {name} uses {wanted}, which render() does not give it.",
        fix=f"render({name!r}, {wanted}=...), or {{% if {wanted} is defined %}} where it may be missing",
        where=[where, place],
    )  # fmt: skip


def _calls_of_render(file: str) -> Iterator[tuple[ast.Call, str]]:
    """The calls of `render` with a plain name in a module, each with the function that it stands in."""
    names = _names_of_render(file)
    if not names:
        return
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    pending: list[tuple[ast.AST, str]] = [(tree, "")]
    while pending:
        node, function = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
        pending += [(child, function) for child in ast.iter_child_nodes(node)]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node, function


def _names_of_render(file: str) -> set[str]:
    """What a module calls our `render`."""
    modules = [module for module in list(sys.modules.values()) if getattr(module, "__file__", None) == file]
    return {name for module in modules for name, value in vars(module).items() if value is render}
