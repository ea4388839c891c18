"""The model of both Demijohn apps."""

from __future__ import annotations

from demijohn.database import Mapped, Model, field


class Row(Model):
    __tablename__ = "rows"

    name: Mapped[str] = field()
