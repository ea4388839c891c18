"""The app that compresses, asked through every door."""

import asyncio
import os
import tempfile
import time
from pathlib import Path

from demijohn import App, Compression, FileResponse, Request, Response, StreamingResponse, cache_control

app = App("compressed", debug=False)
app.use(Compression(harmless_cookies=("theme",)))

WORDS = "The quick brown fox jumps over the lazy dog. " * 40
LARGE = "All work and no play makes Jack a dull boy.\n" * 3_000

FOLDER = Path(tempfile.mkdtemp(prefix="demijohn-compressed-"))
(FOLDER / "words.txt").write_text(WORDS)
(FOLDER / "words.png").write_text(WORDS)
os.utime(FOLDER / "words.txt", (1_700_000_000, 1_700_000_000))

closed: list[str] = []


@app.get("/words")
def words():
    return WORDS


@app.get("/words-async", etag=True)
async def words_async():
    return WORDS


@app.get("/large")
async def large():
    return LARGE


@app.get("/small")
def small():
    return "small"


@app.get("/noise")
def noise():
    return Response(os.urandom(2_000), media_type="text/plain")


@app.get("/picture")
def picture():
    return Response(WORDS, media_type="image/png")


@app.get("/coded")
def coded():
    return Response(WORDS, headers={"Content-Encoding": "identity", "Vary": "Accept"})


@app.get("/as-it-is", around=[cache_control(no_transform=True)])
def as_it_is():
    return WORDS


@app.get("/private", around=[cache_control(private=True)])
def private():
    return WORDS


@app.get("/public", around=[cache_control(public=True, max_age=60)])
def public():
    return WORDS


@app.get("/cookie")
def cookie():
    response = Response(WORDS)
    response.set_cookie("session", "secret")
    return response


@app.get("/safe", compress=True)
def safe():
    response = Response(WORDS)
    response.set_cookie("session", "secret")
    return response


@app.get("/never", compress=False)
def never():
    return WORDS


@app.get("/language")
def language(request: Request):
    return f"{request.accepts_language('en', 'de')}: {WORDS}"


@app.get("/file/{name}")
def file(name: str):
    return FileResponse(FOLDER / name)


@app.get("/stream")
def stream():
    try:
        for number in range(20):
            yield f"{number}: {WORDS}"
    finally:
        closed.append("stream")


@app.get("/stream-async")
async def stream_async():
    try:
        for number in range(20):
            await asyncio.sleep(0)
            yield f"{number}: {WORDS}" * (50 if number == 5 else 1)
    finally:
        closed.append("stream-async")


@app.get("/slow")
async def slow():
    async def events():
        for number in range(3):
            yield f"data: {number} {WORDS}\n\n"
            await asyncio.sleep(0.5)

    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/slow-sync")
def slow_sync():
    def events():
        for number in range(3):
            yield f"data: {number} {WORDS}\n\n"
            time.sleep(0.5)

    return StreamingResponse(events(), media_type="text/event-stream")
