"""`make`, `diff` and `check`: from models to migrations, and what is dangerous on the way."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from ..console import CommandError, count, paint, say, short
from .opened import opened


def make(  # noqa: PLR0917 - the options of the command
    target: str,
    database: str,
    title: str,
    rename: Sequence[str],
    drop: Sequence[str],
    allow: Sequence[str],
    empty: bool,
    apply_now: bool,
    additive: bool,
) -> int:
    """Write the next migration; nothing is written if a step of it is dangerous and not allowed."""
    allowed = _allowed(allow)
    with opened(target, database) as found:
        from ...batteries.database.migrations import Maker

        maker = Maker(found.history)
        draft = maker.empty(title) if empty else maker.draft(title, _renames(rename, drop))
        if draft is None:
            say("Models and migrations agree: there is nothing to make.")
            _tell_apart()
            return 0
        if additive and draft.changes:
            raise CommandError(
                f"Nothing was written: this migration would do more than add: {', '.join(draft.changes)}.",
                fix=found.typed("Look at it with demijohn db diff, and make it with demijohn db make --apply"),
                exit_code=1,
            )
        dangers = [danger for danger in draft.dangers if danger.code not in allowed]
        if dangers:
            _warn(dangers)
            codes = " ".join(f'--allow {code}:"why"' for code in sorted({danger.code for danger in dangers}))
            raise CommandError(
                f"Nothing was written: {count(len(dangers), 'step')} of this migration can do harm.",
                fix=found.typed(f"Take the way shown above, or allow it and say why: demijohn db make {codes}"),
                exit_code=1,
            )
        file = short(maker.write(draft, allowed))
        if apply_now:
            from .moving import apply

            say(f"{paint('✓', 'green')} Wrote {file}.")
            apply(found.history)
            return 0
        verb = "Write its steps" if empty else "Read it"
        say(found.typed(f"{paint('✓', 'green')} Wrote {file}. {verb}, then: demijohn db migrate"))
        return 0


def _tell_apart() -> None:
    """Tables of a base of SQLAlchemy's own are Alembic's to migrate, or ours if it says so."""
    from ...batteries.database.own_bases import apart

    for base in apart():
        say(
            f"Not looked at: {count(len(base.metadata.tables), 'table')} of {base.__module__}.{base.__name__}, a base"
            f" of SQLAlchemy's own. Its migrations are made here too with: metadata = Model.metadata, in"
            f" {base.__name__}."
        )


def diff(target: str, database: str, rename: Sequence[str], drop: Sequence[str]) -> int:
    """Print the SQL of what `make` would write."""
    with opened(target, database) as found:
        from ...batteries.database.migrations import Maker

        draft = Maker(found.history).draft("", _renames(rename, drop))
        if draft is None:
            say("Models and migrations agree.")
            return 0
        say("\n\n".join(f"{statement};" for statement in draft.sql))
        _warn(draft.dangers)
        return 0


def check(target: str, database: str, allow: Sequence[str]) -> int:
    """For CI: 1 if models and migrations differ, or a file has a dangerous step that it does not allow itself."""
    allowed = _allowed(allow)
    with opened(target, database) as found:
        from ...batteries.database.migrations import Maker, Renames

        maker = Maker(found.history)
        # Here it does not matter what was renamed: any difference is one.
        differ = maker.draft("", Renames(ask=lambda _: False)) is not None
        findings = [each for each in maker.judge() if each.danger.code not in allowed]
        differing = found.typed(
            "Models and migrations differ. To see how: demijohn db diff; to mend it: demijohn db make"
        )
    for each in findings:
        say(f"{short(each.file)}:", error=True)
        _warn([each.danger])
    if findings:
        code = findings[0].danger.code
        say(
            f"\n{count(len(findings), 'dangerous step')}. Take the way shown, or say in the file, in its own line, "
            f"why it does no harm: # allow {code}: why",
            error=True,
        )
    if differ:
        say(differing, error=True)
    if not findings and not differ:
        say(f"{paint('✓', 'green')} Models and migrations agree.")
    return 1 if findings or differ else 0


def _warn(dangers: Sequence[Any]) -> None:
    for danger in dangers:
        say(f"{paint(danger.code, 'yellow')}: {danger.what}", error=True)
        for number, line in enumerate(danger.instead.splitlines()):
            say(f"  {'Instead:' if not number else '        '} {line}", error=True)


def _allowed(given: Sequence[str]) -> dict[str, str]:
    """By code why it is allowed: a danger is accepted by somebody, for a reason that can be read later."""
    found = {}
    for each in given:
        code, _, why = each.partition(":")
        if not why.strip():
            raise CommandError(f"--allow {each} has no reason.", fix=f'--allow {code}:"the table has ten rows"')
        found[code.strip()] = " ".join(why.split())
    return found


def _renames(rename: Sequence[str], drop: Sequence[str]) -> Any:
    from ...batteries.database.migrations import Renames

    known = {}
    for pair in rename:
        old, sign, new = pair.partition("=")
        if not (old and sign and new):
            raise CommandError(f"--rename {pair} has no new name.", fix="--rename post.title=post.headline")
        known[old] = new
    return Renames(known, set(drop), asking())


def asking() -> Any:
    """Who can be asked: a person at a terminal, or nobody."""
    return ask if sys.stdin.isatty() else None


def ask(question: str) -> bool:
    """Ask for a yes or no; all but yes is no."""
    return input(f"{question} [y/n] ").strip().lower() in {"y", "yes"}
