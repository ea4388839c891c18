"""The commands of an app, `@app.command`, as they are typed: found by name, made of their parameters, and run.

The app is started before and stopped after, as when it is served, so that a command has what a handler has.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from ..foundation.errors import SetupError
from ..foundation.http.errors import HTTPError, UnprocessableContent
from ..gateways.life import Life
from ..gateways.loop_thread import loop_thread
from ..kernel.commands import NAME, BeforeCommand, Command, Compiled, Given
from ..kernel.markers import MISSING
from .command_habits import COMMANDS, ELSEWHERE
from .console import CommandError, say, short
from .finder import locate
from .mistakes import explain
from .sealed import Sealed, seal

if TYPE_CHECKING:
    from ..kernel.kernel import Kernel


def own_command(name: str, rest: Sequence[str]) -> click.Command | None:
    """The command of the app that is called so; None if there is no app, or none of that name.

    An app that cannot be put together is told of, unless the name is a word of elsewhere that has an answer.
    """
    spec = _app_of(rest)
    if not NAME.fullmatch(name) or (not spec and _has_no_app()):
        return None
    try:
        sealed = seal(spec)
    except (SetupError, CommandError):
        if name in COMMANDS or name in ELSEWHERE or Path(name).exists():
            return None
        raise
    found = next((each for each in commands_of(sealed.kernel) if each.name == name), None)
    return None if found is None else _typed(found, sealed)


def commands_of(kernel: Kernel) -> list[Command]:
    """All commands of an app, by their names."""
    return sorted(kernel.offers(Command), key=lambda command: command.name)


def run(spec: str) -> int:
    """Print the commands of an app, each with the first line of what it says of itself."""
    found = commands_of(seal(spec).kernel)
    if not found:
        say("The app has no commands of its own: @app.command makes a function one.")
    for command in found:
        summary = command.help.partition("\n")[0]
        say(f"{command.name:{max(len(each.name) for each in found)}}  {summary}".rstrip())
    return 0


def own_names(rest: Sequence[str]) -> list[str]:
    """What the commands of the app are called; none where there is no app that can be put together."""
    try:
        return [command.name for command in commands_of(seal(_app_of(rest)).kernel)]
    except (SetupError, CommandError):
        return []


def make_command(command: Command, compiled: Compiled, run: Any) -> click.Command:
    """A command for click: `run` is called with the names and texts that were typed."""

    def callback(**values: Any) -> Any:
        return run([pair for given in compiled.given for pair in _pairs(given, values.get(given.name))])

    return click.Command(
        command.name, params=[_parameter(each) for each in compiled.given], callback=callback,
        help=command.help, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )  # fmt: skip


def type_words(made: click.Command, words: Sequence[str]) -> Any:
    """What a command returns for its name and the words behind it; CommandError for what it does not take."""
    try:
        return made.main(list(words[1:]), prog_name=words[0], standalone_mode=False)
    except click.ClickException as error:
        raise CommandError(error.format_message()) from None


def result_of(kernel: Kernel, compiled: Compiled, typed: Sequence[tuple[str, str]]) -> Any:
    """Run a command of a started app; what it left to be done is waited for."""
    value = compiled.run(typed)
    if compiled.is_async:
        value = loop_thread().run(value)
    kernel.crew.wait(kernel.timeouts.background)
    return value


def show(kernel: Kernel, value: Any) -> None:
    """Print what a command has returned, if it is anything: text as it is, all else as a handler would send it."""
    if value is None:
        return
    if not isinstance(value, str):
        value = msgspec.json.format(kernel.parts.replies.encode(value), indent=2).decode()
    say(value)


def refusal(compiled: Compiled, error: UnprocessableContent) -> CommandError:
    """What was typed and does not do, by the names that are typed."""
    names = {given.name: _shown(given) for given in compiled.given}
    told = [f"{names.get(each['where'].partition('.')[2], each['where'])}: {each['message']}" for each in error.errors]
    return CommandError(told[0] if len(told) == 1 else "\n  ".join([error.detail or "", *told]))


def _typed(command: Command, sealed: Sealed) -> click.Command:
    kernel = sealed.kernel
    compiled = Compiled(command, kernel.parts)

    def run(typed: Sequence[tuple[str, str]]) -> int:
        for each in kernel.offers(BeforeCommand):
            each.prepare()
        life = Life(kernel)
        try:
            life.start_sync()
            show(kernel, result_of(kernel, compiled, typed))
        except UnprocessableContent as error:
            raise refusal(compiled, error) if error.errors else CommandError(error.detail, exit_code=1) from error
        except HTTPError as error:
            raise CommandError(error.detail or error.title, exit_code=1) from error
        except (SetupError, CommandError):
            raise
        except Exception as error:
            raise CommandError(f"{command.name} failed.\n\n{explain(error)}", exit_code=1) from error
        finally:
            life.stop_sync()
        return 0

    made = make_command(command, compiled, run)
    if not any(given.name == "app" for given in compiled.given):
        told = f"The app, if it is not found by itself; here {short(sealed.target.file)}."
        made.params.append(click.Option(["--app"], metavar="TARGET", help=told, expose_value=False))
    return made


def _app_of(rest: Sequence[str]) -> str:
    """What `--app` says, before it is known what else there may be."""
    for place, word in enumerate(rest):
        if word == "--app":
            return "".join(rest[place + 1 : place + 2])
        if word.startswith("--app="):
            return word.removeprefix("--app=")
    return ""


def _has_no_app() -> bool:
    try:
        locate("")
    except CommandError:
        return True
    return False


def _parameter(given: Given) -> click.Parameter:
    kind = given.kind if "|" in given.kind else given.kind.upper() if given.kind != "str" else "TEXT"
    dashed = given.name.replace("_", "-")
    if not given.is_option:
        shown = dashed.upper() + "..." * given.many
        return click.Argument([given.name], nargs=-1 if given.many else 1, metavar=shown, required=True)
    told = " ".join(part for part in (given.help, _default(given)) if part)
    if given.flag:
        return click.Option([f"--{dashed}/--no-{dashed}", given.name], default=None, help=told, required=given.required)
    return click.Option(
        [f"--{dashed}", given.name], multiple=given.many, metavar=kind, help=told, required=given.required
    )


def _default(given: Given) -> str:
    if given.default in (MISSING, None, False, "", ()) or given.default == []:
        return ""
    return f"[default: {getattr(given.default, 'value', given.default)}]"


def _pairs(given: Given, value: Any) -> list[tuple[str, str]]:
    if value is None:
        return []
    if isinstance(value, bool):
        return [(given.name, "true" if value else "false")]
    return [(given.name, text) for text in (value if isinstance(value, tuple) else (value,))]


def _shown(given: Given) -> str:
    dashed = given.name.replace("_", "-")
    return f"--{dashed}" if given.is_option else dashed.upper()
