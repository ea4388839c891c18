"""What models have and the database lacks, in words, and whether a migration of it would only add.

Theory. `make` compares the models with what the migrations come to, in scratch databases. Here the database itself is
looked at, whenever the code has changed, so it must be quick, and leave nothing behind in a process that may be ended
at any moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .comparing import compare, compare_enums, needs_tables
from .enums import EnumChange
from .history import History
from .momentary import momentary_tables
from .renaming import Rename


@dataclass(frozen=True, slots=True)
class Drift:
    """What the models have and the database lacks, in words; whether a migration of it `only_adds`."""

    words: list[str]
    only_adds: bool


def drift(history: History) -> Drift:
    """What a migration would add to the database as it is, and what else it would change; raises `MigrationError`."""
    engine, metadata = history.engines.sync, history.metadata
    if needs_tables(engine, metadata):
        with momentary_tables(engine, metadata) as there:
            script = compare(engine, metadata, there, others=False)
            enums = [change for change in compare_enums(engine, there) if change.after]
    else:
        script, enums = compare(engine, metadata, others=False), []
    steps = list(_steps(script))
    words = [_word(step, _changed(steps)) for step in steps] + [_enum_word(one) for one in enums if one.before]
    return Drift(list(dict.fromkeys(words)), not changes(script, (), enums))


def changes(script: Any, renamed: Iterable[Rename], enums: Iterable[EnumChange]) -> list[str]:
    """What of a migration is more than an addition, in words."""
    steps = list(_steps(script))
    found = [f"{one.old}, which is called {one.new} now" for one in renamed if not one.follows]
    found += [_word(step, _changed(steps)) for step in steps if type(step).__name__ not in _ADDS]
    found += [_enum_word(one) for one in enums if one.before and not one.only_grows]
    return list(dict.fromkeys(found))


_ADDS: Final = frozenset(
    {
        "CreateTableOp", "AddColumnOp", "CreateIndexOp", "CreateUniqueConstraintOp", "CreateForeignKeyOp",
        "CreateCheckConstraintOp",
    }
)  # fmt: skip


def _steps(script: Any) -> Iterator[Any]:
    for operation in script.upgrade_ops.ops:
        yield from getattr(operation, "ops", [operation])


def _changed(steps: Sequence[Any]) -> set[str]:
    """The names of what is dropped, and perhaps made anew."""
    dropped = {"DropConstraintOp": "constraint_name", "DropIndexOp": "index_name"}
    kinds = ((step, dropped.get(type(step).__name__)) for step in steps)
    return {str(getattr(step, name)) for step, name in kinds if name}


def _word(step: Any, changed: set[str]) -> str:
    match type(step).__name__:
        case "CreateTableOp":
            return f"the table {step.table_name}"
        case "AddColumnOp":
            return f"the column {step.table_name}.{step.column.name}"
        case "CreateIndexOp" | "DropIndexOp":
            return f"{'a change of ' * (step.index_name in changed)}the index {step.index_name}"
        case "CreateUniqueConstraintOp" | "CreateForeignKeyOp" | "CreateCheckConstraintOp" | "DropConstraintOp":
            return f"{'a change of ' * (step.constraint_name in changed)}the constraint {step.constraint_name}"
        case "AlterColumnOp" | "DropColumnOp":
            return f"a change of {step.table_name}.{step.column_name}"
        case _:
            return f"a change of {getattr(step, 'table_name', None) or getattr(step, 'source_table', 'a table')}"


def _enum_word(change: EnumChange) -> str:
    if not change.only_grows:
        return f"a change of the type {change.name}"
    return f"{', '.join(one for one in change.after if one not in change.before)} in the type {change.name}"
