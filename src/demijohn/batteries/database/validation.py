"""Validation on write: what is flushed is held against the rules of its fields, and all that is wrong is told at once.

Theory. The rules of a model are compiled once, a function per column, from its `FieldSpec` and its type. A unit asks
them before each flush: of a new object for all it has, of a changed one for what was changed, so that rows from before
a rule was made can still be edited. What breaks a rule never reaches the database, whose own answer would be about
one value only and, for text that is too long or a number too large, an error that no visitor could read.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import decimal
import inspect
import ipaddress
import math
import re
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Enum,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Time,
    Uuid,
    event,
)
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.exc import IllegalStateChangeError
from sqlalchemy.orm import ColumnProperty, Mapper, Session
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.types import TypeEngine

from demijohn.foundation.http.errors import UnprocessableContent

from .fields import FieldSpec, spec_of
from .formats import FORMATS
from .model import ModelBase
from .naming import snake_case
from .passwords import PasswordHash, PasswordType
from .types import DecimalType, Duration, IPAddressType

Rule = Callable[[Any], str | None]
"""What is wrong with a value, in the words of who gave it; `None` if nothing is."""

REQUIRED: Final = "A value is needed"


class ValidationError(UnprocessableContent):
    """Objects that were to be written break the rules of their fields; nothing of the flush was sent.

    It is answered 422 with all `errors`, each with the field (`where`) and a `message`; where several objects are
    wrong, the field has its model's name in front. `problems` are the same with the objects themselves. Rows that
    the unit wrote before are rolled back, as when the database refuses: to go on, wrap what may fail in
    `with db.begin_nested():`.
    """

    def __init__(self, found: Iterable[tuple[object, str, str]]) -> None:
        self._found = tuple(found)
        alone = len({id(item) for item, _, _ in self._found}) == 1
        errors = [
            {"where": name if alone else f"{snake_case(type(item).__name__)}.{name}", "message": f"{message}."}
            for item, name, message in self._found
        ]
        count = "1 value is" if len(errors) == 1 else f"{len(errors)} values are"
        super().__init__(f"{count} missing or not valid.", errors=errors)

    @property
    def problems(self) -> tuple[tuple[object, str, str], ...]:
        """What is wrong: object, field, message."""
        return self._found

    def __str__(self) -> str:
        told = "; ".join(f"{type(item).__name__}.{name}: {message}" for item, name, message in self._found)
        return f"{self.status} {self.title}: {told}"


class _Rules:
    """The rules of one model: of a new object those of all attributes, of a changed one by attribute."""

    __slots__ = ("changed", "new", "validates")

    def __init__(self, model: type) -> None:
        self.new: list[tuple[str, Rule, bool]] = []
        self.changed: dict[str, tuple[Rule, bool]] = {}
        mapper: Mapper[Any] = sqlalchemy_inspect(model)
        for attribute in mapper.column_attrs:
            self._add(mapper, attribute)
        own = getattr(model, "validate", None)
        is_hook = issubclass(model, ModelBase) and inspect.isfunction(own) and own is not ModelBase.validate
        self.validates: Callable[[Any], Iterable[tuple[str, str]]] | None = own if is_hook else None

    def _add(self, mapper: Mapper[Any], attribute: ColumnProperty[Any]) -> None:
        column, name = attribute.columns[0], attribute.key
        if not isinstance(column, Column) or column.computed is not None:
            return
        spec = spec_of(column)
        rule = rule_of(column.type, spec)
        # Keys are filled in by relations and by the database while it flushes.
        elsewhere = column.primary_key or column.foreign_keys or mapper.version_id_col is column
        needed = not column.nullable and not elsewhere
        filled = column.default is not None or column.server_default is not None or column.identity is not None
        # What the constructor has no part in may be filled in amid the flush.
        needed_when_new = needed and not filled and spec.init
        if rule is not None or needed:
            self.changed[name] = rule or _anything, needed
        if rule is not None or needed_when_new:
            self.new.append((name, rule or _anything, needed_when_new))

    def problems(self, item: Any, state: Any, *, is_new: bool) -> list[tuple[str, str]]:
        """What is wrong with an object."""
        values, found = state.dict, []
        checks: Iterable[tuple[str, Rule, bool]] = self.new
        if not is_new:
            changed = self.changed
            checks = [(name, *changed[name]) for name in state.committed_state if name in changed]
        for name, rule, needed in checks:
            value = values.get(name)
            if value is None:
                if needed:
                    found.append((name, REQUIRED))
            else:
                message = rule(value)
                if message is not None and not _is_expression(value):
                    found.append((name, message))
        if self.validates is not None:
            found += [(name, message.rstrip(".")) for name, message in self.validates(item)]
        return found


def _anything(value: Any) -> None:
    """The rule of what has none but to be there."""


_RULES: Final = "demijohn.rules"
"""Under which the `info` of a class's manager has the rules of its model."""


def _problems(item: Any, *, is_new: bool) -> list[tuple[str, str]]:
    state = instance_state(item)
    info = state.manager.info
    rules: _Rules | None = info.get(_RULES)
    if rules is None:
        rules = info[_RULES] = _Rules(item.__class__)
    return rules.problems(item, state, is_new=is_new)


def problems_of(item: Any) -> list[tuple[str, str]]:
    """What would keep an object from being written, as (field, message); empty if nothing would."""
    return _problems(item, is_new=sqlalchemy_inspect(item).key is None)


def validate_flushes(kind: type[Session]) -> None:
    """Have the sessions of a class validate what they flush."""
    event.listen(kind, "before_flush", _check_flush)


def _check_flush(session: Session, context: Any, instances: Any) -> None:
    found: list[tuple[object, str, str]] = []
    for item in session.new:
        for name, message in _problems(item, is_new=True):
            found.append((item, name, message))
    for item in session.dirty if session.identity_map.check_modified() else ():
        for name, message in _problems(item, is_new=False):
            found.append((item, name, message))
    if not found:
        return
    if session.get_nested_transaction() is None:
        with contextlib.suppress(IllegalStateChangeError):  # amid `with db.begin():`, which rolls back itself
            session.rollback()  # as after a refusal of the database; a savepoint is left to its `with`
    raise ValidationError(found)


def _is_expression(value: Any) -> bool:
    """Whether the database is to compute the value: `post.views = Post.views + 1`."""
    return hasattr(value, "__clause_element__") or hasattr(value, "compile")


# Rules of a column --------------------------------------------------------------------------------


def rule_of(type_: TypeEngine[Any], spec: FieldSpec) -> Rule | None:
    """The rule of a column; `None` where every value will do."""
    rules = [rule for rule in (_type_rule(type_, spec), *_bound_rules(spec), _choice_rule(spec)) if rule is not None]
    if len(rules) <= 1:
        return rules[0] if rules else None
    least, most = _span(type_, spec)

    def check(value: Any) -> str | None:
        if value.__class__ is int and least <= value <= most:
            return None
        for rule in rules:
            message = rule(value)
            if message is not None:
                return message
        return None

    return check


def _span(type_: TypeEngine[Any], spec: FieldSpec) -> tuple[int, int]:
    """The least and the greatest whole number that all rules of a column take: the usual value is found good without
    asking them one by one. None does, where that cannot be said."""
    told = [one for one in (spec.ge, spec.gt, spec.le, spec.lt) if one is not None]
    if not isinstance(type_, Integer) or spec.labelled_choices() or not all(type(one) is int for one in told):
        return 1, 0
    least, most = _limits(type_)
    low = [one for one in (spec.ge, None if spec.gt is None else spec.gt + 1) if one is not None]
    high = [one for one in (spec.le, None if spec.lt is None else spec.lt - 1) if one is not None]
    return max([least, *low]), min([most, *high])


def _type_rule(type_: TypeEngine[Any], spec: FieldSpec) -> Rule | None:
    """What a type could not store, or would store as something else."""
    if isinstance(type_, Enum):
        return _enum_rule(type_)
    if isinstance(type_, String):
        return _text_rule(spec, spec.max_length or type_.length)
    if isinstance(type_, Integer):
        return _integer_rule(type_)
    if isinstance(type_, Float):
        return _is_number
    if isinstance(type_, DecimalType | Numeric):
        return _decimal_rule(type_)
    if isinstance(type_, IPAddressType):
        return _is_address
    kind = next((found for known, found in _KINDS if isinstance(type_, known)), None)
    return None if kind is None or (isinstance(type_, Uuid) and not type_.as_uuid) else _kind_rule(*kind)


_KINDS: Final[tuple[tuple[type, tuple[tuple[type, ...], str]], ...]] = (
    (Boolean, ((bool,), "true or false")),
    (Date, ((dt.date,), "a date")),
    (Time, ((dt.time,), "a time")),
    (Duration, ((dt.timedelta,), "a duration")),
    (Uuid, ((uuid.UUID,), "a UUID")),
    (LargeBinary, ((bytes, bytearray, memoryview), "bytes")),
    (PasswordType, ((PasswordHash,), "a password's hash")),
)


def _kind_rule(kinds: tuple[type, ...], words: str) -> Rule:
    message = f"Expected {words}"
    return lambda value: None if isinstance(value, kinds) or (value in (0, 1) and kinds == (bool,)) else message


def _text_rule(spec: FieldSpec, longest: int | None) -> Rule:
    shortest, pattern, known = spec.min_length or 0, spec.pattern, FORMATS.get(spec.format or "")
    search = None if pattern is None else re.compile(pattern).search
    most = sys.maxsize if longest is None else longest
    is_plain = search is None and known is None

    def check(value: Any) -> str | None:
        usual = is_plain and value.__class__ is str and shortest <= len(value) <= most
        if usual and value.isascii() and "\x00" not in value:
            return None  # nearly all of them, in the fewest steps
        if not isinstance(value, str):
            return "Expected text"
        if longest is not None and len(value) > longest:
            return f"Expected at most {longest} character{'s' * (longest != 1)}"
        if len(value) < shortest:
            return f"Expected at least {shortest} character{'s' * (shortest != 1)}"
        if not is_storable(value):
            return "It contains characters that cannot be stored"
        if search is not None and search(value) is None:
            return f"Expected the pattern {pattern}"
        if known is not None and not known.accepts(value):
            return known.message
        return None

    return check


def is_storable(text: str) -> bool:
    """Whether every database stores this text: PostgreSQL refuses NUL, and lone surrogates have no UTF-8."""
    if "\x00" in text:
        return False
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _limits(type_: Integer) -> tuple[int, int]:
    bits = 63 if isinstance(type_, BigInteger) else 15 if isinstance(type_, SmallInteger) else 31
    return -(2**bits), 2**bits - 1


def _integer_rule(type_: Integer) -> Rule:
    least, most = _limits(type_)

    def check(value: Any) -> str | None:
        if not isinstance(value, int):
            return "Expected a whole number"
        if not least <= value <= most:
            return f"Expected a whole number from {least} to {most}"
        return None

    return check


def _is_number(value: Any) -> str | None:
    if not isinstance(value, int | float | decimal.Decimal):
        return "Expected a number"
    return None if math.isfinite(value) else "Expected a finite number"


def _decimal_rule(type_: Any) -> Rule:
    digits, places = (
        (type_.digits, type_.decimal_places)
        if isinstance(type_, DecimalType)
        else (
            type_.precision,
            type_.scale,
        )
    )

    def check(value: Any) -> str | None:
        message = _is_number(value)
        if message is not None or digits is None:
            return message
        number = decimal.Decimal(str(value)).normalize()
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > (places or 0):
            return f"Expected at most {places or 0} decimal places"
        if number and number.adjusted() >= digits - (places or 0):
            return f"Expected at most {digits - (places or 0)} digits before the point"
        return None

    return check


def _is_address(value: Any) -> str | None:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return "Expected an IP address"
    return None


def _enum_rule(type_: Enum) -> Rule:
    members, names = type_.enum_class, list(type_.enums)

    def check(value: Any) -> str | None:
        fits = isinstance(value, members) if members is not None and not isinstance(value, str) else value in names
        return None if fits or (members is not None and isinstance(value, members)) else _one_of(names)

    return check


def _bound_rules(spec: FieldSpec) -> Iterator[Rule]:
    if spec.ge is not None:
        yield _comparing(lambda value: value >= spec.ge, f"Expected {spec.ge} or more")
    if spec.gt is not None:
        yield _comparing(lambda value: value > spec.gt, f"Expected more than {spec.gt}")
    if spec.le is not None:
        yield _comparing(lambda value: value <= spec.le, f"Expected {spec.le} or less")
    if spec.lt is not None:
        yield _comparing(lambda value: value < spec.lt, f"Expected less than {spec.lt}")


def _comparing(fits: Callable[[Any], Any], message: str) -> Rule:
    def check(value: Any) -> str | None:
        try:
            return None if fits(value) else message
        except TypeError:
            return message

    return check


def _choice_rule(spec: FieldSpec) -> Rule | None:
    allowed = spec.labelled_choices()
    if not allowed:
        return None
    message = _one_of(allowed)

    def check(value: Any) -> str | None:
        try:
            return None if value in allowed else message
        except TypeError:  # what has no hash is no choice
            return message

    return check


def _one_of(values: Iterable[Any]) -> str:
    return f"Expected one of: {', '.join(str(value) for value in values)}"
