"""What is checked of a record beyond its type: texts, files, choices and validators, inside of it too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import UNSET

from .parts import Part


def check_record(parts: Iterable[Part], value: Any, at: str, errors: dict[str, list[str]]) -> None:
    """Note what is wrong with the fields of a record, under their names."""
    for part in parts:
        held = value.get(part.name) if isinstance(value, dict) else getattr(value, part.attribute, None)
        name = f"{at}{part.name}"
        if held is UNSET:
            continue
        if part.parts is None:
            try:
                part.check(held)
            except ValueError as error:
                errors.setdefault(name, []).append(str(error) if str(error) else "This is not valid.")
        elif part.repeated:
            if held is not None and len(held) > part.most:
                errors.setdefault(name, []).append(f"Expected at most {part.most} rows.")
                continue
            for index, row in enumerate(held or ()):
                check_record(part.parts.values(), row, f"{name}.{index}.", errors)
        elif held is not None:
            check_record(part.parts.values(), held, f"{name}.", errors)
