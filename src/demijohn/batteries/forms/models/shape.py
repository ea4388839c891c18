"""The shape of a form for a model: its named columns and relations, by the rules that their fields say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy.orm import RelationshipDirection, RelationshipProperty, class_mapper

from ....foundation.errors import SetupError, Where
from ....kernel.grammar import bounded
from ....kernel.markers import MISSING, Factory
from ...database import UTCDateTime, shown_fields, spec_of
from ..choices import KeyOf
from ..fields import Field
from ..parts import Part
from ..shapes import Shape
from ..shaping import finished_shape, part_of
from .children import children_part, is_children


def shape_of_model(model: type, names: Sequence[str] | None, over: Mapping[str, Field], where: Where) -> Shape:
    """The shape of a form that sets `names` of a model; SetupError for what visitors may not or cannot set."""
    maker = _Maker(model, where)
    if names is None or isinstance(names, str):  # Django's "__all__"
        raise SetupError(
            "DMJ0584", f"A form for {model.__name__} does not say which fields visitors may set.", where=where,
            fix=f"class {model.__name__}Form(Form[{model.__name__}]):\n    fields = {maker.settable()!r}",
        )  # fmt: skip
    parts = {name: maker.part(name, over.get(name, Field())) for name in names}
    struct = msgspec.defstruct(
        f"{model.__name__}Form",
        [(name, _in_struct(part), _default(part)) for name, part in parts.items()],
        kw_only=True,
    )
    return finished_shape(parts, struct, over, where, model=model)


def _in_struct(part: Part) -> Any:
    kind = bounded(part.annotation)
    return kind if part.required else kind | msgspec.UnsetType


def _default(part: Part) -> Any:
    if part.required:
        return msgspec.NODEFAULT
    return msgspec.UNSET if part.default is MISSING or isinstance(part.default, Factory) else part.default


class _Maker:
    def __init__(self, model: type, where: Where) -> None:
        self.model = model
        self.where = where
        self.mapper: Any = class_mapper(model)
        self.columns = dict(shown_fields(model))
        self.relations: Mapping[str, RelationshipProperty[Any]] = dict(self.mapper.relationships.items())

    def settable(self) -> list[str]:
        """The fields that a form may name."""
        columns = [name for name in self.columns if self._is_settable(name)]
        relations = [name for name, one in self.relations.items() if _is_chosen(one)]
        hidden = {key for name in relations for key in self._keys_of(name)}
        return [name for name in [*columns, *relations] if name not in hidden]

    def _is_settable(self, name: str) -> bool:
        column = self.mapper.column_attrs[name].columns[0]
        return not (spec_of(column).readonly or getattr(column, "primary_key", False) or column.computed is not None)

    def _keys_of(self, name: str) -> list[str]:
        return [self.mapper.get_property_by_column(one).key for one in self.relations[name].local_columns]

    def part(self, name: str, told: Field) -> Part:
        """The part of a column or a relation."""
        if name in self.columns and self._is_settable(name):
            return self._column(name, told)
        relation = self.relations.get(name)
        if relation is not None and _is_chosen(relation):
            return self._relation(name, told)
        if relation is not None and is_children(relation) and told.form is not None:
            return children_part(name, relation, told.form.shape(), told, self.where)
        why = "is nothing that visitors may set" if name in self.mapper.attrs else "is not there"
        raise SetupError(
            "DMJ0582", f"The form names {self.model.__name__}.{name}, which {why}.", where=self.where,
            fix=f"Its fields can be: {', '.join(self.settable())}.",
        )  # fmt: skip

    def _column(self, name: str, told: Field) -> Part:
        column = self.mapper.column_attrs[name].columns[0]
        spec = spec_of(column)
        own = Field(label=spec.label or None, help=spec.help or None, widget=spec.widget, choices=spec.choices)
        default = _starting(column, spec)
        required = not column.nullable and default is MISSING and column.server_default is None
        part = part_of(
            name, name, self.columns[name], required=required and column.default is None, default=default,
            told=own.merged(told), where=self.where,
        )  # fmt: skip
        part.aware = isinstance(column.type, UTCDateTime)
        if column.foreign_keys and part.choice is None:
            for relation in self.relations.values():
                if relation.local_columns == {column} and relation.direction is RelationshipDirection.MANYTOONE:
                    part.choose(KeyOf(relation.mapper.class_))
        return part

    def _relation(self, name: str, told: Field) -> Part:
        relation = self.relations[name]
        target = relation.mapper
        key: Any = target.primary_key[0].type.python_type
        many = relation.uselist
        required = not many and any(not column.nullable for column in relation.local_columns)
        annotation: Any = list[key] if many else key if required else key | None
        part = part_of(
            name, name, annotation, required=required, default=MISSING if required else Factory(list) if many else None,
            told=told, where=self.where,
        )  # fmt: skip
        part.choose(part.choice or KeyOf(target.class_))
        part.is_relation = True
        collect: Any = relation.collection_class or list
        part.collect = collect
        return part


def _is_chosen(relation: RelationshipProperty[Any]) -> bool:
    """Whether the rows of a relation are chosen, rather than made with this one; and by a key of one column."""
    chosen = (RelationshipDirection.MANYTOONE, RelationshipDirection.MANYTOMANY)
    return relation.direction in chosen and len(relation.mapper.primary_key) == 1 and not relation.viewonly


def _starting(column: Any, spec: Any) -> Any:
    """The value that a new object starts with."""
    initial = spec.initial()
    if repr(initial) != "MISSING":
        return initial if spec.default_factory is None else Factory(spec.default_factory)
    if column.default is not None and column.default.is_scalar:
        return column.default.arg
    return None if column.nullable else MISSING
