"""How streams end, through every door: at their end, by an error, because the client has gone, or before they begin.

Whatever ends them, the generator is closed, and then the services that it uses, each once. Services learn whether all
was sent: a unit of work is not to commit for a client that has gone.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator

import pytest
from contract_doors import FakeProtocol, FakeScope, Sent, ask_asgi, ask_rsgi, ask_wsgi, environ_of, scope_of

from demijohn import App, FileResponse, HTTPError, Response, StreamingResponse

app = App("endings", debug=False)
log: list[str] = []
made: list[int] = []

MANY = 10_000
DOORS = ("wsgi", "asgi", "rsgi")
HANDLERS = ("def-yields", "async-yields", "def-returns", "async-returns", "def-returns-async", "async-returns-def")


class Desk:
    """A service that is closed."""


@app.provide
def desk() -> Iterator[Desk]:
    try:
        yield Desk()
    except BaseException:
        log.append("service broken off")
        raise
    log.append("service closed")


def numbers(count: int, fails: int = -1) -> Iterator[str]:
    """Chunks, and a note when they end."""
    try:
        for number in range(count):
            if number == fails:
                raise LookupError("halfway")
            made.append(number)
            yield f"{number};"
    finally:
        log.append("closed")


async def numbers_async(count: int, fails: int = -1) -> AsyncIterator[str]:
    """As `numbers`."""
    try:
        for number in range(count):
            await asyncio.sleep(0)
            if number == fails:
                raise LookupError("halfway")
            made.append(number)
            yield f"{number};"
    finally:
        await asyncio.sleep(0)
        log.append("closed")


@app.get("/def-yields/{count}")
def def_yields(count: int, desk: Desk, fails: int = -1):
    yield from numbers(count, fails)


@app.get("/async-yields/{count}")
async def async_yields(count: int, desk: Desk, fails: int = -1):
    try:
        for number in range(count):
            await asyncio.sleep(0)
            if number == fails:
                raise LookupError("halfway")
            made.append(number)
            yield f"{number};"
    finally:
        log.append("closed")


@app.get("/def-returns/{count}")
def def_returns(count: int, fails: int = -1):
    return StreamingResponse(numbers(count, fails))


@app.get("/async-returns/{count}")
async def async_returns(count: int, fails: int = -1):
    return StreamingResponse(numbers_async(count, fails))


@app.get("/def-returns-async/{count}")
def def_returns_async(count: int, fails: int = -1):
    return StreamingResponse(numbers_async(count, fails))


@app.get("/async-returns-def/{count}")
async def async_returns_def(count: int, fails: int = -1):
    return StreamingResponse(numbers(count, fails))


class Cursor:
    """Rows that are gone through by a generator, and closed by themselves, as a database's cursor is."""

    def __iter__(self):
        yield from ("a", "b", "c")

    def close(self):
        log.append("closed")


@app.get("/cursor")
def cursor():
    return StreamingResponse(Cursor())


@pytest.fixture(scope="module")
def runner():
    """One event loop for all that is asked here."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(autouse=True)
def quiet():
    """Streams that fail are part of what is asked."""
    logging.getLogger("demijohn").disabled = True
    log.clear()
    made.clear()
    yield
    logging.getLogger("demijohn").disabled = False


class Taken:
    """A client at the end of a door: takes so many chunks and leaves, or all of them."""

    def __init__(self, most: int = MANY * 2) -> None:
        self.most = most
        self.chunks: list[bytes] = []
        self.ahead = 0

    def take(self, chunk: bytes) -> bool:
        """Take a chunk; whether more are wanted."""
        self.ahead = max(self.ahead, len(made) - len(self.chunks))
        self.chunks.append(chunk)
        return len(self.chunks) < self.most


def through_wsgi(sent: Sent, taken: Taken) -> None:
    chunks = app(environ_of(sent), lambda *_: None)
    try:
        for chunk in chunks:
            if chunk and not taken.take(chunk):
                break
    finally:
        chunks.close() if hasattr(chunks, "close") else None


async def through_asgi(sent: Sent, taken: Taken) -> None:
    left = asyncio.Event()
    asked = False

    async def receive():
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        await asyncio.sleep(0)
        if message.get("body") and not left.is_set() and not taken.take(message["body"]):
            left.set()

    await asyncio.wait_for(app(scope_of(sent), receive, send), 20)


async def through_rsgi(sent: Sent, taken: Taken) -> None:
    class Transport:
        async def send_bytes(self, data: bytes) -> None:
            await asyncio.sleep(0)
            if not protocol._gone.is_set() and not taken.take(data):
                protocol._gone.set()

    class Protocol(FakeProtocol):
        def response_stream(self, status, headers):
            self._respond(status, headers, b"")
            return Transport()

    protocol = Protocol(sent)
    await asyncio.wait_for(app.__rsgi__(FakeScope(sent), protocol), 20)


@pytest.fixture(params=DOORS)
def ask(request, runner):
    """One door."""

    def through(target: str, method: str = "GET", most: int = MANY * 2) -> Taken:
        sent, taken = Sent(method, target), Taken(most)
        if request.param == "wsgi":
            through_wsgi(sent, taken)
        else:
            runner.run((through_asgi if request.param == "asgi" else through_rsgi)(sent, taken))
        return taken

    return through


def ending_of(handler: str, how: str) -> list[str]:
    """What is noted when a stream of a handler has ended."""
    return ["closed", f"service {how}"] if handler.endswith("yields") else ["closed"]


@pytest.mark.parametrize("handler", HANDLERS)
def test_at_the_end(ask, handler):
    """All chunks in order, and everything closed."""
    assert b"".join(ask(f"/{handler}/4").chunks) == b"0;1;2;3;"
    assert log == ending_of(handler, "closed")


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("count", [1, 3])
def test_when_the_client_leaves(ask, handler, count):
    """The generator is closed where it stands, and nothing more is made for nobody."""
    taken = ask(f"/{handler}/{MANY}", most=count)
    assert len(taken.chunks) == count
    assert len(made) < count + 20
    assert log == ending_of(handler, "broken off")


@pytest.mark.parametrize("handler", HANDLERS)
def test_by_an_error_midway(ask, handler):
    """What came before it was sent; the server learns of it, so that it can break the connection off."""
    with pytest.raises(LookupError, match="halfway"):
        ask(f"/{handler}/4?fails=2")
    assert made == [0, 1]
    assert log == ending_of(handler, "broken off")


@pytest.mark.parametrize("handler", HANDLERS)
def test_before_it_begins(ask, handler):
    """HEAD makes no chunk, and keeps no service open."""
    assert ask(f"/{handler}/{MANY}", "HEAD").chunks == []
    assert made == []
    assert [entry for entry in log if entry != "closed"] == ending_of(handler, "closed")[1:]


@pytest.mark.parametrize("handler", HANDLERS)
def test_no_faster_than_the_client_takes_it(ask, handler):
    """A chunk is made when the one before it was taken: nothing piles up in memory."""
    taken = ask(f"/{handler}/200")
    assert len(taken.chunks) == 200
    assert taken.ahead <= 1


@pytest.mark.parametrize("most", [1, MANY])
def test_what_is_gone_through_is_closed(ask, most):
    """Not only the iterator of it."""
    ask("/cursor", most=most)
    assert log == ["closed"]
    log.clear()
    ask("/cursor", "HEAD")
    assert log == ["closed"]


# Files -------------------------------------------------------------------------------------------------------

SIZE = 10_000_000


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A file of ten megabytes, and routes that send it."""
    path = tmp_path_factory.mktemp("endings") / "large.bin"
    with path.open("wb") as file:
        file.truncate(SIZE)
    return path


files: dict[str, object] = {}


@app.get("/file")
def file():
    return FileResponse(files["path"])


@app.get("/file-async")
async def file_async():
    return FileResponse(files["path"])


@pytest.mark.parametrize("path", ["/file", "/file-async"])
def test_a_large_file_is_never_in_memory(ask, large, path, request):
    """It goes through in pieces, one after the other; over RSGI, the server reads it itself."""
    files["path"] = large
    door = request.node.callspec.params["ask"]
    taken = ask(path)
    if door == "rsgi":
        assert taken.chunks == []
        return
    assert sum(map(len, taken.chunks)) == SIZE
    assert max(map(len, taken.chunks)) == 65_536


def test_a_file_that_becomes_shorter_breaks_off(tmp_path):
    """Rather than to have the client wait for the rest. (Over RSGI, the server reads the file.)"""
    path = tmp_path / "shorter.bin"
    path.write_bytes(bytes(200_000))
    files["path"] = path

    class Cutting(Taken):
        def take(self, chunk):
            with path.open("r+b") as opened:
                opened.truncate(100_000)
            return super().take(chunk)

    sent = Sent("GET", "/file")
    with pytest.raises(OSError, match="became shorter"):
        through_wsgi(sent, Cutting())
    path.write_bytes(bytes(200_000))
    with pytest.raises(OSError, match="became shorter"):
        asyncio.run(through_asgi(sent, Cutting()))


# Streams that never begin ------------------------------------------------------------------------------------


class Counter:
    """A service that must be awaited."""


@app.provide
async def counter() -> AsyncIterator[Counter]:
    try:
        yield Counter()
    finally:
        log.append("service let go")


def replace_it():
    yield
    return Response("instead")


def fail_after():
    yield
    raise HTTPError(409)


def tag_it():
    response = yield
    response.headers["etag"] = '"x"'


for fate in (replace_it, fail_after, tag_it):

    @app.get(f"/{fate.__name__}", around=[fate], name=fate.__name__)
    def never_sent(desk: Desk):
        made.append(0)
        yield "never"

    @app.get(f"/{fate.__name__}-async", around=[fate], name=f"{fate.__name__}-async")
    async def never_sent_async(desk: Desk, counter: Counter):
        made.append(0)
        yield "never"


@pytest.mark.parametrize("path", ["/replace_it", "/fail_after", "/tag_it"])
@pytest.mark.parametrize("ending", ["", "-async"])
@pytest.mark.parametrize("door", DOORS)
def test_what_is_not_sent_is_let_go(runner, door, path, ending):
    """An around that puts another answer in its place, fails after it, or makes it a 412: no service is kept."""
    sent = Sent("GET", path + ending, (("if-match", '"y"'),))
    if door == "wsgi":
        answer = ask_wsgi(app, sent)
    else:
        answer = runner.run((ask_asgi if door == "asgi" else ask_rsgi)(app, sent))
        runner.run(asyncio.sleep(0.01))
    assert answer.status == {"/replace_it": 200, "/fail_after": 409, "/tag_it": 412}[path]
    assert made == []
    assert "service broken off" in log
    if ending and door != "wsgi":
        assert "service let go" in log
