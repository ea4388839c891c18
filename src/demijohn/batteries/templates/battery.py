"""The `Templates` battery: gathers what everybody brings, and makes the engine of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from ...foundation.current import current
from ...foundation.errors import SetupError, Where, raise_all
from ...foundation.http.request import Request
from ...kernel.battery import Battery, Setup
from ...kernel.checks import Check
from ...kernel.error_page import MESSAGES as ERRORS
from ...kernel.links import url
from ...kernel.messages import Messages, Words, require_known
from .messages import MESSAGES
from .offers import ContextValue, InlineTemplates, TemplateFilter, TemplateFolder, TemplateGlobal
from .places import OWN, FolderPlace, InlinePlace, Place
from .renderer import TemplateRenderer

if TYPE_CHECKING:
    from ...kernel.deploy import Finding
    from ...kernel.kernel import Kernel
    from .engine import Engine

N = TypeVar("N", ContextValue, TemplateGlobal, TemplateFilter)


@dataclass(frozen=True)
class Templates(Battery):
    """Jinja templates for an app: `app.use(Templates())`, then `return render("index.html", posts=posts)`.

    `folder` is where they are, relative to the app's module; it need not exist unless it is named. `strict` says
    whether a template may use what it was not given: by default that is an error in development, and prints
    nothing (and is logged once) in production. `extensions` are Jinja's, by name: `"jinja2.ext.do"`. `messages` are
    what the base page, the pager and the error pages say in other words, by the keys of
    `demijohn.templates.MESSAGES`, or a function of the request that gives them.
    """

    name = "templates"

    folder: str = "templates"
    strict: bool | None = None
    extensions: Sequence[str] = ()
    messages: Messages | Callable[[Request], Messages] = field(default_factory=dict)

    def install(self, setup: Setup) -> None:
        """Offer the renderer, which `render` looks for, and check at start what it is made of."""
        folder = setup.root / self.folder
        if setup.sources.origin(f"{self.name}.folder") != "default" and not folder.is_dir():
            raise SetupError(
                "DMJ0702",
                f"The folder of templates {folder} does not exist.",
                fix="Create it, or leave the setting templates.folder out: it may be missing then.",
            )
        if self.messages:
            self._offer_words(setup)
        gathering = _Gathering(self, setup)
        renderer = TemplateRenderer(gathering.make_engine)
        setup.offer(renderer)
        setup.provide(TemplateRenderer, lambda: renderer, scope="app")

        setup.offer(
            Check(lambda kernel: _check(renderer, kernel, setup.offers(ContextValue)), partial(_warn, renderer))
        )

        def check_engine() -> None:
            renderer.engine.environment()  # so that what does not go together is told at start

        setup.lifespan(check_engine)

    def _offer_words(self, setup: Setup) -> None:
        if not callable(self.messages):
            require_known("Templates", MESSAGES, self.messages)
        for table in (MESSAGES, ERRORS):
            setup.offer(Words(table, self.messages))


def _warn(renderer: TemplateRenderer, kernel: Kernel) -> Iterable[Finding]:
    from .checking import Checker  # which nobody needs who only serves

    if any(battery.name == "forms" for battery in kernel.batteries):  # Else who knows what is called a form.
        yield from Checker(renderer.engine, kernel, ()).doubtful()


def _check(renderer: TemplateRenderer, kernel: Kernel, values: Iterable[ContextValue]) -> Iterable[SetupError]:
    from .checking import Checker  # which nobody needs who only serves

    return Checker(renderer.engine, kernel, [value.name for value in values]).run()


class _Gathering:
    """What was offered, and the engine that is made of it when everybody has."""

    def __init__(self, battery: Templates, setup: Setup) -> None:
        self.battery = battery
        self.root = setup.root
        self.folder = setup.root / battery.folder
        self.debug = setup.debug
        self.inline = setup.offers(InlineTemplates)
        self.folders = setup.offers(TemplateFolder)
        self.values = setup.offers(ContextValue)
        self.globals = setup.offers(TemplateGlobal)
        self.filters = setup.offers(TemplateFilter)

    def make_engine(self) -> Engine:
        """The engine; SetupErrors for what does not go together."""
        from .engine import Engine, EngineSettings  # Jinja is imported when an app with templates starts.

        errors: list[SetupError] = []
        places = self._places(errors)
        values = _by_name(self.values, errors)
        known: dict[str, Any] = {"url": url, "static": _no_static, "nonce": Nonce()}
        known |= {name: each.value for name, each in _by_name(self.globals, errors).items()}
        filters = {name: each.function for name, each in _by_name(self.filters, errors).items()}
        raise_all(errors)
        debug = self.debug
        return Engine(
            EngineSettings(
                root=os.path.realpath(self.root),
                places=places,
                values={name: value.make for name, value in values.items()},
                known=known,
                filters=filters,
                extensions=tuple(self.battery.extensions),
                dumps=dump_json,
                strict=debug if self.battery.strict is None else self.battery.strict,
                reload=debug,
            )
        )

    def _places(self, errors: list[SetupError]) -> list[Place]:
        folders = []
        for offered in self.folders:
            if not Path(offered.path).is_dir():
                errors.append(
                    SetupError(
                        "DMJ0702",
                        f"The folder of templates {offered.path}, which a battery offers, does not exist.",
                        fix="Make sure that the package was installed with its templates.",
                    )
                )
            folders.append(FolderPlace(str(offered.path), offered.prefix.strip("/")))
        inline = InlinePlace(_joined(self.inline, errors))
        own = FolderPlace(str(Path(__file__).parent / "pages"), OWN)
        return [FolderPlace(str(self.folder)), *([inline] if inline.templates else []), *folders, own]


def _joined(parts: Iterable[InlineTemplates], errors: list[SetupError]) -> dict[str, str]:
    joined: dict[str, str] = {}
    origin: dict[str, Where] = {}
    for part in parts:
        for name, source in part.templates.items():
            if name in joined:
                errors.append(
                    SetupError(
                        "DMJ0703",
                        f"Two InlineTemplates have a template called {name}.",
                        fix="Rename one of them; what a handler renders is looked for by this name.",
                        where=[origin[name], part.where],
                    )
                )
            joined[name] = source
            origin[name] = part.where
    return joined


def _by_name(offers: Iterable[N], errors: list[SetupError]) -> Mapping[str, N]:
    named: dict[str, N] = {}
    for offer in offers:
        other = named.setdefault(offer.name, offer)
        if other is not offer:
            errors.append(
                SetupError(
                    "DMJ0703",
                    f"Two {type(offer).__name__}s are called {offer.name}: {_shown(other)} and {_shown(offer)}.",
                    fix="Rename one of them.",
                )
            )
    return named


def _shown(offer: ContextValue | TemplateGlobal | TemplateFilter) -> str:
    thing: Any = (
        offer.value
        if isinstance(offer, TemplateGlobal)
        else offer.make
        if isinstance(offer, ContextValue)
        else offer.function
    )
    return f"{Where.of(thing)}" if callable(thing) else repr(thing)


def _no_static(name: str) -> str:
    raise SetupError(
        "DMJ0704",
        f"static({name!r}) in a template needs the Static battery.",
        fix="from demijohn import Static\napp.use(Static())",
    )


class Nonce:
    """`{{ nonce }}`: the request's nonce, which its Content-Security-Policy has only if a page used this."""

    def __html__(self) -> str:
        request = current.get()
        return "" if request is None else request.nonce

    __str__ = __html__


def dump_json(value: Any, *, indent: int | None = None, **_: Any) -> str:
    """What `{{ value|tojson }}` writes: all that handlers may return as JSON, where a request is answered."""
    request = current.get()
    encode: Callable[[Any], bytes] = (
        msgspec.json.encode if request is None else request.plan.kernel.parts.replies.encode
    )
    data = encode(value)
    return (data if indent is None else msgspec.json.format(data, indent=indent)).decode()
