"""What all mapped classes have in common, whoever declared them: models, classes of SQLAlchemy's bases and decorators,
reflected ones and those that are mapped by hand have no class above them all."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapper, class_mapper
from sqlalchemy.orm.exc import UnmappedClassError
from sqlalchemy.orm.mapper import _all_registries

from demijohn.foundation.errors import SetupError, Where
from demijohn.kernel.shaped_dataclasses import is_written_whole


class _EveryMapped(type):
    """Answers `isinstance` and `issubclass` by whether SQLAlchemy maps a class."""

    def __subclasscheck__(cls, other: type) -> bool:
        return isinstance(getattr(other, "__mapper__", None), Mapper) or (
            issubclass(other, DeclarativeBase) and hasattr(other, "__tablename__")
        )

    def __instancecheck__(cls, item: object) -> bool:
        return cls.__subclasscheck__(type(item))


class AnyModel(metaclass=_EveryMapped):
    """Stands for every class that SQLAlchemy maps: `issubclass(Post, AnyModel)`, `isinstance(post, AnyModel)`."""


def has_dataclasses() -> bool:
    """Whether any class that is or will be mapped is a dataclass, too, or an attrs class."""
    # Not by `home.mappers`, which fails for classes that still wait for their tables to be reflected.
    return any(is_written_whole(manager.class_) for home in _all_registries() for manager in home._managers)


def mapper_of(model: Any, wanted_by: str) -> Mapper[Any]:
    """The mapper of a class; raises `SetupError` DMJ0515 for one whose table was not reflected yet."""
    try:
        mapper: Mapper[Any] = class_mapper(model)
    except (UnmappedClassError, InvalidRequestError) as error:
        if not hasattr(model, "prepare"):
            raise
        raise SetupError(
            "DMJ0515",
            f"{wanted_by}: {model.__name__} waits for its table to be reflected.",
            fix=f"Before the app starts: {_reflecting(model)}.prepare(create_engine(DATABASE_URL))",
            where=Where.of(model),
        ) from error
    return mapper


def _reflecting(model: type) -> str:
    """The base whose classes are prepared together."""
    names = [base.__name__ for base in model.__mro__[1:] if hasattr(base, "prepare")]
    own = [name for name in names if name != "DeferredReflection"]
    return own[-1] if own else "DeferredReflection"
