"""`demijohn db` as it is typed: its commands and their options. What they do is imported when they do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from ..command_habits import DATABASE
from ..console import CommandError

_APP = click.option("--app", "target", default="", metavar="TARGET", help="The app, if it is not found by itself.")
_DATABASE = click.option("--database", default="", metavar="NAME", help="Which database, if the app has several.")
_RENAME = click.option("--rename", multiple=True, metavar="OLD=NEW", help="A table or column that was renamed.")
_DROP = click.option("--drop", multiple=True, metavar="OLD", help="One that was dropped and not renamed.")
_ALLOW = click.option("--allow", multiple=True, metavar="CODE:REASON", help="A danger that you accept, and why.")
_REVISION = click.argument("revision", required=False, default="")


class _Actions(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order in which they are needed

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            fix = f"{{{', '.join(self.commands)}}}" if args[0] not in DATABASE else DATABASE[args[0]]
            raise CommandError(f"There is no command db {args[0]}.", fix=f"demijohn db {fix}")
        return super().resolve_command(ctx, args)


class _Action(click.Command):
    """An app given by position is told how it is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        extra = next((each for each in args if ":" in each or each.endswith(".py")), "")
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            if extra and "unexpected extra argument" in error.format_message():
                raise CommandError(
                    f"demijohn db {ctx.info_name} takes no {extra}.",
                    fix=f"The app is named so: demijohn db {ctx.info_name} --app {extra}",
                ) from error
            raise


@click.group("db", cls=_Actions, short_help="Make, show and apply the migrations of the database, and its rows.")
def db() -> None:
    """The database of the app: its migrations, and its rows."""


def _command(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for option in reversed((*options, _APP, _DATABASE)):
            function = option(function)
        return db.command(cls=_Action)(function)

    return decorate


@_command(
    click.option("--title", default="", help="What the migration does; it becomes the name of its file."),
    _RENAME, _DROP, _ALLOW,
    click.option("--empty", is_flag=True, help="One without steps, to write them yourself."),
    click.option("--apply", "apply_now", is_flag=True, help="Apply it, too: for development."),
    click.option("--additive", is_flag=True, help="Only if it adds, and changes nothing that is there."),
)  # fmt: skip
def make(target: str, database: str, **options: Any) -> int:
    """Write the next migration from what the models say."""
    from .making import make

    return make(target, database, **options)


@_command(_RENAME, _DROP)
def diff(target: str, database: str, rename: Sequence[str], drop: Sequence[str]) -> int:
    """Print the SQL of what make would write."""
    from .making import diff

    return diff(target, database, rename, drop)


@_command(_REVISION)
def migrate(target: str, database: str, revision: str) -> int:
    """Apply what the database lacks, up to REVISION if that is given."""
    from .moving import migrate

    return migrate(target, database, revision)


@_command(_REVISION)
def rollback(target: str, database: str, revision: str) -> int:
    """Take the last migration back, or all after REVISION (0: all)."""
    from .moving import rollback

    return rollback(target, database, revision)


@_command()
def status(target: str, database: str) -> int:
    """Tell which migration the database has, and which it lacks."""
    from .moving import status

    return status(target, database)


@_command()
def history(target: str, database: str) -> int:
    """List all migrations, those that are applied with a mark."""
    from .moving import history

    return history(target, database)


@_command(_ALLOW)
def check(target: str, database: str, allow: Sequence[str]) -> int:
    """For CI: 1 if models and migrations differ, or one does harm."""
    from .making import check

    return check(target, database, allow)


@_command()
def sql(target: str, database: str) -> int:
    """Print all migrations as SQL, for whoever applies it by hand."""
    from .moving import sql

    return sql(target, database)


@_command(click.option("--yes", default="", metavar="NAME", help="The name of the database, outside of development."))
def reset(target: str, database: str, yes: str) -> int:
    """Drop all tables, make them anew, and seed them."""
    from .rows import reset

    return reset(target, database, yes)


@_command()
def seed(target: str, database: str) -> int:
    """Run the functions that put the first rows into the tables."""
    from .rows import seed

    return seed(target, database)


@_command(
    click.argument("models", nargs=-1, metavar="[MODEL]..."),
    click.option(
        "--output", "-o", default="", metavar="FILE", help="A .jsonl, .json or .yaml file; else it is printed."
    ),
    click.option("--natural", is_flag=True, help="References by names instead of keys, keys left out."),
)
def dump(target: str, database: str, **options: Any) -> int:
    """Write rows as JSON, one a line: all, or those of the models."""
    from .rows import dump

    return dump(target, database, **options)


@_command(click.argument("files", nargs=-1, required=True, metavar="FILE..."))
def load(target: str, database: str, files: Sequence[str]) -> int:
    """Put the rows of files into the database: all or nothing."""
    from .rows import load

    return load(target, database, files)


@_command(
    click.option("--command", "-c", default="", metavar="CODE", help="Run this and end."),
    click.option("--plain", is_flag=True, help="Python's own shell, even if IPython is installed."),
)
def shell(target: str, database: str, command: str, plain: bool) -> int:
    """Open Python with app, db and the models at hand."""
    from .shell import shell

    return shell(target, database, command, plain)
