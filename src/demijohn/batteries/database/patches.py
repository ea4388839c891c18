"""`Patch[Post]`: what a request changes of a model's object, and nothing else."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from demijohn.foundation.errors import SetupError
from demijohn.kernel.markers import Body
from demijohn.kernel.schema import is_mapped, name_of, without_none
from demijohn.kernel.services import Binding

from .inputs import binding_of, input_of
from .units import DB

M = TypeVar("M")


class Patch(Generic[M]):
    """What the body of a request changes of an object: `changes: Patch[Post]`, then `changes.apply(post)`.

    The body may leave out any field; what it sends is checked as in `Annotated[Post, Body()]`, and the same fields are
    refused: keys, readonly and private ones, unless named in `Annotated[Patch[Post], Body(include=...)]`. `sent` holds
    the fields that were sent and their values: a `None` in it was sent as `null`, what is not in it was not sent.
    """

    __provided_by__ = "demijohn.database:Database"
    __slots__ = ("model", "sent")

    def __init__(self, model: type[M], sent: Mapping[str, Any]) -> None:
        self.model = model
        self.sent: Mapping[str, Any] = MappingProxyType(dict(sent))

    def apply(self, item: M) -> M:
        """Set on an object what was sent, and give it back; nothing is written to the database yet.

        Raises `TypeError` for an object of another model.
        """
        if not isinstance(item, self.model):
            raise TypeError(f"This is a Patch[{self.model.__name__}], and cannot be applied to {item!r}.")
        for name, value in self.sent.items():
            setattr(item, name, value)
        return item

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in ("model_dump", "dict", "items", "json", "cleaned_data", "validated_data"):
                hint = "what was sent is a mapping: dict(changes.sent)"
            else:
                hint = f"what was sent is in changes.sent[{name!r}], and changes.apply(item) sets it"
            raise AttributeError(f"A Patch has no {name}: {hint}.", name=name)

    def __repr__(self) -> str:
        """The names only: values may be private."""
        return f"<Patch of {self.model.__name__}: {', '.join(self.sent) or 'nothing'}>"


def bind_patch(annotation: Any, *, name: str, source: str, optional: bool, is_async: bool) -> Binding:
    """A parameter `Patch[Post]` or `Annotated[Patch[Post], Body(...)]`; raises `SetupError` DMJ0514."""
    marker = Body()
    if source == "body":
        annotation, marker = typing.get_args(annotation)
        annotation, _ = without_none(annotation)
    if source == "path":
        raise _no_patch(f"{name}: Patch", f"a change comes in the body, and {{{name}}} is in the path")
    if typing.get_origin(annotation) is not Patch:
        raise _no_patch(f"{name}: Patch", "it does not say of which model")
    (model,) = typing.get_args(annotation)
    if not is_mapped(model):
        raise _no_patch(f"{name}: Patch[{name_of(model)}]", f"only models are changed so, and {name_of(model)} is none")
    taken = input_of(model, marker, partial=True)

    def make(sent: Any, db: DB | None = None) -> Any:
        return Patch(model, taken.values(sent, db)) if isinstance(sent, taken.record) else sent

    return binding_of(taken.record, taken, make, optional=optional, is_async=is_async)


def _no_patch(written: str, why: str) -> SetupError:
    return SetupError("DMJ0514", f"{written}: {why}.", fix="changes: Patch[Post]   with class Post(Model)")
