"""The same app, grown into a package: what holds for all of it."""

from collections.abc import Generator
from typing import Annotated

from people import people
from posts import posts
from posts.services import Reader

from demijohn import App, Database, Header, NotFound, Request, Response, Templates, render

app = App("press")
app.use(Database(), Templates())
app.include(people)
app.include(posts)


@app.provide
def reader(x_reader: Annotated[str | None, Header()] = None) -> Reader:
    return Reader(x_reader or "nobody")


@app.around
def counted(request: Request) -> Generator[None, Response, None]:
    response = yield
    response.headers["x-letters"] = str(len(request.path))


@app.on_error(404)
def missing(error: NotFound, request: Request):
    return render("posts/missing.html", path=request.path), 404
