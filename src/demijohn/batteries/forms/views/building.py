"""How a class of a generic view becomes handlers.

A handler is put together of parts that the kernel fills as it fills any handler: the request, a store, a form, a value
of the path; and for each method that the class may say (`query`, `context`, ...) one that takes what that method asks
for. Nothing is called before the view itself does: so that a method finds on `self` what was read until then.

A view is async if one of these methods is, or if its store is to be awaited: then its handlers are, and `bridge` leads
from them into the same plain code.
"""

from __future__ import annotations

import functools
import inspect
import sys
import typing
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from ....foundation.errors import SetupError, Where
from ....foundation.http.errors import BadRequest, NotFound
from ....foundation.http.request import Request
from ....foundation.lazy import need
from ....kernel.annotations import hints_of
from ....kernel.links import Links, Redirect, redirect
from ....kernel.markers import Depends
from ....kernel.routes import Route
from ....kernel.schema import is_mapped
from ....kernel.views import View, spelt_freely
from ...stores import Query, Shape
from ...stores import Where as Condition
from ...templates import Rendering

if TYPE_CHECKING:
    from ...stores import Store

_KEYWORD = inspect.Parameter.KEYWORD_ONLY

SHOWING: Final = ("query", "context")
"""The methods of a class that an answer to GET calls."""

TAKING: Final = (*SHOWING, "values", "done")
"""Those that an answer to POST calls."""


class StoreView(View):
    """What generic views over a store have in common.

    `model` is what they are about, kept in the app's database; or `store` is a store, or a class of one that handlers
    may ask for. `query` bounds what is seen, `context` adds to what the template is given; both have a handler's
    parameters, may be async, and find `self.request`, `self.store` and what was read so far.
    """

    model: ClassVar[Any] = None
    store: Any = None
    template: ClassVar[str] = ""
    # Whether it is about what is in a store at all.
    keeps: ClassVar[bool] = True
    request: Request
    # The store as the view's own plain code asks it, also where the class awaits it.
    kept: Any
    called: Mapping[str, Callable[[Any], Any]]

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

    @spelt_freely
    def query(self) -> Any:
        """What may be seen: a `Query`, or for models a condition of SQLAlchemy's, or None for all."""
        return None

    @spelt_freely
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


def handler(
    view: type[StoreView], answer: Callable[..., Any], hooks: Iterable[str], **parts: inspect.Parameter
) -> Callable[..., Any]:
    """A handler that makes a view, puts the request and the store on it, and has it `answer` with the other parts.

    `hooks` are the methods that the class may say and the answer may call.
    """
    bridge = _bridge_of(view)
    bound = {name: _hook(view, name, bridge) for name in hooks if hasattr(view, name)}
    asked = {"_request": part(Request), **_store_of(view), **{f"_{name}": part(hook) for name, hook in bound.items()}}

    def make(given: dict[str, Any]) -> StoreView:
        made = view()
        made.request = given.pop("_request")
        made.store = made.kept = given.pop("_store", made.store)
        made.called = {name: given.pop(f"_{name}") for name in bound}
        return made

    def handle(**given: Any) -> Any:
        return answer(make(given), **given)

    if bridge is None:
        return _as_written(handle, view, {**asked, **parts})

    async def handle_async(**given: Any) -> Any:
        made = make(given)
        made.kept = bridge.Awaited(made.store)
        return await bridge.bridged(lambda: _completed(answer(made, **given), made.request))

    return _as_written(handle_async, view, {**asked, **parts})


def _completed(value: Any, request: Request) -> Any:
    """An answer whose page is rendered already: here what it reads of a row can still be loaded."""
    return request.plan.kernel.parts.replies.complete(value, request) if isinstance(value, Rendering) else value


def _as_written(handle: Any, view: type[StoreView], parts: Mapping[str, inspect.Parameter]) -> Callable[..., Any]:
    """A handler with its parameters; where it is looked at, for its place and its text, it is the class."""
    place = Where.of(view)

    def stand_in() -> None: ...

    async def stand_in_async() -> None: ...

    code = (stand_in_async if inspect.iscoroutinefunction(handle) else stand_in).__code__
    written = FunctionType(code.replace(co_filename=place.file, co_firstlineno=place.line), {})
    written.__name__ = written.__qualname__ = view.__name__
    written.__module__, written.__doc__ = view.__module__, view.__doc__
    written.__annotations__ = {name: one.annotation for name, one in parts.items()}
    functools.update_wrapper(handle, written)
    handle.__signature__ = inspect.Signature([one.replace(name=name, kind=_KEYWORD) for name, one in parts.items()])
    handle.view = view
    handle.__provided_by__ = "demijohn.templates:Templates"
    made: Callable[..., Any] = handle
    return made


def part(annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    """A parameter of the handler, whose name is given where it is used."""
    return inspect.Parameter("part", _KEYWORD, annotation=annotation, default=default)


def _hook(view: type[StoreView], name: str, bridge: Any) -> Any:
    """A method of the class as a parameter: a function that calls it on a view, with all that it asks for."""
    method = inspect.getattr_static(view, name)
    hints = hints_of(method)
    own = list(inspect.signature(method).parameters.values())[1:]

    def bind(*arguments: Any, **named: Any) -> Any:
        return lambda made: method(made, *arguments, **named)

    async def bind_async(*arguments: Any, **named: Any) -> Any:  # as what is bound says of itself that it is async
        return lambda made: bridge.waited(method(made, *arguments, **named))

    bound: Any = bind_async if _is_awaited(method) else bind
    bound.__signature__ = inspect.Signature(
        [one.replace(annotation=hints.get(one.name, one.annotation)) for one in own]
    )
    bound.__wrapped__ = method
    bound.__name__, bound.__qualname__ = name, f"{view.__name__}.{name}"
    return Annotated[Any, Depends(bound)]


def call(view: StoreView, name: str) -> Any:
    """Call a method that the class may say, with what it asks for."""
    return view.called[name](view)


def _bridge_of(view: type[StoreView]) -> Any:
    """What leads from an async plan into plain code; None for a view that has nothing to await."""
    store = typing.get_origin(view.store) or view.store
    hooks = [inspect.getattr_static(view, name, None) for name in TAKING]
    if not any(map(_is_awaited, [getattr(store, "page", None), *hooks])):
        return None
    need("sqlalchemy", extra="standard", wanted_by=f"{view.__name__}, which has something to await,")
    from . import bridge

    return bridge


def _is_awaited(method: Any) -> bool:
    return inspect.iscoroutinefunction(inspect.unwrap(method)) if callable(method) else False


def model_of(view: type[StoreView]) -> Any:
    """The model that a view is about: its `model`, or that of its store."""
    return view.model if view.model is not None else next(iter(typing.get_args(view.store)), None)


def _store_of(view: type[StoreView]) -> dict[str, inspect.Parameter]:
    """The parameter that is the store; none where the class has one itself."""
    store = view.store
    if not view.keeps:
        return {}
    if store is not None:
        kind = typing.get_origin(store) or store
        if not isinstance(kind, type):
            return {}
        _require_awaited(view, kind)
        return {"_store": part(store)}
    if is_mapped(view.model):
        from ...database import AsyncSQLStore, SQLStore  # there are models, so there is SQLAlchemy

        chosen: Any = SQLStore if _bridge_of(view) is None else AsyncSQLStore
        return {"_store": part(chosen[view.model])}  # of a model that only this class knows
    raise SetupError(
        "DMJ0537", f"{view.__name__} does not say what it is a view of.",
        fix="model = Post, or store = a store, such as MemoryStore(Note)", where=Where.of(view),
    )  # fmt: skip


def _require_awaited(view: type[StoreView], kind: type) -> None:
    """A store of the database that cannot be awaited is a SetupError where the view has something to await."""
    is_ours = getattr(kind, "__provided_by__", "") == "demijohn.database:Database"
    if is_ours and not _is_awaited(getattr(kind, "page", None)) and _bridge_of(view) is not None:
        raise SetupError(
            "DMJ0539", f"{view.__name__} has a method that is async def, and its store {kind.__name__} is for def.",
            fix=f"class {kind.__name__}(AsyncSQLStore[Post]): ...      or plain methods in {view.__name__}",
            where=[Where.of(view), Where.of(kind)],
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
    store: Store[Any] = view.kept
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
