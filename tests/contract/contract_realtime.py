"""An app of WebSockets and event streams, and what it knows of those that are open."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from demijohn import App, Event, EventStream, Header, Schema, Scope, StreamingResponse, Timeouts, WebSocket

app = App(timeouts=Timeouts(write=1.0, websocket_grace=0.5))
counts: dict[str, int] = {}


def count(what: str, number: int = 1) -> None:
    counts[what] = counts.get(what, 0) + number


class Unit:
    """A unit of work, counted."""


@app.provide
def unit() -> Iterator[Unit]:
    count("units opened")
    try:
        yield Unit()
    except BaseException:
        count("units failed")
        raise
    count("units closed")


class Move(Schema):
    x: int
    y: int = 0


@app.get("/facts")
async def facts() -> dict:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    return {"pid": os.getpid(), "tasks": len(tasks), "counts": counts}


@app.get("/page")
def page():
    return "page"


@app.websocket("/echo")
async def echo(ws: WebSocket):
    count("open")
    try:
        async for message in ws:
            await ws.send(message)
    finally:
        count("open", -1)


@app.websocket("/moves")
async def moves(ws: WebSocket):
    async for move in ws.iter_json(Move):
        await ws.send({"x": move.x + 1, "y": move.y})


@app.websocket("/any")
async def anything(ws: WebSocket):
    async for value in ws.iter_json():
        await ws.send_json(value)


@app.websocket("/rooms/{room}")
async def room(ws: WebSocket, room: int, scope: Scope, name: str = "somebody"):
    async for message in ws:
        async with scope(Unit) as work:
            assert isinstance(work, Unit)
            if message == "fail":
                raise ValueError("That was asked for.")
            await ws.send(f"{name} in {room}: {message}")


@app.websocket("/chat")
async def chat(ws: WebSocket):
    await ws.accept("chat.v2" if "chat.v2" in ws.subprotocols else None)
    await ws.send(ws.subprotocol or "none")
    await ws.close(4001, "bye")


@app.websocket("/plain")
async def plain(ws: WebSocket):
    await ws.accept()
    await ws.close(3000, "done")


@app.websocket("/refuses")
async def refuses(ws: WebSocket):
    await ws.close()


@app.websocket("/breaks-early")
async def breaks_early(ws: WebSocket):
    raise KeyError("early")


@app.websocket("/breaks")
async def breaks(ws: WebSocket):
    await ws.accept()
    raise KeyError("late")


@app.websocket("/sleeps")
async def sleeps(ws: WebSocket):
    await ws.accept()
    count("asleep")
    try:
        await asyncio.sleep(600)
    finally:
        count("asleep", -1)


@app.websocket("/floods")
async def floods(ws: WebSocket):
    await ws.accept()
    count("flooding")
    try:
        while True:
            await ws.send("x" * 100_000)
            count("flooded")
    finally:
        count("flooding", -1)


@app.get("/ticks")
async def ticks(work: Unit, last_event_id: Annotated[int, Header()] = 0) -> AsyncIterator[Event]:
    for number in range(last_event_id + 1, 4):
        yield Event({"n": number}, id=number, event="tick")
        await asyncio.sleep(0.01)


@app.get("/lines")
def lines(work: Unit) -> Iterator[Event]:
    yield Event("a\nevent: x\n\nb")
    yield Event("a\rb")
    yield Event("é\u2028ü")


@app.get("/returned")
async def returned():
    async def events():
        yield {"a": 1}
        yield "text"
        yield Move(x=1)

    return EventStream(events(), retry=2000)


@app.get("/endless")
async def endless(work: Unit):
    async def events():
        count("endless")
        try:
            yield "first"
            async with asyncio.timeout(600):
                await asyncio.sleep(600)
        finally:
            count("endless", -1)

    return EventStream(events(), heartbeat=0.2)


@app.get("/endless-unit")
async def endless_unit(work: Unit) -> AsyncIterator[Event]:
    yield Event("first")
    while True:
        await asyncio.sleep(0.05)
        yield Event("more")


@app.get("/endless-threads")
def endless_threads(work: Unit):
    def events():
        count("endless")
        try:
            while True:
                yield "more"
                time.sleep(0.1)
        finally:
            count("endless", -1)

    return EventStream(events(), heartbeat=0.05)


@app.get("/breaks-off")
async def breaks_off() -> AsyncIterator[Event]:
    yield Event("first")
    raise KeyError("off")


@app.get("/no-events")
async def no_events():
    yield Event("nobody said that these are events")


@app.get("/stream")
def stream():
    return StreamingResponse(iter(["a", "b"]))
