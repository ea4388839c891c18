"""Streams of events: who runs the generator, when, and how it ends."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator

import pytest

from demijohn import App, Event, EventStream, JSONResponse, Schema, StreamingResponse
from demijohn.kernel.events import Feed, yields_events
from demijohn.testing import Client


class Point(Schema):
    x: int


class Odd:
    pass


def read(response):
    """All that a feed gives."""

    async def all_of_it():
        return [chunk async for chunk in response.feed]

    return b"".join(asyncio.run(all_of_it())).decode()


def test_what_is_taken():
    """Events, text and values, from iterables and generators of both kinds."""

    async def events():
        yield "a"
        yield Event("b", id=1)

    assert read(EventStream(events())) == ":\n\ndata: a\n\nid: 1\ndata: b\n\n"
    assert read(EventStream(["a", {"b": 1}], retry=1000)) == 'retry: 1000\n\ndata: a\n\ndata: {"b":1}\n\n'
    for wrong in ("text", b"bytes", {"a": 1}, Event("a"), 5, None):
        with pytest.raises(TypeError, match="generator of events"):
            EventStream(wrong)
    with pytest.raises(ValueError, match="heartbeat"):
        EventStream([], heartbeat=0)


def test_annotations():
    """An iterator or generator of events is one; of anything else, or no annotation, is not."""
    for kind in (
        AsyncIterator[Event],
        AsyncGenerator[Event, None],
        Iterator[Event],
        Generator[Event, None, None],
        Iterator[Event | str],
        EventStream,
    ):
        assert yields_events(kind), kind
    for kind in (AsyncIterator[str], list[Event], Event, StreamingResponse, None, int):
        assert not yields_events(kind), kind


def test_values_are_encoded_as_answers_are():
    """`@app.encoder` and schemas hold for events, also where an around looks at the response."""
    app = App()
    app.encoder(Odd)(lambda odd: "odd")

    @app.around
    def look():
        response = yield
        response.headers["x-looked"] = "yes"

    @app.get("/")
    async def events() -> AsyncIterator[Event]:
        yield Event(Odd())
        yield Point(x=1)

    answer = Client(app).get("/")
    assert answer.text == ':\n\ndata: "odd"\n\ndata: {"x":1}\n\n'
    assert answer.headers["x-looked"] == "yes"


def test_media_type_instead_of_an_annotation():
    """A generator whose route says text/event-stream yields events; other values are what they are."""
    app = App()

    @app.get("/events", media_type="text/event-stream")
    def events():
        yield "a"

    @app.get("/early")
    async def early(now: bool = True) -> EventStream:
        return JSONResponse({"no": "events"})

    assert Client(app).get("/events").text == ":\n\ndata: a\n\n"
    assert Client(app).get("/early").json() == {"no": "events"}


def test_heartbeats():
    """While the generator is silent, comments go out; it is not disturbed."""
    turns = []

    async def slow():
        try:
            async with asyncio.timeout(5):
                await asyncio.sleep(0.25)
                yield "late"
        finally:
            turns.append("ended")

    assert read(EventStream(slow(), heartbeat=0.05)).replace(":\n\n", "") == "data: late\n\n"
    assert turns == ["ended"]

    def slow_in_a_thread():
        time.sleep(0.25)
        yield "late"

    text = read(EventStream(slow_in_a_thread(), heartbeat=0.05))
    assert text.endswith("data: late\n\n")
    assert text.count(":\n\n") >= 3


def test_one_task_from_beginning_to_end():
    """Task groups and time-outs may stand around a `yield`."""
    tasks = []

    async def grouped():
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0.01))
            for number in range(3):
                tasks.append(asyncio.current_task())
                yield number

    assert read(EventStream(grouped())) == ":\n\ndata: 0\n\ndata: 1\n\ndata: 2\n\n"
    assert len(set(tasks)) == 1


def test_one_thread_from_beginning_to_end():
    """A `def` generator runs in one thread, none that handlers use, which ends with it."""
    threads = []

    def blocking():
        try:
            for number in range(3):
                threads.append(threading.current_thread())
                yield number
        finally:
            threads.append(threading.current_thread())

    assert read(EventStream(blocking())).endswith("data: 2\n\n")
    assert len(set(threads)) == 1
    threads[0].join(5)
    assert not threads[0].is_alive()


def test_no_faster_than_it_is_taken():
    """The generator is asked for the next event when the one before has been taken, not earlier."""
    made = []

    async def counted():
        for number in range(10):
            made.append(number)
            yield number

    async def test():
        feed = Feed(counted(), None, None)
        await anext(feed)
        for number in range(3):
            await anext(feed)
            await asyncio.sleep(0.01)
            assert made == list(range(number + 1))
        await feed.aclose()

    asyncio.run(test())


@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize("taken", [0, 1, 2])
def test_closed_where_it_is(is_async, taken):
    """However far it has come, its `finally` has run when the feed is closed, and no task is left."""
    ended = []

    async def events():
        try:
            yield "a"
            await asyncio.sleep(0 if not taken else 3600)
        finally:
            await asyncio.sleep(0)
            ended.append("async")

    def events_in_a_thread():
        try:
            yield "a"
            time.sleep(0.05)
            yield "b"
        finally:
            ended.append("sync")

    async def test():
        feed = Feed(events() if is_async else events_in_a_thread(), 0.01, None)
        for _ in range(taken + 1 if taken else 0):
            await anext(feed)
        await feed.aclose()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(test())
    assert ended == ([] if not taken else ["async" if is_async else "sync"])


@pytest.mark.parametrize("is_async", [True, False])
def test_errors_come_out(is_async):
    """What the generator raises is raised where it is read; afterwards the feed is at its end."""

    async def events():
        yield "a"
        raise KeyError("off")

    def events_in_a_thread():
        yield "a"
        raise KeyError("off")

    async def test():
        feed = Feed(events() if is_async else events_in_a_thread(), None, None)
        assert [await anext(feed), await anext(feed)] == [b":\n\n", b"data: a\n\n"]
        with pytest.raises(KeyError, match="off"):
            await anext(feed)
        await asyncio.sleep(0.01)
        with pytest.raises(StopAsyncIteration):
            await anext(feed)
        await feed.aclose()

    asyncio.run(test())
