"""Handlers of errors and units of work: what failed is rolled back, what its handler writes is kept with its answer."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from demijohn import App, Client, NotFound, UnprocessableContent
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database


class Refused(Exception):
    """What handlers fail with."""


@pytest.fixture
def audit(bare: Any, served: Engines) -> Any:
    """A model; its reference is looked at by the commit alone, where there is that."""
    late = {} if served.url.get_backend_name() == "mariadb" else {"deferrable": True, "initially": "DEFERRED"}

    class Audit(bare):
        id: Mapped[int] = mapped_column(primary_key=True)
        text: Mapped[str] = mapped_column(default="")
        parent_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id", **late))

    bare.metadata.create_all(served.sync)
    return Audit


def make_app(served: Engines, audit: Any) -> App:
    """Routes that write and fail, sync and async."""
    app = App()
    # One connection: a handler of an error that had to wait for that of the failed unit would wait for ever.
    app.use(
        Database(
            served.url.render_as_string(hide_password=False),
            create_tables="never", pool_size=1, max_overflow=0, pool_timeout=5,
        )
    )  # fmt: skip

    @app.post("/sync/{how}")
    def fails(how: str, db: DB) -> Any:
        db.save(audit(text="lost"))
        raise {"raises": Refused, "status": NotFound, "wrong": UnprocessableContent}[how]()

    @app.post("/async/{how}")
    async def fails_async(how: str, db: AsyncDB) -> Any:
        await db.save(audit(text="lost"))
        raise {"raises": Refused, "status": NotFound, "wrong": UnprocessableContent}[how]()

    @app.get("/sync/all")
    def texts(db: DB) -> list[str]:
        return db.all(select(audit.text).order_by(audit.id))

    return app


def handlers(app: App, audit: Any, kind: str) -> None:
    """One handler that writes and answers, one that writes and fails, and one whose commit fails."""
    if kind == "def":

        @app.on_error(Refused)
        def note(error: Refused, db: DB) -> Any:
            db.save(audit(text=f"noted {db.all(select(audit.text))}"))
            return "refused", 409

        @app.on_error(404)
        def fails(error: NotFound, db: DB) -> Any:
            db.save(audit(text="never"))
            raise ValueError("the second")

        @app.on_error(422)
        def dangles(error: UnprocessableContent, db: DB) -> Any:
            db.save(audit(text="never", parent_id=99))
            return "said", 422
    else:

        @app.on_error(Refused)
        async def note_async(error: Refused, db: AsyncDB) -> Any:
            await db.save(audit(text=f"noted {await db.all(select(audit.text))}"))
            return "refused", 409

        @app.on_error(404)
        async def fails_async(error: NotFound, db: AsyncDB) -> Any:
            await db.save(audit(text="never"))
            raise ValueError("the second")

        @app.on_error(422)
        async def dangles_async(error: UnprocessableContent, db: AsyncDB) -> Any:
            await db.save(audit(text="never", parent_id=99))
            return "said", 422


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize("route", ["sync", "async"])
def test_an_error_and_what_is_written_of_it(served: Engines, audit: Any, route: str, kind: str) -> None:
    """The failed unit is rolled back before the handler's begins, which is committed with its answer, whatever the
    status; a handler that fails keeps nothing either, nor one whose commit fails."""
    app = make_app(served, audit)
    handlers(app, audit, kind)
    with Client(app, raise_errors=False) as client:
        answer = client.post(f"/{route}/raises")
        assert (answer.status, answer.text) == (409, "refused")
        assert client.get("/sync/all").json() == ["noted []"]
        assert client.post(f"/{route}/status").status == 500
        assert client.get("/sync/all").json() == ["noted []"]
        assert client.post(f"/{route}/wrong").text != "said"
        assert client.get("/sync/all").json() == ["noted []"]
        assert client.post(f"/{route}/raises").status == 409
        assert client.get("/sync/all").json() == ["noted []", "noted ['noted []']"]
