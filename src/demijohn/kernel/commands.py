"""Commands: functions of an app that are called from the command line, with its services.

A command is compiled as a handler is: a parameter whose type has a provider is injected, every other one is what is
typed. What is typed goes the way of a query, so that types, bounds and converters are the same, and all mistakes are
told at once. Nothing is compiled until somebody types the command or runs `demijohn check`: who serves pays nothing.
"""

from __future__ import annotations

import inspect
import re
import sys
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from ..foundation.errors import SetupError, Where
from ..foundation.http.query import urlencode
from ..foundation.http.request import Request
from ..foundation.limits import Limits
from .calls import Call
from .checks import Check
from .core import core_async, core_sync
from .markers import MISSING
from .schema import name_of, without_none
from .services import kind_of

if TYPE_CHECKING:
    from .kernel import Kernel
    from .parts import Parts
    from .signature import Parameter

_INJECTED = ("service", "depends", "bound", "scope", "background")
_LISTS = (list, set, tuple, frozenset)

TAKEN = frozenset({"batteries", "check", "commands", "db", "dev", "explain", "new", "openapi", "routes", "serve"})
"""Commands of every app."""

_LIMITS = Limits(query=sys.maxsize)  # A shell makes thousands of words of one `*`, and means them.

_EVERY_COMMANDS = frozenset({"app", "help"})
"""Options of every command."""

NAME = re.compile(r"[a-z][a-z0-9-]*")
"""What a command may be called."""


@dataclass(frozen=True, slots=True)
class Command:
    """A function that is typed `demijohn NAME`."""

    name: str
    function: Callable[..., Any]

    @property
    def help(self) -> str:
        """What it says of itself."""
        return inspect.getdoc(self.function) or ""

    @property
    def where(self) -> Where:
        """Where it is defined."""
        return Where.of(self.function)

    def check(self, kernel: Kernel) -> Iterable[SetupError]:
        """What is wrong with its name and its parameters."""
        others = [each.where for each in kernel.offers(Command) if each.name == self.name and each is not self]
        if why := self._never_runs(bool(others)):
            yield SetupError(
                "DMJ0133", f"The command {self.name} {why}: it can never run.",
                fix='Rename the function, or say another name: @app.command("purge-old")', where=[self.where, *others],
            )  # fmt: skip
        try:
            Compiled(self, kernel.parts)
        except SetupError as error:
            yield error

    def _never_runs(self, has_twin: bool) -> str:
        if self.name in TAKEN:
            return "has the name of one of Demijohn's own"
        if not NAME.fullmatch(self.name):
            return "is not of small letters, digits and dashes"
        return "has the name of another one of the app" if has_twin else ""


@dataclass(frozen=True, slots=True)
class BeforeCommand:
    """What a battery offers to have done in a process that runs a command and serves nobody, before the app starts."""

    prepare: Callable[[], None]


def noted(function: Callable[..., Any], name: str | None = None) -> tuple[Command, Check]:
    """A function as what an app registers: the command, and what `demijohn check` looks at."""
    if not inspect.isfunction(function):
        raise SetupError(
            "DMJ0132", f"command() decorates a function, not {function!r}.",
            fix="@app.command\ndef purge(days: int = 30): ...      # typed: demijohn purge --days 7",
            where=Where.caller(),
        )  # fmt: skip
    command = Command(name or function.__name__.strip("_").replace("_", "-"), function)
    return command, Check(command.check)


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter that is typed: without default, an argument; else, or behind `*`, an option.

    `many` takes several values, `flag` none. `kind` is what a value is, in words, or all that it may be: `red|blue`.
    """

    name: str
    is_option: bool
    required: bool
    many: bool
    flag: bool
    kind: str
    default: Any
    help: str


class Compiled:
    """A command, ready to be run: `given` is what is typed, `run` takes the texts."""

    def __init__(self, command: Command, parts: Parts) -> None:
        function = command.function
        kind = kind_of(function)
        if kind not in ("value", "coroutine"):
            raise SetupError(
                "DMJ0132", f"The command {function.__name__}() is a generator, which nobody reads.",
                fix="Print what it yields.", where=Where.of(function),
            )  # fmt: skip
        call = Call(function, parts.surroundings((), None, kind == "coroutine"), parts.singletons)
        self.is_async = kind == "coroutine" or call.is_async
        self.given = list(_given(function, call))
        self._core: Callable[[Request], Any] = (
            core_async(call, _as_it_is, parts.pool, blocking=False) if self.is_async else core_sync(call, _as_it_is)
        )

    def run(self, typed: Sequence[tuple[str, str]]) -> Any:
        """Call it with names and texts, its services made and closed: what it returns, or an awaitable of that.

        UnprocessableContent lists all that does not convert.
        """
        request = Request(None, "GET", "/", urlencode(typed))
        request.limits = _LIMITS
        if self.is_async:
            return self._run_async(request)
        value = self._core(request)
        _end(request)
        return value

    async def _run_async(self, request: Request) -> Any:
        value = await self._core(request)
        _end(request)
        return value


def _end(request: Request) -> None:
    """What was left for after an answer, such as background tasks."""
    for call in request.after or ():
        call()


def _as_it_is(value: Any, request: Request) -> Any:
    return value


def _given(function: Callable[..., Any], call: Call) -> Iterator[Given]:
    own = inspect.signature(function).parameters
    for parameter in call.parameters:
        if parameter.source == "query":
            written = own.get(parameter.name)
            given = _Shape(parameter).given(keyword=written is None or written.kind is written.KEYWORD_ONLY)
            if given.is_option and given.name in _EVERY_COMMANDS:
                raise SetupError(
                    "DMJ0132", f"The command {function.__name__}() takes --{given.name}, an option of every command.",
                    fix=f"Rename the parameter: {given.name}_name, say.", where=Where.of(function),
                )  # fmt: skip
            yield given
        elif parameter.source not in _INJECTED:
            raise SetupError(
                "DMJ0132", f"The command {function.__name__}() takes {parameter.name}: {name_of(parameter.type)}, which"
                " comes with requests.", fix="Take values (text, numbers, dates, lists of them) and services.",
                where=Where.of(function),
            )  # fmt: skip


@dataclass(frozen=True)
class _Shape:
    """What the type of a parameter says of how it is typed."""

    parameter: Parameter

    def given(self, *, keyword: bool) -> Given:
        parameter, bare = self.parameter, self._bare
        many = typing.get_origin(bare) in _LISTS or bare in _LISTS
        required = parameter.default is MISSING
        item = (typing.get_args(bare) or (str,))[0] if many else bare
        is_listed = typing.get_origin(item) is typing.Literal
        kind = "|".join(map(str, typing.get_args(item))) if is_listed else name_of(item)
        return Given(
            parameter.name, keyword or not required, required, many, bare is bool, kind, parameter.default, self._help,
        )  # fmt: skip

    @cached_property
    def _bare(self) -> Any:
        bare, _ = without_none(self.parameter.type)
        while typing.get_origin(bare) is Annotated:
            bare, _ = without_none(typing.get_args(bare)[0])
        return bare

    @property
    def _help(self) -> str:
        extras = getattr(self.parameter.type, "__metadata__", ())
        told = (extra.description for extra in extras if isinstance(extra, msgspec.Meta))
        return next((text for text in told if text), "")
