"""What can be written beside a parameter's type to say where its value comes from, and its bounds.

def search(q: Annotated[str, Query(min_length=2)] = "", page: int = Query(1, ge=1)): ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Self

import msgspec

from .habits import refuse_marker_options

MISSING: Final[Any] = type("Missing", (), {"__repr__": lambda _: "...", "__bool__": lambda _: False})()


class Factory:
    """A default that is made anew for each request."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


class Marker:
    """Where a parameter comes from, and what its values must be like.

    `default` may be given here or after the parameter's `=`; `alias` is the name on the wire. `ge`, `gt`, `le`, `lt`
    and `multiple_of` bound numbers, `min_length` and `max_length` texts and lists, `pattern` is a regular expression
    that is searched in the text (anchor it with ^ and $). `description` and `examples` are for the documentation.
    """

    source: str = ""
    __slots__ = ("alias", "default", "default_factory", "description", "examples", "meta")

    def __new__(cls, *arguments: Any, **options: Any) -> Self:
        """Only looks at the options: FastAPI's are told what they are here."""
        refuse_marker_options(cls, options)
        return super().__new__(cls)

    def __init__(
        self,
        default: Any = MISSING,
        *,
        alias: str | None = None,
        default_factory: Callable[[], Any] | None = None,
        ge: float | None = None,
        gt: float | None = None,
        le: float | None = None,
        lt: float | None = None,
        multiple_of: float | None = None,
        min_length: int | None = None,
        max_length: int | None = None,
        pattern: str | None = None,
        title: str | None = None,
        description: str | None = None,
        examples: list[Any] | None = None,
    ) -> None:
        self.default = MISSING if default is ... else default
        self.default_factory = default_factory
        self.alias = alias
        self.description = description
        self.examples = examples
        bounds: dict[str, Any] = {
            "ge": ge, "gt": gt, "le": le, "lt": lt, "multiple_of": multiple_of, "min_length": min_length,
            "max_length": max_length, "pattern": pattern, "title": title,
        }  # fmt: skip
        given = {name: value for name, value in bounds.items() if value is not None}
        self.meta: msgspec.Meta | None = msgspec.Meta(**given) if given else None

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Path(Marker):
    """The value of a `{name}` in the route's path."""

    __slots__ = ()
    source = "path"


class Query(Marker):
    """A query parameter; `list[T]` takes all values of its name."""

    __slots__ = ()
    source = "query"


class Header(Marker):
    """A request header: underscores of the parameter's name are hyphens on the wire."""

    __slots__ = ()
    source = "header"


class Cookie(Marker):
    """A cookie of the request."""

    __slots__ = ()
    source = "cookie"


class FormField(Marker):
    """A field of a form body, URL-encoded or multipart."""

    __slots__ = ()
    source = "form"


class Upload(Marker):
    """A file of a multipart form: annotate the parameter `UploadedFile`, or `list[UploadedFile]`."""

    __slots__ = ()
    source = "file"


class Body(Marker):
    """The body of the request, decoded to the parameter's type.

    Where that is a model, `include` names all attributes that the body may set (`...` among them stands for the usual
    ones), and `exclude` those of the usual ones that it may not: names, or the model's attributes themselves. `schema`
    is a schema of the model that spells the fields out, whose relations may nest.
    """

    __slots__ = ("exclude", "include", "schema")
    source = "body"

    def __init__(
        self,
        default: Any = MISSING,
        *,
        include: Iterable[Any] = (),
        exclude: Iterable[Any] = (),
        schema: type[Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(default, **options)
        self.include: tuple[Any, ...] = _listed(include)
        self.exclude: tuple[Any, ...] = _listed(exclude)
        self.schema = schema


def _listed(names: Any) -> tuple[Any, ...]:
    """One name or several: a text is one, not its letters."""
    return tuple(names) if isinstance(names, list | tuple | set | frozenset) else (names,)


class Depends:
    """What `dependency` returns is the argument; its own parameters are filled by the same rules as a handler's.

    Within one exchange it is called once, unless `use_cache=False`. A generator cleans up after its `yield`.
    """

    __slots__ = ("dependency", "key", "use_cache")

    key: tuple[str, Any]
    """Under which its value is kept for one exchange."""

    def __init__(self, dependency: Callable[..., Any] | None = None, *, use_cache: bool = True) -> None:
        self.dependency = dependency
        self.key = ("depends", dependency)
        self.use_cache = use_cache

    def on(self, function: Callable[..., Any]) -> Depends:
        """The same, made by another function: what a test puts in its place."""
        made = Depends(function, use_cache=self.use_cache)
        made.key = self.key
        return made

    def __repr__(self) -> str:
        return f"Depends({getattr(self.dependency, '__name__', self.dependency)})"
