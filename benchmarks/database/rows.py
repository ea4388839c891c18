"""The rows of the database tables: one app on one server each."""

from __future__ import annotations

from ..rows import Row

_THREADS = "--blocking-threads 8"  # as many as there are connections
ROWS = [
    Row("bare psycopg", "granian WSGI", "database.bare_wsgi", options=_THREADS),
    Row("Demijohn, def on WSGI", "granian WSGI", "database.demijohn_def", attribute="wsgi", options=_THREADS),
    Row("Django ORM", "granian WSGI", "database.django", options=_THREADS),
    Row("Flask, SQLAlchemy", "granian WSGI", "database.flask", options=_THREADS),
    Row("bare asyncpg", "granian RSGI", "database.bare_rsgi"),
    Row("Demijohn, async def on RSGI", "granian RSGI", "database.demijohn_async", attribute="rsgi"),
    Row("Demijohn, def on RSGI", "granian RSGI", "database.demijohn_def", attribute="rsgi"),
    Row("Litestar, SQLAlchemy", "granian ASGI", "database.litestar"),
    Row("FastAPI, SQLAlchemy", "uvicorn", "database.fastapi"),
]


def choose(words: list[str]) -> list[Row]:
    """The rows whose name or server contains one of the words; all if there are none."""
    return [row for row in ROWS if not words or any(word in f"{row.name} {row.server}".lower() for word in words)]
