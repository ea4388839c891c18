"""Async code under WSGI: one loop in one thread, whatever the code does to it."""

import asyncio
import contextvars
import threading

import pytest
from contract_doors import Sent, ask_wsgi

from demijohn import App
from demijohn.gateways.loop_thread import loop_thread


async def answer():
    return 42


async def leave(error):
    raise error


def test_one_loop_for_all_threads():
    """Every thread hands its coroutines to the same loop."""
    loops = []

    async def note():
        loops.append(asyncio.get_running_loop())

    threads = [threading.Thread(target=lambda: loop_thread().run(note())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loops) == 4
    assert len(set(map(id, loops))) == 1


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), KeyboardInterrupt(), asyncio.CancelledError()])
def test_the_loop_survives_every_error(error):
    """What ends a task is raised where it was asked for; the loop serves the next."""
    with pytest.raises(type(error)):
        loop_thread().run(leave(error))
    assert loop_thread().run(answer()) == 42


def test_the_context_goes_there_and_nothing_comes_back():
    """A coroutine sees the caller's context variables; what it sets stays in its task."""
    variable = contextvars.ContextVar("variable", default="default")
    variable.set("caller")

    async def read():
        found = variable.get()
        variable.set("task")
        return found

    assert loop_thread().run(read()) == "caller"
    assert variable.get() == "caller"


def test_an_exit_in_a_handler_kills_no_other_request():
    """`sys.exit()` in an async handler under WSGI ends that exchange alone."""
    app = App(bare=True)

    @app.get("/exit")
    async def leaves():
        raise SystemExit(3)

    @app.get("/")
    async def home():
        return "home"

    with pytest.raises(SystemExit):
        ask_wsgi(app, Sent("GET", "/exit"))
    assert ask_wsgi(app, Sent("GET", "/")).text == "home"


def test_time_outs_and_task_groups_work_under_wsgi():
    """An async handler under WSGI runs whole, as a task: time-outs and task groups are what they are elsewhere."""
    app = App(bare=True)

    @app.get("/")
    async def home():
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            first, second = group.create_task(answer()), group.create_task(answer())
        return {"sum": first.result() + second.result(), "task": asyncio.current_task() is not None}

    assert ask_wsgi(app, Sent("GET", "/")).text == '{"sum":84,"task":true}'
