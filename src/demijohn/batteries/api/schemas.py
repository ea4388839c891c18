"""JSON Schemas of the types that handlers take and return (JSON Schema 2020-12, as OpenAPI 3.1 speaks it).

What comes in and what goes out are not always the same: a field with a default may be left out of a request, and is
always there in an answer. So every type is described for one direction, and a record that differs between them gets
two components, `Item` for what goes out and `ItemInput` for what comes in. Names are given at the end, when all
records are known: until then a reference holds a token.
"""

from __future__ import annotations

import enum
import inspect
import re
import types
import typing
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import inspect as described

from ...kernel.pydantic_bodies import is_of_pydantic, pydantic_schema
from ...kernel.schema import is_mapped, is_schema, is_sent_as_list, plain_form
from ...kernel.strays import fields_on_wire
from .pydantic_names import classes_by_name, definition_name

Direction: TypeAlias = Literal["input", "output"]
Json: TypeAlias = dict[str, Any]

REF: Final = "#/components/schemas/"
_TOKEN: Final = "\0"  # noqa: S105 - no password, a mark that no name has
_SCALARS: Final[dict[type[described.Type], Json]] = {
    described.AnyType: {},
    described.RawType: {},
    described.NoneType: {"type": "null"},
    described.BoolType: {"type": "boolean"},
    described.IntType: {"type": "integer"},
    described.FloatType: {"type": "number"},
    described.StrType: {"type": "string"},
    described.BytesType: {"type": "string", "contentEncoding": "base64"},
    described.ByteArrayType: {"type": "string", "contentEncoding": "base64"},
    described.MemoryViewType: {"type": "string", "contentEncoding": "base64"},
    described.DateTimeType: {"type": "string", "format": "date-time"},
    described.TimeType: {"type": "string", "format": "time"},
    described.DateType: {"type": "string", "format": "date"},
    described.TimeDeltaType: {"type": "string", "format": "duration"},
    described.UUIDType: {"type": "string", "format": "uuid"},
    described.DecimalType: {"type": "string", "format": "decimal"},
}
_NUMBER_BOUNDS: Final = {
    "ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum", "multiple_of": "multipleOf",
}  # fmt: skip
_TEXT_BOUNDS: Final = {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"}
_LIST_BOUNDS: Final = {"min_length": "minItems", "max_length": "maxItems"}
_MAP_BOUNDS: Final = {"min_length": "minProperties", "max_length": "maxProperties"}
_RECORDS = (described.StructType, described.TypedDictType, described.DataclassType, described.NamedTupleType)


class Schemas:
    """Describes types, and keeps a component for each record and enum on the way."""

    def __init__(self) -> None:
        self._components: dict[tuple[Any, Direction], Json] = {}
        self._names: dict[Any, tuple[str, str]] = {}
        self._tokens: list[tuple[Any, Direction]] = []

    def of(self, annotation: Any, direction: Direction) -> Json:
        """The schema of a type; one that nothing is known of may be anything."""
        try:
            return self._describe(described.type_info(annotation), direction)
        except TypeError:
            return self._apart(annotation, direction)

    def _apart(self, annotation: Any, direction: Direction) -> Json:
        """The schema of a type with a choice that only answers may leave open, as nothing need be read by it."""
        annotation = plain_form(annotation)
        parts, origin = typing.get_args(annotation), typing.get_origin(annotation)
        if origin is Annotated:
            return self.of(parts[0], direction)
        if origin in (typing.Union, types.UnionType):
            return {"anyOf": [self.of(part, direction) for part in parts]}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(parts[1], direction)}
        if is_schema(origin):
            return self._fields(annotation, direction)
        if is_schema(annotation):
            name, module = annotation.__name__, annotation.__module__
            return self.add(annotation, name, module, lambda: self._fields(annotation, direction), direction)
        if origin is not tuple or ... in parts:
            return {"type": "array", "items": self.of(parts[0], direction)} if is_sent_as_list(origin) else {}
        items = [self.of(part, direction) for part in parts]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items), "items": False}

    def _fields(self, record: Any, direction: Direction) -> Json:
        fields = {name: self.of(kind, direction) for _, name, kind in fields_on_wire(record)}
        return {"type": "object", "properties": fields, "required": list(fields)}

    def add(self, key: Any, name: str, module: str, make: Callable[[], Json], direction: Direction) -> Json:
        """A reference to the component of a key, made when it is first asked for."""
        if (key, direction) not in self._components:
            self._names[key] = (name, module)
            self._components[key, direction] = {}  # A record may hold itself.
            self._tokens.append((key, direction))
            self._components[key, direction] = make()
        return {"$ref": f"{REF}{_TOKEN}{self._tokens.index((key, direction))}"}

    def resolve(self, document: Any) -> tuple[Any, Json]:
        """A document with names for its tokens, and the components by name."""
        names = self._final_names()
        by_token = {f"{_TOKEN}{index}": names[key] for index, key in enumerate(self._tokens)}
        components = {names[key]: _renamed(schema, by_token) for key, schema in self._components.items()}
        return _renamed(document, by_token), dict(sorted(components.items()))

    # Names ------------------------------------------------------------------------------------------------------

    def _final_names(self) -> dict[tuple[Any, Direction], str]:
        split = self._split()
        plain: dict[str, list[Any]] = {}
        for key, (name, _) in self._names.items():
            plain.setdefault(name, []).append(key)
        chosen: dict[tuple[Any, Direction], str] = {}
        taken: set[str] = set()
        for key, direction in self._tokens:
            name, module = self._names[key]
            base = name if len(plain[name]) == 1 else _clean(f"{module}.{name}")
            wanted = f"{base}Input" if key in split and direction == "input" else base
            known = chosen.get((key, "output" if direction == "input" else "input"))
            if key not in split and known is not None:
                chosen[key, direction] = known
                continue
            number, final = 1, wanted
            while final in taken:
                number += 1
                final = f"{wanted}_{number}"
            taken.add(final)
            chosen[key, direction] = final
        return chosen

    def _split(self) -> set[Any]:
        """The keys whose components differ between the directions, by themselves or by what they refer to."""
        keys = {key for key, _ in self._tokens}
        both = {key for key in keys if (key, "input") in self._components and (key, "output") in self._components}
        split = {key for key in both if self._erased(key, "input") != self._erased(key, "output")}
        while True:
            more = {
                key for key in both - split
                if any(self._tokens[int(token)][0] in split for token in _tokens_in(self._components[key, "output"]))
            }  # fmt: skip
            if not more:
                return split
            split |= more

    def _erased(self, key: Any, direction: Direction) -> Any:
        keys = {f"{_TOKEN}{index}": repr(each[0]) for index, each in enumerate(self._tokens)}
        return _renamed(self._components[key, direction], keys)

    # Types ------------------------------------------------------------------------------------------------------

    def _describe(self, kind: described.Type, direction: Direction) -> Json:
        if isinstance(kind, described.Metadata):
            return {**self._describe(kind.type, direction), **(kind.extra_json_schema or {})}
        if is_of_pydantic(getattr(kind, "cls", None)):
            return self._pydantic(kind.cls, direction)  # type: ignore[attr-defined]
        if isinstance(kind, _RECORDS):
            return self._record(kind, direction)
        if isinstance(kind, described.EnumType):
            return self._enum(kind.cls, direction)
        if isinstance(kind, described.LiteralType):
            return _choices(list(kind.values))
        if isinstance(kind, described.UnionType):
            return self._union(kind, direction)
        if isinstance(kind, described.TupleType):
            items = [self._describe(item, direction) for item in kind.item_types]
            return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
        if isinstance(kind, described.CollectionType):
            return self._collection(kind, direction)
        if isinstance(kind, described.DictType):
            values = self._describe(kind.value_type, direction)
            return {
                "type": "object", **({"additionalProperties": values} if values else {}), **_bounds(kind, _MAP_BOUNDS)
            }  # fmt: skip
        if isinstance(kind, described.CustomType):
            return self._custom(kind.cls, direction)
        bounds = _NUMBER_BOUNDS if isinstance(kind, described.IntType | described.FloatType) else _TEXT_BOUNDS
        return {**_SCALARS.get(type(kind), {}), **_bounds(kind, bounds)}

    def _collection(self, kind: described.CollectionType, direction: Direction) -> Json:
        items = self._describe(kind.item_type, direction)
        unique = isinstance(kind, described.SetType | described.FrozenSetType) and direction == "output"
        return {
            "type": "array", "items": items, **({"uniqueItems": True} if unique else {}), **_bounds(kind, _LIST_BOUNDS)
        }  # fmt: skip

    def _union(self, kind: described.UnionType, direction: Direction) -> Json:
        parts = [part for part in kind.types if not _is_unset(part)]
        options = [self._describe(part, direction) for part in parts]
        if len(options) == 1:
            return options[0]
        null = {"type": "null"}
        if len(options) == 2 and null in options:
            other = options[1 - options.index(null)]
            # A type of one word may be nullable in place; others stand beside null.
            if isinstance(other.get("type"), str) and "enum" not in other:
                return {**other, "type": [other["type"], "null"]}
        found: Json = {"anyOf": options}
        tags = {
            part.tag: option["$ref"] for part, option in zip(parts, options, strict=True)
            if isinstance(part, described.StructType) and part.tag_field
        }  # fmt: skip
        if len(tags) > 1 and len(tags) == len(options):
            first = next(part for part in parts if isinstance(part, described.StructType))
            found["discriminator"] = {"propertyName": first.tag_field, "mapping": tags}
        return found

    def _enum(self, cls: Any, direction: Direction) -> Json:
        def make() -> Json:
            return {**_described_by(cls), **_choices([member.value for member in cls])}

        return self.add(cls, _name_of(cls), cls.__module__, make, direction)

    def _record(self, kind: Any, direction: Direction) -> Json:
        def make() -> Json:
            fields = {field.encode_name: self._field(field, direction) for field in kind.fields}
            required = [field.encode_name for field in kind.fields if _required(kind, field, direction)]
            tag = getattr(kind, "tag_field", None)
            if tag is not None:
                fields = {tag: {"const": kind.tag}, **fields}
                required.insert(0, tag)
            if isinstance(kind, described.NamedTupleType) or getattr(kind, "array_like", False):
                return {
                    "type": "array", **_described_by(kind.cls), "prefixItems": list(fields.values()),
                    "minItems": len(required),
                }  # fmt: skip
            found: Json = {"type": "object", **_described_by(kind.cls), "properties": fields}
            if required:
                found["required"] = required
            if getattr(kind, "forbid_unknown_fields", False) and direction == "input":
                found["additionalProperties"] = False
            return found

        return self.add(kind.cls, _name_of(kind.cls), getattr(kind.cls, "__module__", ""), make, direction)

    def _field(self, field: Any, direction: Direction) -> Json:
        schema = self._describe(field.type, direction)
        default = field.default
        if default is msgspec.NODEFAULT and field.default_factory in (list, dict, set):
            default = field.default_factory()
        if default is not msgspec.NODEFAULT and default is not msgspec.UNSET and direction == "input":
            schema = with_default(schema, default)
        return schema

    def _custom(self, cls: Any, direction: Direction) -> Json:
        if is_mapped(cls):
            return self._mapped(cls, direction)
        return {}

    def _pydantic(self, cls: Any, direction: Direction) -> Json:
        mode: Literal["validation", "serialization"] = "validation" if direction == "input" else "serialization"
        schema = pydantic_schema(cls, mode, f"{REF}{{model}}")
        parts = {**schema.pop("$defs", {})}
        classes, top = classes_by_name(cls), str(schema.get("$ref", "")).removeprefix(REF)
        if top not in parts:  # It does not hold itself, so that its schema stands beside its definitions.
            top = definition_name(cls.__name__) + "\0"
            parts[top], classes[top] = schema, cls
        names: dict[str, str] = {}
        keys: dict[str, Any] = {}
        for name in parts:
            kind = classes.get(name)
            if isinstance(kind, type) and issubclass(kind, enum.Enum):
                reference = self.of(kind, direction)["$ref"]
            else:
                keys[name] = ("pydantic", (cls, name) if kind is None else kind)
                title, module = (name, cls.__module__) if kind is None else (_name_of(kind), kind.__module__)
                reference = self.add(keys[name], title, module, dict, direction)["$ref"]
            names[name] = reference.removeprefix(REF)
        for name, key in keys.items():
            self._components[key, direction] = _renamed(parts[name], names)
        return {"$ref": f"{REF}{names[top]}"}

    def _mapped(self, cls: Any, direction: Direction) -> Json:
        from ..database import shown_fields  # A model was made with it, so that it is imported already.

        def make() -> Json:
            fields = {name: self.of(kind, direction) for name, kind in shown_fields(cls)}
            return {"type": "object", **_described_by(cls), "properties": fields, "required": list(fields)}

        return self.add(cls, cls.__name__, cls.__module__, make, direction)


def with_default(schema: Json, default: Any) -> Json:
    """A schema that tells the default, if JSON has a spelling for it."""
    try:
        return {**schema, "default": msgspec.to_builtins(default, str_keys=True)}
    except (TypeError, ValueError):
        return schema


def _required(kind: Any, field: Any, direction: Direction) -> bool:
    if field.required or direction == "input" or isinstance(kind, described.TypedDictType):
        return bool(field.required)
    omits = isinstance(kind, described.StructType) and kind.cls.__struct_config__.omit_defaults
    # What is neither required nor has a default is UNSET, and left out.
    has_default = field.default is not msgspec.NODEFAULT or field.default_factory is not msgspec.NODEFAULT
    return not omits and has_default


def _is_unset(kind: Any) -> bool:
    return isinstance(kind, described.CustomType) and kind.cls is msgspec.UnsetType


def _bounds(kind: Any, words: dict[str, str]) -> Json:
    found = {word: getattr(kind, name, None) for name, word in words.items()}
    return {word: value for word, value in found.items() if value is not None}


def _choices(values: list[Any]) -> Json:
    if values and all(isinstance(value, str) for value in values):
        return {"type": "string", "enum": values}
    if values and all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return {"type": "integer", "enum": values}
    return {"enum": values}


def _described_by(cls: Any) -> Json:
    """What a class's own docstring says; those that Python writes by itself say nothing."""
    origin = getattr(cls, "__origin__", cls)
    doc = vars(origin).get("__doc__") or ""
    if not doc or doc == "An enumeration." or doc.startswith(f"{origin.__name__}("):
        return {}
    return {"description": inspect.cleandoc(doc)}


def _name_of(cls: Any) -> str:
    origin = getattr(cls, "__origin__", None)
    if origin is None:
        return _clean(cls.__name__)
    arguments = [getattr(argument, "__name__", str(argument)) for argument in cls.__args__]
    return _clean("_".join([origin.__name__, *arguments]))


def _clean(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("_")


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """A copy in which references to components have other names."""
    if isinstance(value, dict):
        return {key: _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(item, names) for item in value]
    if isinstance(value, str) and value.startswith(REF):
        return REF + names.get(value.removeprefix(REF), value.removeprefix(REF))
    return value


def _tokens_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _tokens_in(item)
    elif isinstance(value, str) and value.startswith(REF + _TOKEN):
        yield value.removeprefix(REF + _TOKEN)
