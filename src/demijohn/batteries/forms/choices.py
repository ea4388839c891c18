"""`KeyOf`: one of many rows, chosen from a list while they are few and searched for when they are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from ...foundation.errors import SetupError, Where
from ...kernel.schema import is_mapped

if TYPE_CHECKING:
    from .parts import Part


@dataclass(frozen=True)
class KeyOf:
    """Beside a key's type, `author: Annotated[int, KeyOf(Author)]`: the rows that it may name.

    `rows` is a model, a select of one, or a function that makes a select (of the request, if it takes one): nothing
    outside of it can be chosen. `label` is an attribute or a function of a row, else its `name`, `title` or key.
    Up to `shown` rows are a list; above, they are searched for in the attributes `search`, else in the label's.
    """

    rows: Any
    label: str | Callable[[Any], str] | None = None
    search: Sequence[str] = ()
    shown: int = 100


def require_choice(choice: KeyOf, name: str, where: Where) -> None:
    """Raise SetupError for what is nothing to choose from."""
    rows = choice.rows
    if is_mapped(rows) or callable(rows) or hasattr(rows, "column_descriptions"):
        return
    raise SetupError(
        "DMJ0585", f"{name}: KeyOf({rows!r}) names no rows.", where=where,
        fix="KeyOf(Author), KeyOf(select(Author).order_by(Author.name)), or a function that returns such a select.\n"
        "Fixed values are Field(choices=[...]).",
    )  # fmt: skip


def wanted_keys(parts: Iterable[Part], value: Any, at: str = "") -> Iterator[tuple[Part, str, list[Any]]]:
    """Each part with a `KeyOf` in a record, its name there, and the keys that were chosen."""
    for part in parts:
        held = value.get(part.name) if isinstance(value, dict) else getattr(value, part.attribute, None)
        name = f"{at}{part.name}"
        if held is UNSET:
            continue
        if part.parts is not None:
            rows = list(enumerate(held or ())) if part.repeated else [(None, held)] if held is not None else []
            for index, row in rows:
                inner = f"{name}." if index is None else f"{name}.{index}."
                yield from wanted_keys(part.parts.values(), row, inner)
        elif part.choice is not None and held is not None:
            yield part, name, list(held) if part.many else [held]
