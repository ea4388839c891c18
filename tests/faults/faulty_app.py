"""An app whose every part is counted: what was begun, and what of it has ended."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from demijohn import (
    App,
    BodyStream,
    ClientDisconnected,
    FileResponse,
    Request,
    Security,
    Telemetry,
    Timeouts,
    UploadedFile,
)

app = App(timeouts=Timeouts(handler=1.0, body=1.0, write=1.0))
app.use(Telemetry(log_format="text"), Security(hosts=["*"]))
counts: collections.Counter[str] = collections.Counter()
BIG = Path(tempfile.gettempdir()) / "big.bin"
with BIG.open("wb") as opened:
    opened.truncate(256 << 20)


class Counted:
    """What a handler borrows, such as a connection of a pool."""


@app.provide
def counted() -> Iterator[Counted]:
    """Counts what is lent and what comes back."""
    counts["lent"] += 1
    try:
        yield Counted()
    finally:
        counts["returned"] += 1


@contextlib.contextmanager
def seen(name: str) -> Iterator[None]:
    """Counts a beginning and its end, whatever kind of end it is."""
    counts[f"{name} begun"] += 1
    try:
        yield
    finally:
        counts[f"{name} ended"] += 1


@app.get("/")
def home():
    return "home"


@app.get("/facts")
async def facts():
    return {
        "counts": dict(counts),
        "fds": len(list(Path("/proc/self/fd").iterdir())),
        "files": len([path for path in Path(tempfile.gettempdir()).iterdir() if path != BIG]),
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "pid": os.getpid(),
    }


@app.post("/form", body_limit=8 << 20)
def form(photo: UploadedFile, lent: Counted):
    counts["handled"] += 1
    return str(len(photo.read()))


@app.post("/bytes", body_limit=8 << 20)
def body(request: Request, lent: Counted):
    counts["handled"] += 1
    return str(len(request.body))


@app.post("/astream", body_limit=8 << 20)
async def read_async(body: BodyStream, lent: Counted):
    with seen("reading"):
        size = 0
        try:
            async for chunk in body:
                size += len(chunk)
        except ClientDisconnected:
            counts["told"] += 1
            raise
        counts["handled"] += 1
        return str(size)


@app.post("/stream", body_limit=8 << 20)
def read(body: BodyStream, lent: Counted):
    with seen("reading"):
        size = sum(len(chunk) for chunk in body)
        counts["handled"] += 1
        return str(size)


@app.get("/endless")
def endless(lent: Counted):
    with seen("stream"):
        while True:
            yield b"x" * 16_384


@app.get("/aendless")
async def aendless(lent: Counted):
    with seen("stream"):
        while True:
            yield b"x" * 16_384
            await asyncio.sleep(0)


@app.get("/idle")
async def idle(lent: Counted):
    with seen("stream"):
        yield b"begun"
        await asyncio.sleep(3600)
        yield b"never"


@app.get("/file")
def file():
    return FileResponse(BIG)


@app.get("/slow")
def slow(lent: Counted, seconds: float = 1.5):
    with seen("slow"):
        time.sleep(seconds)
        return "slow"


@app.get("/aslow")
async def aslow(lent: Counted, seconds: float = 30):
    with seen("slow"):
        await asyncio.sleep(seconds)
        return "aslow"


@app.get("/patient", timeout=None)
async def patient(lent: Counted, seconds: float = 1.5):
    with seen("slow"):
        await asyncio.sleep(seconds)
        return "patient"


@app.get("/boom")
async def boom(lent: Counted):
    raise RuntimeError("boo")


@app.lifespan
def life():
    yield
    with Path(os.environ["FAULTY_LOG"]).open("a") as log:
        log.write(f"{dict(counts)!r}\n")


@app.route("/large", methods=["GET", "POST"], body_limit=200 << 20)
def large(photo: UploadedFile | None = None):
    """The file as it lies there, and the most memory that this process has had."""
    import resource  # which Windows has not

    mode = None if photo is None else oct(os.fstat(photo.file.fileno()).st_mode & 0o777)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"size": photo and photo.size, "mode": mode, "peak": peak}
