"""The one-row read of the peers without an ORM of their own: a SQLAlchemy session for each request."""

from __future__ import annotations

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from .folder import DATABASE

engine = create_engine(f"sqlite:///{DATABASE}")


class Base(DeclarativeBase):
    pass


class Row(Base):
    __tablename__ = "rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


def read_row(key: int) -> dict[str, object]:
    """The row with a key."""
    with Session(engine) as session:
        row = session.get_one(Row, key)
        return {"id": row.id, "name": row.name}
