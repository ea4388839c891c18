"""`demijohn db shell`: Python with the app, its models, and a unit of work at hand."""

from __future__ import annotations

import atexit
import code
import contextlib
import importlib
import linecache
import sys
from pathlib import Path
from typing import Any

from ..console import CommandError, say
from ..mistakes import explain
from .opened import Opened, opened

_HISTORY = Path("~/.demijohn_history").expanduser


def shell(target: str, database: str, command: str, plain: bool) -> int:
    """Open it, or run one command in it. What is not committed is rolled back at the end."""
    with opened(target, database) as found:
        from ...batteries.database import DB

        with DB(found.engine) as db:
            names = _names(found, db)
            if command:
                _run(command, "<command>", names)
            elif not sys.stdin.isatty():
                _run(sys.stdin.read(), "<stdin>", names)
            else:
                _talk(names, _banner(found), plain=plain)
            if db.in_transaction() and (db.new or db.dirty or db.deleted):
                say("What was not committed is gone; next time: db.commit()", error=True)
        return 0


def _run(source: str, called: str, names: dict[str, Any]) -> None:
    """Run what was typed; what it raises is told with its line, without the frames of ours."""
    called = str(Path.cwd() / called)  # As a file of the user's, whose lines are shown.
    lines = source.splitlines(keepends=True)
    linecache.cache[called] = (len(source), None, lines, called)
    try:
        exec(compile(source, called, "exec"), names)  # noqa: S102 - the developer's own
    except Exception as error:
        raise CommandError(explain(error).rstrip(), exit_code=1) from error


def _names(found: Opened, db: Any) -> dict[str, Any]:
    """What is at hand; models go before words of SQLAlchemy that have the same name."""
    from ...batteries.database.at_hand import AT_HAND

    models = {model.__name__: model for model in found.models}
    return AT_HAND | models | {"app": found.sealed.app, "db": db}


def _banner(found: Opened) -> str:
    shown = found.history.engines.url.render_as_string(hide_password=True)
    models = ", ".join(model.__name__ for model in found.models) or "no models yet"
    return (
        f"Python {sys.version.split()[0]} on {shown}\n"
        f"At hand: app, db, select, func, {models}\n"
        "Nothing is kept before db.commit(). Ctrl-D ends."
    )


def _talk(names: dict[str, Any], banner: str, *, plain: bool) -> None:
    if not plain:
        with contextlib.suppress(ImportError):
            terminal = importlib.import_module("IPython.terminal.embed")
            terminal.InteractiveShellEmbed(user_ns=names, banner1=banner + "\n")()
            return
    with contextlib.suppress(ImportError):
        _remember(names)
    code.interact(banner, local=names, exitmsg="")


def _remember(names: dict[str, Any]) -> None:
    """History and completion, where Python has them."""
    import readline
    import rlcompleter

    with contextlib.suppress(OSError):
        readline.read_history_file(_HISTORY())
    readline.set_history_length(1_000)
    readline.set_completer(rlcompleter.Completer(names).complete)
    readline.parse_and_bind("tab: complete")

    def save() -> None:
        with contextlib.suppress(OSError):
            readline.write_history_file(_HISTORY())

    atexit.register(save)
