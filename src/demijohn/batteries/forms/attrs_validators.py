"""What the validators of an attrs class say, on the fields: its own error would not tell of which one it is."""

from __future__ import annotations

from typing import Any

import msgspec

from ...kernel.validation import fields_of


def objections_of(schema: Any, tree: Any) -> dict[str, list[str]]:
    """The messages of all validators for the values of a record whose types are right; none for other classes."""
    attributes = [one for one in getattr(schema, "__attrs_attrs__", ()) if one.validator is not None]
    if not attributes:
        return {}
    item = object.__new__(schema)  # with its values, as a validator may look at the others
    for name, annotation, _ in fields_of(schema):
        if name in tree:
            object.__setattr__(item, name, msgspec.convert(tree[name], annotation, strict=False))
    errors: dict[str, list[str]] = {}
    for attribute in attributes:
        if attribute.name not in tree:
            continue  # A default is the class's own.
        try:
            attribute.validator(item, attribute, getattr(item, attribute.name))
        except (ValueError, TypeError) as error:
            errors.setdefault(attribute.name, []).append(str(error.args[0]) if error.args else "This is not valid.")
        except AttributeError:
            continue  # It asks for another field, which has not been given.
    return errors
