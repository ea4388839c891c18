"""The command line: `demijohn dev`, `serve`, `routes`, `check`, `batteries`, `openapi`, `db`, `commands`, `explain`,
`new`, and the commands of the app.

Only click is imported here; a command imports what it runs when it runs, so that help is quick and one
command never pays for another.
"""

from __future__ import annotations

import difflib
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..foundation.errors import SetupError
from .command_habits import COMMANDS, ELSEWHERE, OPTIONS
from .console import CommandError, paint, say
from .db.commands import db

EPILOG = """\b
Exit codes:
  0    all is well
  1    something failed while it ran
  2    the command, or the app, cannot be used as it is written
  130  interrupted"""

_TARGET = "TARGET is module:name, 'module:factory()', a file or a folder. Without it, app.py and the like are found."


class Commands(click.Group):
    """The commands, with an answer for those who type a name that is not one of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order in which they are needed, not of the alphabet

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0] if args else ""
        if name and self.get_command(ctx, name) is None and not name.startswith("-"):
            from .own_commands import own_command, own_names  # Only who types no command of ours pays for the app.

            own = own_command(name, args[1:])
            if own is not None:
                return name, own, args[1:]
            raise CommandError(*_no_such_command(name, args[1:], sorted([*self.commands, *own_names(args[1:])])))
        return super().resolve_command(ctx, args)


def _no_such_command(name: str, rest: Sequence[str], commands: Sequence[str]) -> tuple[str]:
    after = " ".join(["", *rest])
    if name in COMMANDS:
        return (f"There is no command {name}. In Demijohn it is: demijohn {COMMANDS[name]}",)
    if name in ELSEWHERE:
        return (f"There is no command {name}. {ELSEWHERE[name]}",)
    if ":" in name or name.endswith(".py") or Path(name).exists():
        return (f"{name} is an app, not a command. To run it: demijohn dev {name}{after}",)
    near = difflib.get_close_matches(name, commands, n=1)
    if near:
        return (f"There is no command {name}. Did you mean: demijohn {near[0]}{after}",)
    return (f"There is no command {name}. There are: {', '.join(commands)}.",)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
    invoke_without_command=True,
)
@click.option("--version", is_flag=True, help="Show the versions of Demijohn and Python.")
@click.pass_context
def cli(ctx: click.Context, version: bool) -> None:
    """Demijohn: start like Flask, grow into Django, never rewrite."""
    if version:
        from .._version import __version__

        say(f"Demijohn {__version__} (Python {sys.version.split()[0]})")
    elif ctx.invoked_subcommand is None:
        say(ctx.get_help())


@cli.command(epilog=_TARGET, short_help="Serve the app while you write it.")
@click.argument("target", required=False, default="")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port: $PORT, else 8000 or the next free.")
@click.option("--reload/--no-reload", default=True, show_default=True, help="Restart when a file of the app is saved.")
@click.option("--poll", is_flag=True, help="Look at files twice a second: for folders without file events.")
def dev(target: str, host: str, port: int | None, reload: bool, poll: bool) -> int:
    """Serve the app while you write it: it restarts on save and explains errors."""
    begin = time.monotonic()
    from .dev import run

    return run(target, host=host, port=port, reload=reload, poll=poll, begin=begin)


@cli.command(epilog=_TARGET)
@click.argument("target", required=False, default="")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port: $PORT, else 8000.")
@click.option("--uds", type=click.Path(), default=None, help="Listen on this Unix domain socket instead.")
@click.option(
    "--interface",
    type=click.Choice(["auto", "rsgi", "asgi", "wsgi"]),
    default="auto",
    show_default=True,
    help="How server and app speak. wsgi needs --behind-proxy.",
)
@click.option("--workers", type=click.IntRange(1, 512), help="Processes: one per core that memory allows.")
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads for `def` handlers in each worker.")
@click.option("--behind-proxy", is_flag=True, help="A proxy that holds slow clients stands in front.")
def serve(target: str, **options: Any) -> int:
    """Serve the app in production."""
    from .serve import run

    return run(target, **options)


@cli.command(short_help="Start an app: one file that runs.")
@click.argument("name", required=False, default=".")
def new(name: str) -> int:
    """Start an app: writes NAME/app.py (NAME.py if it ends so), or app.py here. Overwrites nothing."""
    from .new import run

    return run(name)


@cli.command(epilog=_TARGET + " URL is a path: which route answers it, and why.")
@click.argument("arguments", nargs=-1, metavar="[TARGET] [URL]")
@click.option("--method", default="GET", show_default=True, help="The method to ask URL with.")
@click.option("--public", is_flag=True, help="List those that anybody may ask, and what guards them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def routes(arguments: tuple[str, ...], method: str, public: bool, as_json: bool) -> int:
    """List the routes, or tell which one answers a URL."""
    from .routes import run

    return run(arguments, method=method, as_json=as_json, public=public)


@cli.command(epilog=_TARGET, short_help="Tell every mistake without serving.")
@click.argument("target", required=False, default="")
@click.option("--deploy", is_flag=True, help="Tell what is not fit for the public, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(target: str, deploy: bool, as_json: bool) -> int:
    """Put the app together without serving it and tell every mistake."""
    from .check import run

    return run(target, as_json=as_json, deploy=deploy)


@cli.command(epilog=_TARGET, short_help="Show what each battery added to the app.")
@click.argument("target", required=False, default="")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def batteries(target: str, as_json: bool) -> int:
    """Show what each battery added to the app, and in which order a request passes through."""
    from .ledger import run

    return run(target, as_json=as_json)


@cli.command(epilog=_TARGET, short_help="Print the OpenAPI document, or write it to a file.")
@click.argument("target", required=False, default="")
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="The file to write.")
@click.option("--check", is_flag=True, help="Write nothing: the exit code tells whether the file is up to date.")
def openapi(target: str, output: str | None, check: bool) -> int:
    """Print the OpenAPI document of the app, or write it to a file."""
    from .openapi import run

    return run(target, output=output, check=check)


cli.add_command(db)


@cli.command(epilog=_TARGET, short_help="List the commands of the app's own.")
@click.argument("target", required=False, default="")
def commands(target: str) -> int:
    """List the commands of the app's own, `@app.command`: each is typed as those here are."""
    from .own_commands import run

    return run(target)


@cli.command(short_help="Tell more about the code of an error.")
@click.argument("codes", nargs=-1, metavar="[CODE]...")
def explain(codes: tuple[str, ...]) -> int:
    """Tell more about the code of an error: why it is one, and an example. Without CODE, all are listed."""
    from .explain import run

    return run(codes)


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point of the `demijohn` command: runs it and ends the process with its exit code."""
    sys.exit(call(list(sys.argv[1:] if arguments is None else arguments)))


def call(arguments: list[str]) -> int:
    """Run one command line and return its exit code; every error is told in words."""
    try:
        return int(cli.main(arguments, prog_name="demijohn", standalone_mode=False) or 0)
    except click.UsageError as error:
        _tell(_usage(error))
        return 2
    except (SetupError, CommandError) as error:
        from .mistakes import explain as told

        _tell(told(error))
        return getattr(error, "exit_code", 2)
    except click.ClickException as error:
        _tell(error.format_message())
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130


def _usage(error: click.UsageError) -> str:
    message = error.format_message()
    if isinstance(error, click.NoSuchOption) and error.option_name in OPTIONS:
        fix = OPTIONS[error.option_name]
        return str(CommandError(f"There is no option {error.option_name}.", fix=fix))
    fix = ""
    if error.ctx is not None:
        fix = f"{error.ctx.command_path} --help lists what it takes."
        if "extra argument" in message and any(each.name == "title" for each in error.ctx.command.params):
            fix = f'{error.ctx.command_path} --title "..."'  # which others take as it is
    return str(CommandError(message, fix=fix))


def _tell(text: str) -> None:
    say(f"{paint('Error:', 'red', 'bold', stream=sys.stderr)} {text}", error=True)
