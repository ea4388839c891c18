"""What handlers ask for, and what guards them."""

from collections.abc import Iterator

from demijohn import JSONResponse, Request, Unauthorized

from . import posts as app


class Closed(Exception):
    """Raised where nothing may be written."""


class Edition:
    """What every page says at its foot."""

    def __init__(self, name: str) -> None:
        self.name = name


class Reader:
    """Who reads, by a header of theirs."""

    def __init__(self, name: str) -> None:
        self.name = name


@app.provide
def edition() -> Iterator[Edition]:
    yield Edition("Morning")


@app.provide(scope="app", name="evening")
def evening_edition() -> Edition:
    return Edition("Evening")


def open_only(request: Request) -> None:
    if "closed" in request.query:
        raise Closed


def members_only(reader: Reader) -> None:
    if reader.name == "nobody":
        raise Unauthorized("Say who you are.")


@app.on_error(Closed)
def closed(error: Closed):
    return JSONResponse({"closed": True}, 423)


@app.encoder(Edition)
def encode_edition(edition: Edition):
    return {"edition": edition.name}
