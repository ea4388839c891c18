"""Values and queries held against a shape: what does not fit is told, all of it at once, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeAlias
from uuid import UUID

from demijohn.foundation.http.errors import BadRequest, UnprocessableContent
from demijohn.kernel.grammar import convert, read

from .query import OPERATORS, Query, Where
from .shape import Field, Rules, Shape

Problems: TypeAlias = list[dict[str, str]]
ShapeOf: TypeAlias = Callable[[type], Shape]
"""What tells the shape of the class that a relation leads to."""

REQUIRED: Final = "This field is required."
MOST_WORDS: Final = 16
"""How many words may be searched for: each is sought in every text, without an index."""
_ORDERED: Final = (str, int, float, Decimal, date, datetime, time, timedelta)
_COMPARED: Final = (*_ORDERED, bool, UUID, Enum)


def checked_values(shape: Shape, values: Mapping[str, object], *, partial: bool = False) -> dict[str, Any]:
    """The values, each as its field has it; raises `UnprocessableContent` with all that is wrong.

    `partial` is for changes: what is left out stays as it is.
    """
    found, problems = sorted_values(shape, values, partial=partial)
    if problems:
        raise refused(problems)
    return found


def sorted_values(
    shape: Shape, values: Mapping[str, object], *, partial: bool = False
) -> tuple[dict[str, Any], Problems]:
    """The values that pass, and the problems of the others: for a store that has more to look at."""
    problems: Problems = []
    found: dict[str, Any] = {}
    given = _by_field(shape, values)
    for name, value in given.items():
        if name not in shape:
            problems.append(problem(name, "There is no such field."))
            continue
        one = shape[name]
        if one.generated or (one.relation is not None and one.relation.kind == "children"):
            problems.append(problem(name, "This field cannot be set."))
            continue
        try:
            found[name] = checked_value(one, value)
        except ValueError as error:
            problems.append(problem(name, _sentence(str(error))))
    if not partial:
        problems += [problem(one.name, REQUIRED) for one in shape if one.required and one.name not in given]
    return found, problems


def problem(name: str, message: str) -> dict[str, str]:
    """One thing that is wrong, as it is told everywhere."""
    return {"where": name, "message": message}


def refused(problems: Iterable[dict[str, str]]) -> UnprocessableContent:
    """The error that tells problems."""
    return UnprocessableContent("Some values are not as they must be.", errors=list(problems))


def _by_field(shape: Shape, values: Mapping[str, object]) -> dict[str, Any]:
    """The values by field: a relation may be given by the name of its column, `author_id`, as well."""
    columns = {
        one.relation.columns[0]: one.name
        for one in shape
        if one.relation is not None and len(one.relation.columns) == 1
    }
    return {name if name in shape else columns.get(name, name): value for name, value in values.items()}


def checked_value(field: Field, value: Any) -> Any:
    """One value as its field has it; ValueError says what was expected."""
    relation = field.relation
    if relation is not None and relation.kind == "many":
        if not isinstance(value, list | tuple | set | frozenset):
            raise ValueError("Expected a list")
        return [_checked_one(replace(field, nullable=False), item) for item in value]
    return _checked_one(field, value)


def _checked_one(field: Field, value: Any) -> Any:
    if value is None:
        if field.nullable:
            return None
        raise ValueError(REQUIRED)
    if field.relation is not None and isinstance(value, field.relation.target):
        return value
    found = _of_type(field, value)
    if field.choices and found not in [choice.value for choice in field.choices]:
        raise ValueError("This is not one of the choices")
    if field.relation is None and field.parse is None:
        _keep(found, field.rules)
    for check in field.checks:
        check(found)
    return found


def _of_type(field: Field, value: Any) -> Any:
    kind = field.type
    if field.parse is not None:
        return field.parse(value)
    if kind is Any or (isinstance(kind, type) and type(value) is kind and kind is not int):
        found = value
    elif not _has_grammar(kind):
        if isinstance(kind, type) and not isinstance(value, kind):
            raise ValueError(f"Expected a {kind.__name__}")
        found = value
    else:
        found = convert(value, kind)
    if isinstance(found, str):
        require_text(found)
    return found


def _has_grammar(kind: Any) -> bool:
    if not isinstance(kind, type):
        return True  # Literal[...], tuple[...], list[...]
    return issubclass(kind, (*_COMPARED, bytes, list, dict, set, tuple))


def require_text(text: str) -> None:
    """Text that every database stores: PostgreSQL refuses NUL, and lone surrogates have no UTF-8."""
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("This has characters that cannot be stored")


def _keep(value: Any, rules: Rules) -> None:
    """Hold a value to its rules; the words are those that a handler's parameters use."""
    if rules.min_length is not None and len(value) < rules.min_length:
        raise ValueError(f"Expected at least {_characters(rules.min_length)}")
    if rules.max_length is not None and len(value) > rules.max_length:
        raise ValueError(f"Expected at most {_characters(rules.max_length)}")
    if rules.pattern is not None and not re.search(rules.pattern, value):
        raise ValueError(f"Expected the pattern {rules.pattern}")
    if rules.ge is not None and not value >= rules.ge:
        raise ValueError(f"Expected {rules.ge} or more")
    if rules.gt is not None and not value > rules.gt:
        raise ValueError(f"Expected more than {rules.gt}")
    if rules.le is not None and not value <= rules.le:
        raise ValueError(f"Expected {rules.le} or less")
    if rules.lt is not None and not value < rules.lt:
        raise ValueError(f"Expected less than {rules.lt}")
    if rules.timezone and value.utcoffset() is None:
        raise ValueError("Expected a time zone, such as the Z of 2026-05-31T14:30:00Z")
    if isinstance(value, Decimal):
        _keep_places(value, rules)


def _keep_places(value: Decimal, rules: Rules) -> None:
    if not value.is_finite():
        raise ValueError("Expected a decimal number")
    _, digits, exponent = value.normalize().as_tuple()
    assert isinstance(exponent, int)
    if rules.places is not None and -exponent > rules.places:
        raise ValueError(f"Expected at most {rules.places} decimal places")
    whole = max(0, len(digits) + exponent)
    if rules.digits is not None and whole > rules.digits - (rules.places or 0):
        raise ValueError(f"Expected less than 1{'0' * (rules.digits - (rules.places or 0))}")


def _characters(number: int) -> str:
    return f"{number} character{'' if number == 1 else 's'}"


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


# Queries ------------------------------------------------------------------------------------------


def checked_query(shape: Shape, query: Query, shape_of: ShapeOf) -> Query:
    """The query with its values as the fields have them; raises `BadRequest` for what makes no sense."""
    if query.search:
        try:
            require_text(query.search)
        except ValueError:
            raise BadRequest("This cannot be searched for.") from None
        if len(query.search.split()) > MOST_WORDS:
            raise BadRequest(f"Search for {MOST_WORDS} words at most.")
    order_of(shape, query)
    for name in query.search_in:
        if not path_of(shape, name, shape_of)[-1].searchable:
            raise BadRequest(f"{name} is no text: it cannot be searched.")
    for name in query.load:
        if path_of(shape, name, shape_of)[-1].relation is None:
            raise BadRequest(f"{name} is no relation: there is nothing to bring along.")
    return replace(query, where=tuple(_checked_condition(shape, one, shape_of) for one in query.where))


def path_of(shape: Shape, name: str, shape_of: ShapeOf) -> list[Field]:
    """The fields that a dotted name leads through; private ones are as if they were not there."""
    found: list[Field] = []
    at: Shape | None = shape
    for part in name.split("."):
        if at is None or part not in at or at[part].private:
            raise BadRequest(f"{shape.label.capitalize()} has no field {_shortened(name)} to ask for.")
        found.append(at[part])
        relation = at[part].relation
        at = shape_of(relation.target) if relation is not None else None
    return found


def order_of(shape: Shape, query: Query) -> list[tuple[Field, bool]]:
    """The fields that things go by, and whether downwards; the key's come last, so that no two are equal."""
    found: list[tuple[Field, bool]] = []
    for told in query.order:
        name = told.removeprefix("-")
        if name not in shape or shape[name].private or not can_order(shape[name]):
            raise BadRequest(f"{shape.plural.capitalize()} cannot be ordered by {_shortened(name)}.")
        if all(one.name != name for one, _ in found):  # said again, it changes nothing but the length of the query
            found.append((shape[name], told.startswith("-")))
    down = bool(found) and found[-1][1]
    return [*found, *((shape[name], down) for name in shape.key if all(one.name != name for one, _ in found))]


def can_order(field: Field) -> bool:
    """Whether things can be ordered by a field."""
    if not field.is_column or (field.relation is not None and len(field.relation.columns) > 1):
        return False
    return isinstance(field.type, type) and issubclass(field.type, _COMPARED)


def _checked_condition(shape: Shape, where: Where, shape_of: ShapeOf) -> Where:
    if where.op not in OPERATORS:
        raise BadRequest(f"There is no comparison {_shortened(str(where.op))}.")
    field = path_of(shape, where.name, shape_of)[-1]
    try:
        return replace(where, value=_operand(field, where))
    except ValueError as error:
        raise BadRequest(f"{where.name}: {_sentence(str(error))}") from None


def _operand(field: Field, where: Where) -> Any:
    value = where.value
    if where.op == "null":
        return read(value, bool) if isinstance(value, str) else value is None or bool(value)
    if where.op in {"contains", "starts"}:
        if not field.searchable or not isinstance(value, str):
            raise ValueError("Only text can be searched")
        require_text(value)
        return value
    if where.op == "in":
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise ValueError("Expected a list")
        return [_comparable(field, one) for one in value]
    if where.op not in {"eq", "ne"} and not (isinstance(field.type, type) and issubclass(field.type, _ORDERED)):
        raise ValueError("This cannot be compared so")
    return _comparable(field, value)


def _comparable(field: Field, value: Any) -> Any:
    """A value to compare with; one that comes as text is read as the field's type."""
    relation = field.relation
    if relation is not None and (isinstance(value, relation.target) or value is None):
        return value
    if value is None:
        return None
    if isinstance(value, str):
        require_text(value)
        if field.parse is not None:
            return field.parse(value)
        if field.type is str or field.type is Any:
            return value
        read_value = read(value, field.type)
        if field.rules.timezone and isinstance(read_value, datetime) and read_value.utcoffset() is None:
            raise ValueError("Expected a time zone, such as the Z of 2026-05-31T14:30:00Z")
        return read_value
    found = _of_type(field, value)
    if field.rules.timezone and found.utcoffset() is None:
        raise ValueError("Expected a time zone, such as the Z of 2026-05-31T14:30:00Z")
    return found


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}…")
