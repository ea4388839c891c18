"""What models have and the database lacks, in words, without a scratch database."""

from __future__ import annotations

from typing import Any

from .comparing import compare
from .history import History


def drift(history: History) -> list[str]:
    """What a migration would add to the database as it is, and what else it would change; raises `MigrationError`."""
    script = compare(history.engines.sync, history.metadata, others=False)
    found: list[str] = []
    for operation in script.upgrade_ops.ops:
        for step in getattr(operation, "ops", [operation]):
            found.append(_word(step))
    return list(dict.fromkeys(found))


def _word(step: Any) -> str:
    match type(step).__name__:
        case "CreateTableOp":
            return f"the table {step.table_name}"
        case "AddColumnOp":
            return f"the column {step.table_name}.{step.column.name}"
        case "CreateIndexOp":
            return f"the index {step.index_name}"
        case "CreateUniqueConstraintOp" | "CreateForeignKeyOp":
            return f"the constraint {step.constraint_name}"
        case "AlterColumnOp":
            return f"a change of {step.table_name}.{step.column_name}"
        case _:
            return f"a change of {getattr(step, 'table_name', None) or getattr(step, 'source_table', 'a table')}"
