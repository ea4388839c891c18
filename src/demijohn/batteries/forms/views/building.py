"""How a class of a generic view becomes handlers.

A handler is put together of parts that the kernel fills as it fills any handler: the request, a store, a form, a value
of the path; and for each method that the class may say (`query`, `context`, ...) one that takes what that method asks
for. Nothing is called before the view itself does: so that a method finds on `self` what was read until then.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from ....foundation.errors import SetupError, Where
from ....foundation.http.errors import BadRequest, NotFound
from ....foundation.http.request import Request
from ....kernel.annotations import hints_of
from ....kernel.links import Links, Redirect, redirect
from ....kernel.markers import Depends
from ....kernel.routes import Route
from ....kernel.schema import is_mapped
from ....kernel.views import View
from ...stores import Query, Shape
from ...stores import Where as Condition
from ...templates import Rendering

if TYPE_CHECKING:
    from ...stores import Store

_KEYWORD = inspect.Parameter.KEYWORD_ONLY


class StoreView(View):
    """What generic views over a store have in common.

    `model` is what they are about, kept in the app's database; or `store` is a store, or a class of one that handlers
    may ask for. `query` bounds what is seen, `context` adds to what the template is given; both have a handler's
    parameters, and find `self.request`, `self.store` and what was read so far.
    """

    model: ClassVar[Any] = None
    store: Any = None
    template: ClassVar[str] = ""
    # Whether it is about what is in a store at all.
    keeps: ClassVar[bool] = True
    request: Request

    habits: ClassVar[Mapping[str, str]] = {
        **View.habits,
        "template_name": 'template = "posts/list.html"',
        "get_context_data": "def context(self): ...      with a handler's parameters",
        "extra_context": 'def context(self):\n    return {"title": "Posts"}',
        "queryset": 'def query(self):\n    return Query(where=(Where("published", "eq", True),))',
        "get_queryset": "def query(self): ...      with a handler's parameters",
        "get_object": "def query(self): ...      bounds what is found; by = ... says which field the path names",
        "context_object_name": "Leave it out: the template has `items`, or `item` and the model's own name.",
    }

    def query(self) -> Any:
        """What may be seen: a `Query`, or for models a condition of SQLAlchemy's, or None for all."""
        return None

    def context(self) -> Mapping[str, Any]:
        """What the template is given beside what the view gives it."""
        return {}

    @classmethod
    def check(cls, links: Links, route: Route) -> None:
        """Called when the app is sealed: a target of `to` that is nowhere is a SetupError."""
        target = target_of(cls)
        if target is None or (isinstance(target, str) and _is_address(target)):
            return
        try:
            links.route_of(target, route.blueprint)
        except LookupError as error:
            raise SetupError(
                "DMJ0213", f"{cls.__name__} redirects nowhere. {error}", fix="Let `to` be a handler or a route's name.",
                where=route.where,
            ) from None  # fmt: skip


def handler(view: type[StoreView], answer: Callable[..., Any], **parts: inspect.Parameter) -> Callable[..., Any]:
    """A handler that makes a view, puts the request and the store on it, and has it `answer` with the other parts."""
    hooks = {f"_{name}": _hook(view, name) for name in _HOOKS if hasattr(view, name)}
    asked = {"_request": _asked(Request), **_store_of(view), **{name: _asked(one) for name, one in hooks.items()}}

    def handle(**given: Any) -> Any:
        made = view()
        made.request = given.pop("_request")
        made.store = given.pop("_store", made.store)
        for name in hooks:
            setattr(made, f"{name}_called", given.pop(name))
        return answer(made, **given)

    signature = inspect.Signature([
        one.replace(name=name, kind=_KEYWORD) for name, one in {**asked, **parts}.items()
    ])  # fmt: skip
    handle.__signature__ = signature  # type: ignore[attr-defined]
    stand_in = _written_at(view)
    stand_in.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
    functools.update_wrapper(handle, stand_in)
    handle.view = view  # type: ignore[attr-defined]
    handle.__provided_by__ = "demijohn.templates:Templates"  # type: ignore[attr-defined]
    return handle


def _written_at(view: type[StoreView]) -> FunctionType:
    """What stands for the class where a function is looked at: for its place, its name and its text."""
    place = Where.of(view)

    def stand_in() -> None: ...

    made = FunctionType(stand_in.__code__.replace(co_filename=place.file, co_firstlineno=place.line), {})
    made.__name__ = made.__qualname__ = view.__name__
    made.__module__, made.__doc__ = view.__module__, view.__doc__
    return made


_HOOKS = ("query", "context", "values", "done")


def part(annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    """A parameter of the handler, whose name is given where it is used."""
    return inspect.Parameter("part", _KEYWORD, annotation=annotation, default=default)


def _asked(annotation: Any) -> inspect.Parameter:
    return part(annotation)


def _hook(view: type[StoreView], name: str) -> Any:
    """A method of the class as a parameter: a function that calls it on a view, with all that it asks for."""
    method = inspect.getattr_static(view, name)
    if inspect.iscoroutinefunction(method):
        raise SetupError(
            "DMJ0539", f"{view.__name__}.{name}() is async: generic views are plain functions, which may block.",
            fix=f"def {name}(self): ...", where=Where.of(view),
        )  # fmt: skip
    hints = hints_of(method)
    own = list(inspect.signature(method).parameters.values())[1:]

    def bind(*arguments: Any, **named: Any) -> Callable[[Any], Any]:
        return lambda made: method(made, *arguments, **named)

    bind.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [one.replace(annotation=hints.get(one.name, one.annotation)) for one in own]
    )
    bind.__wrapped__ = method  # type: ignore[attr-defined]
    bind.__name__, bind.__qualname__ = name, f"{view.__name__}.{name}"
    return Annotated[Any, Depends(bind)]


def call(view: StoreView, name: str) -> Any:
    """Call a method that the class may say, with what it asks for."""
    return getattr(view, f"_{name}_called")(view)


def _store_of(view: type[StoreView]) -> dict[str, inspect.Parameter]:
    """The parameter that is the store; none where the class has one itself."""
    store = view.store
    if not view.keeps:
        return {}
    if store is not None:
        return {"_store": part(store)} if isinstance(store, type) else {}
    if is_mapped(view.model):
        from ...database import SQLStore  # there are models, so there is SQLAlchemy

        kind: Any = SQLStore  # of a model that only this class knows
        return {"_store": part(kind[view.model])}
    raise SetupError(
        "DMJ0537", f"{view.__name__} does not say what it is a view of.",
        fix="model = Post, or store = a store, such as MemoryStore(Note)", where=Where.of(view),
    )  # fmt: skip


def require_template(view: type[StoreView]) -> None:
    """A view without a template is a SetupError."""
    if not view.template:
        raise SetupError(
            "DMJ0129", f"{view.__name__} does not say which template it answers with.",
            fix='template = "about.html"', where=Where.of(view),
        )  # fmt: skip


def rendered(view: StoreView, values: Mapping[str, Any], status: int = 200) -> Rendering:
    """The view's template, with these values, the store's shape and what the class adds."""
    file = getattr(sys.modules.get(type(view).__module__), "__file__", None) or ""
    told = {"view": view, **values, **(call(view, "context") or {})}
    return Rendering(view.template, told, status, file=file)


def query_of(view: StoreView) -> Query:
    """What the class bounds itself to."""
    told = call(view, "query")
    if told is None:
        return Query()
    return told if isinstance(told, Query) else Query(scope=told)


def find(view: StoreView, by: str, text: str) -> Any:
    """The thing that the path names, within the query; raises `NotFound`."""
    store: Store[Any] = view.store
    shape: Shape = store.shape
    query = query_of(view)
    try:
        if by in shape and (by,) != shape.key:
            wanted = Query(
                where=(*query.where, Condition(by, "eq", text)), scope=query.scope, load=query.load, search=query.search
            )
            found: Any = store.page(wanted, size=1).items
        else:
            key = shape.read_key(text)
            found = [] if key is None else store.many([key], query)
    except BadRequest:
        found = []
    if not found:
        raise NotFound(f"There is no such {shape.label}.")
    return found[0]


def named(shape: Shape, item: Any) -> dict[str, Any]:
    """One thing for a template: as `item`, and by what people call it."""
    return {shape.label.replace(" ", "_"): item, "item": item, "shape": shape}


# Where a view sends visitors afterwards -----------------------------------------------------------


def target_of(view: type) -> Any:
    """What `to` says, which may be a function."""
    target = inspect.getattr_static(view, "to", None)
    return target.__func__ if isinstance(target, staticmethod) else target


def sent_on(view: StoreView, values: Mapping[str, Any]) -> Any:
    """What `done` returns, or the redirect to `to`, with as many of the values as it takes."""
    answer = call(view, "done")
    if answer is not None:
        return answer
    target = target_of(type(view))
    if isinstance(target, str) and _is_address(target):
        return redirect(target)
    plan = view.request.plan
    names = plan.kernel.links.route_of(target, plan.route.blueprint).names
    return Redirect(target, {name: value for name, value in values.items() if name in names}, 303)


def _is_address(target: str) -> bool:
    return target.startswith(("/", "?", "#", ".")) or ":" in target


def require_target(view: type[StoreView]) -> None:
    """A view that does not say where it leads to is a SetupError."""
    if target_of(view) is None:
        raise SetupError(
            "DMJ0213", f"{view.__name__} does not say where it sends visitors afterwards.", fix='to = "posts.index"',
            where=Where.of(view),
        )  # fmt: skip
