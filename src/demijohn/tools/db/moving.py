"""`migrate`, `rollback`, `status`, `history` and `sql`: the migrations that there are."""

from __future__ import annotations

from typing import Any

from ..console import CommandError, count, duration, paint, say
from .making import asking
from .opened import Opened, opened


def migrate(target: str, database: str, revision: str) -> int:
    """Apply what is missing, up to a revision if one is named."""
    with opened(target, database) as found:
        history = found.history
        goal = _find(history, revision) if revision else "head"
        if not revision and adopted(found):
            return 0
        pending = history.pending()
        if goal != "head" and goal not in pending:
            say(found.typed(f"The database has {goal} already. To take later ones back: demijohn db rollback {goal}"))
            return 0
        if not pending:
            say("The database is up to date.")
            return 0
        apply(history, goal)
        left = len(history.pending())
        say("The database is up to date." if not left else f"{count(left, 'migration')} later: not applied.")
        return 0


def adopted(found: Opened) -> bool:
    """Whether tables that were there already were taken over."""
    from ...batteries.database.migrations import Maker

    taken = found.history.adopt(Maker(found.history).differs)
    if taken:
        say("The tables were there already and agree with the models: all migrations are noted as applied.")
    return bool(taken)


def apply(history: Any, goal: str = "head") -> None:
    """Apply migrations, and tell of each."""
    history.move(
        goal, lambda done: say(f"  {paint('✓', 'green')} {done.revision}  {duration(done.seconds)}"), ask=asking()
    )


def rollback(target: str, database: str, revision: str) -> int:
    """Take back the last one, or all after a revision."""
    with opened(target, database) as found:
        history = found.history
        applied = history.applied()
        if not applied:
            say("No migration is applied: there is nothing to take back.")
            return 0
        goal = _find(history, revision) if revision else (["base", *applied][-2])
        if goal != "base" and (goal not in applied or goal == applied[-1]):
            say(f"The database is at {applied[-1]}: there is nothing after {goal} to take back.")
            return 0
        history.move(goal, lambda done: say(f"  {done.revision} taken back  {duration(done.seconds)}"), back=True)
        return 0


def status(target: str, database: str) -> int:
    """Tell which migration the database has, and which it lacks."""
    with opened(target, database) as found:
        history = found.history
        pending = history.pending()
        say(f"Database:    {history.engines.url.render_as_string(hide_password=True)}")
        say(f"Applied:     {history.current() or 'none'}")
        say(f"To apply:    {', '.join(pending) or 'none'}")
        if pending:
            say(found.typed("To apply them: demijohn db migrate"))
        return 0


def history(target: str, database: str) -> int:
    """List all migrations."""
    with opened(target, database) as found:
        pending = set(found.history.pending())
        steps = found.history.steps()
        if not steps:
            say(found.typed("There are no migrations yet. To make the first: demijohn db make"))
        for step in steps:
            mark = " " if step.revision in pending else paint("✓", "green")
            say(f"{mark} {step.revision}  {step.doc}")
        return 0


def sql(target: str, database: str) -> int:
    """Print all migrations as SQL."""
    with opened(target, database) as found:
        say(found.history.offline_sql().rstrip())
        return 0


def _find(history: Any, name: str) -> str:
    """A migration by its name, or by its number alone."""
    if name in {"0", "base"}:
        return "base"
    names: list[str] = [step.revision for step in history.steps()]
    number = name.zfill(4) if name.isdigit() else name
    found = [each for each in names if each == name or each.partition("_")[0] == number]
    if len(found) > 1:
        raise CommandError(f"Several migrations have the number {name}.", fix=f"Write one of: {', '.join(found)}.")
    if not found:
        raise CommandError(f"There is no migration {name}.", fix=f"There are: {', '.join(names) or 'none yet'}.")
    return found[0]
