"""What stands in links: values as a route's parameters read them, checked against their types."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from .calls import Call
from .converters import Converter, converters_in
from .grammar import plain_type, read
from .parts import Parts
from .plan import facts_of
from .routes import WEBSOCKET, Route
from .schema import is_mapped
from .services import ASYNC_KINDS, kind_of
from .signature import Parameter

# What is of one of these types, and nothing else is asked of it, is read back as it is.
_SURE = frozenset({int, uuid.UUID, datetime.date, datetime.datetime})


@dataclass(frozen=True, slots=True)
class Taken:
    """What one route takes of a link: `types` of the parameters in its address, and the names that its query may have.

    `anything` is True where a handler or around asks for the whole request: nobody knows what it looks for. `models`
    are those that are loaded by a key in the address.
    """

    types: Mapping[str, Any]
    query: Mapping[str, Any]
    anything: bool
    converters: Mapping[type, Converter] = field(default_factory=dict)
    models: Mapping[str, type] = field(default_factory=dict)

    def address_text(self, name: str, value: Any) -> str:
        """A value in the address; ValueError for one that its parameter would not read."""
        kind = self.types.get(name, str)
        model = self.models.get(name)
        if model is not None and is_mapped(type(value)) and not isinstance(value, model):
            raise ValueError(f"Expected a {model.__name__} or its key.")
        text = self.text(value, kind)
        if kind is not str and not (type(value) is kind and kind in _SURE):
            read(text, kind, in_path=True, converters=self.converters)
        return text

    def query_texts(self, name: str, value: Any) -> list[str]:
        """A value in the query, or several of one name."""
        kind = self.query.get(name, str)
        many = value if isinstance(value, list | tuple | set | frozenset) else [value]
        return [self.text(item, kind) for item in many]

    def text(self, value: Any, kind: Any) -> str:
        """A value as text: a converter's own types by its inverse."""
        if self.converters:
            for reader in converters_in(kind, self.converters).values():
                if isinstance(value, reader.kind):
                    return reader.to_text(value)
        return text_of(value)


def taken_by(route: Route, parts: Parts) -> Taken:
    """What a route takes, of the signatures that its plan was compiled from."""
    calls = _calls_of(route, parts)
    known, models = {}, {}
    for parameter in (parameter for call in calls for parameter in call.parameters):
        if parameter.source in ("path", "query", "bound"):
            known[parameter.wire or parameter.name] = _type_of(parameter)
        if parameter.source == "bound" and is_mapped(plain_type(parameter.type)):
            models[parameter.wire or parameter.name] = plain_type(parameter.type)
    # What surrounds every route reads the request for its own purposes, and wants nothing in links.
    own = (calls[0], *calls[1 + len(parts.outer_arounds) :])
    address = {name: known.pop(name) for name in route.names if name in known}
    converters = {} if route.level is None else route.level.converters
    return Taken(address, known, any(call.takes_request for call in own), converters, models)


def _calls_of(route: Route, parts: Parts) -> Sequence[Call]:
    if route.methods != (WEBSOCKET,):
        return facts_of(route, parts).calls
    is_async = kind_of(route.handler) in ASYNC_KINDS
    return (Call(route.handler, parts.surroundings(route.names, route.level, is_async), parts.singletons),)


def _type_of(parameter: Parameter) -> Any:
    binding = parameter.binding
    if binding is None:
        return parameter.type
    return str if binding.takes is None else binding.takes


def text_of(value: Any) -> str:
    """A value as it stands in a URL, in the spelling that handlers read; ValueError for what has none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return str(msgspec.to_builtins(value))
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.decode()
    if is_mapped(type(value)):
        return text_of(_key_of(value))
    return str(value)


def _key_of(item: Any) -> Any:
    """The key of a model's object, which stands for it in a link."""
    key = type(item).__mapper__.primary_key_from_instance(item)
    name = type(item).__name__
    if len(key) > 1:
        raise ValueError(f"A {name} has a key of {len(key)} columns: name them one by one")
    if key[0] is None:
        raise ValueError(f"This {name} is not saved yet, and has no key")
    return key[0]


def shown_type(kind: Any) -> str:
    """A parameter's type in a message."""
    return getattr(plain_type(kind), "__name__", str(kind))
