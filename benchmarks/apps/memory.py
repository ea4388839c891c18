"""What benchmarks/memory.py asks: streams both ways, small answers, and a WebSocket that waits."""

from __future__ import annotations

from collections.abc import Iterator

from demijohn import App, BodyStream, StreamingResponse, WebSocket

app = App()
PIECE = bytes(65_536)


@app.get("/plaintext")
def plaintext():
    return "Hello, World!"


@app.get("/users/{id}")
def user(id: int, q: str | None = None):
    return {"id": id, "q": q}


@app.post("/upload", body_limit=1 << 40)
def upload(body: BodyStream):
    return str(sum(len(piece) for piece in body))


@app.get("/download")
def download(megabytes: int = 1) -> StreamingResponse:
    def pieces() -> Iterator[bytes]:
        for _ in range(megabytes * 16):
            yield PIECE

    return StreamingResponse(pieces())


@app.websocket("/socket")
async def wait(socket: WebSocket):
    async for _ in socket:
        pass


wsgi, asgi, rsgi = app.wsgi, app.asgi, app.rsgi
