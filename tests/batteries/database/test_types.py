"""Moments in databases that know no time zones."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Mapped, Session
from sqlalchemy.schema import CreateTable

from demijohn.database import NaiveDatetimeError, UTCDateTime

FIRST = dt.datetime(2, 1, 1)  # noqa: DTZ001 - hypothesis adds the zones
LAST = dt.datetime(9998, 1, 1)  # noqa: DTZ001
NAIVE = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - what is to be refused


@pytest.fixture
def event_model(base: Any, engine: Engine) -> Any:
    """A model with a moment."""

    class Event(base):
        at: Mapped[dt.datetime]
        until: Mapped[dt.datetime | None]

    base.metadata.create_all(engine)
    return Event


def test_a_naive_datetime_is_refused(event_model: Any, engine: Engine) -> None:
    """Nobody guesses which zone was meant, neither when storing nor when comparing."""
    with Session(engine) as session:
        session.add(event_model(at=NAIVE))
        with pytest.raises(NaiveDatetimeError, match=r"datetime\.now\(UTC\)"):
            session.flush()
        session.rollback()
        with pytest.raises(NaiveDatetimeError):
            session.scalars(select(event_model).where(event_model.at > NAIVE)).all()


def test_what_is_no_datetime_is_refused(event_model: Any, engine: Engine) -> None:
    """A date or a text in its place says what is needed."""
    with Session(engine) as session:
        session.add(event_model(at="2026-01-01"))
        with pytest.raises(Exception, match="A datetime is needed here"):
            session.flush()


def test_none_stays_none(event_model: Any, engine: Engine) -> None:
    """A moment that may be missing is missing."""
    with Session(engine) as session:
        session.add(event_model(at=dt.datetime.now(dt.UTC)))
        session.commit()
        assert session.get(event_model, 1).until is None


@given(st.datetimes(min_value=FIRST, max_value=LAST, timezones=st.timezones()))
def test_every_moment_survives(moment: dt.datetime) -> None:
    """To SQLite and back, the moment is the same and its zone is UTC."""
    kind, dialect = UTCDateTime(), sqlite.dialect()
    stored = kind.process_bind_param(moment, dialect)
    assert stored is not None
    assert stored.tzinfo is None
    back = kind.process_result_value(stored, dialect)
    assert back == moment.astimezone(dt.UTC)


def test_each_database_has_its_type(base: Any) -> None:
    """PostgreSQL keeps the zone, MariaDB the microseconds; keys are 64 bits wide."""

    class Event(base):
        at: Mapped[dt.datetime]

    on_postgres = str(CreateTable(Event.__table__).compile(dialect=postgresql.dialect()))
    on_mysql = str(CreateTable(Event.__table__).compile(dialect=mysql.dialect()))
    assert "TIMESTAMP WITH TIME ZONE" in on_postgres
    assert "id BIGSERIAL" in on_postgres
    assert "DATETIME(6)" in on_mysql
    assert "id BIGINT NOT NULL AUTO_INCREMENT" in on_mysql
