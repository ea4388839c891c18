"""The next migration: derived from the models, tried in a scratch database, and judged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Engine

from .asking import MigrationError, Renames
from .comparing import compare, compare_enums, needs_tables
from .drift import changes
from .history import History
from .renaming import execute, rename
from .rendering import Text, allowed_in, describe, slug, with_allowed
from .running import Replayed, replay
from .safety import Danger, find_dangers
from .scratch import scratch_engine


@dataclass(frozen=True, slots=True)
class Draft:
    """A migration that was not written yet: its text, the SQL it came to when it was tried, its dangers.

    `changes` is what it does beyond adding, in words.
    """

    revision: str
    text: str
    sql: list[str]
    dangers: list[Danger]
    changes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Finding:
    """A danger in the file of a migration that is there."""

    file: Path
    danger: Danger


class Maker:
    """Makes the migrations of a history, and judges those that it has."""

    def __init__(self, history: History) -> None:
        self.history = history

    def draft(self, title: str, renames: Renames) -> Draft | None:
        """The next migration, tried in a scratch database; `None` if models and migrations agree."""
        with self._scratch() as (engine, _):
            renamed = rename(engine, self.history.metadata, renames)
            with self._wanted(engine) as wanted:
                script = compare(engine, self.history.metadata, wanted)
                enums = compare_enums(engine, wanted)
            if not renamed and not enums and script.upgrade_ops.is_empty():
                return None
            text = self._text(engine, title or describe(script.upgrade_ops.ops, renamed, enums))
            code = text.render(script, renamed, enums)
            execute(engine, [row.back for row in reversed(renamed)])
            tried = _try(engine, code)
            dangers = find_dangers(tried.operations, engine.dialect.name)
            return Draft(text.revision, code, tried.sql, dangers, changes(script, renamed, enums))

    def empty(self, title: str) -> Draft:
        """A migration without steps, for those that one writes oneself."""
        text = self._text(self.history.engines.sync, title or "steps")
        return Draft(text.revision, text.empty(), [], [])

    def write(self, draft: Draft, allowed: Mapping[str, str]) -> Path:
        """Write a draft into its file, with the dangers that were accepted."""
        folder = self.history.folder
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{draft.revision}.py"
        codes = {danger.code for danger in draft.dangers}
        kept = {code: why for code, why in allowed.items() if code in codes}
        file.write_text(with_allowed(draft.text, kept), encoding="utf-8")
        return file

    def differs(self) -> bool:
        """Whether the tables of the database itself are not as the models say; other tables are nobody's business."""
        script = compare(self.history.engines.sync, self.history.metadata, others=False)
        return not script.upgrade_ops.is_empty()

    def judge(self) -> list[Finding]:
        """The dangers in all files that they do not accept themselves; hand-written steps too."""
        with self._scratch() as (engine, replayed):
            return [
                Finding(Path(one.step.path), danger)
                for one in replayed
                for danger in find_dangers(one.operations, engine.dialect.name)
                if not allowed_in(Path(one.step.path).read_text(encoding="utf-8")).get(danger.code)
            ]

    @contextmanager
    def _scratch(self) -> Iterator[tuple[Engine, list[Replayed]]]:
        """A database as the migrations make it, and what each migration did."""
        with scratch_engine(self.history.engines) as engine:
            yield engine, replay(engine, self.history.steps())

    @contextmanager
    def _wanted(self, engine: Engine) -> Iterator[Connection | None]:
        """A connection to a database as the models would make it, where there is something to learn from it."""
        metadata = self.history.metadata
        if not needs_tables(engine, metadata):
            yield None
            return
        with scratch_engine(self.history.engines) as wanted:
            metadata.create_all(wanted, tables=[table for table in metadata.sorted_tables if table.schema is None])
            with wanted.connect() as connection:
                yield connection

    def _text(self, engine: Engine, title: str) -> Text:
        numbers = [int(found[0]) for step in self.history.steps() if (found := re.match(r"\d+", step.revision))]
        revision = f"{max(numbers, default=0) + 1:04}_{slug(title)}"
        return Text(engine.dialect.name, title, revision, self.history.heads())


def _try(engine: Engine, code: str) -> Replayed:
    """Run a text that is no file yet."""
    names: dict[str, Any] = {}
    exec(compile(code, "<migration>", "exec"), names)  # noqa: S102 - our own text, a moment before it is a file
    step: Any = SimpleNamespace(module=SimpleNamespace(upgrade=names["upgrade"]), revision="", path="")
    try:
        return replay(engine, [step])[0]
    except MigrationError as error:
        raise MigrationError(
            f"The migration that leads to the models does not run: {error.what.partition(': ')[2]}",
            "Change the models in smaller steps, with a migration for each.",
        ) from error.__cause__
