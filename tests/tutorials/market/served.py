"""The shop as its tests serve it: filled by request, and telling how many queries an answer took."""

from collections.abc import Generator

from demijohn import DB, Response
from demijohn.database import query_budget

from . import app
from .seeds import fill


@app.around
def count_queries() -> Generator[None, Response, None]:
    with query_budget(1000) as budget:
        response = yield
    response.headers["x-queries"] = str(len(budget))


@app.post("/seed", status=201)
def seed(db: DB) -> None:
    fill(db)


__all__ = ["app"]
