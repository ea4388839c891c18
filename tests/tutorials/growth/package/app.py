"""The same app, grown into a package: what holds for all of it."""

from collections.abc import Generator

from people import people
from posts import posts

from demijohn import App, Database, NotFound, Request, Response, Templates, render

app = App("press")
app.use(Database(), Templates())
app.include(people)
app.include(posts)


@app.around
def counted(request: Request) -> Generator[None, Response, None]:
    response = yield
    response.headers["x-letters"] = str(len(request.path))


@app.on_error(404)
def missing(error: NotFound, request: Request):
    return render("posts/missing.html", path=request.path), 404
