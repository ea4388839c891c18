"""Starting an app on a server's loop."""

import asyncio

import pytest

from demijohn.gateways.life import Life


class Machine:
    """An app that takes a while to start, and may fail at first."""

    needs_loop = True

    def __init__(self, failures=0):
        self.starts = 0
        self.stops = 0
        self.failures = failures

    async def start(self):
        self.starts += 1
        await asyncio.sleep(0.01)
        if self.starts <= self.failures:
            raise RuntimeError("not yet")

    async def stop(self):
        self.stops += 1


def test_requests_that_come_together_start_the_app_once():
    """Under a server without lifespan events, the first requests may be several."""
    machine = Machine()
    life = Life(machine)

    async def use():
        await asyncio.gather(*(life.start() for _ in range(5)))
        await life.start()
        await life.stop()

    asyncio.run(use())
    assert (machine.starts, machine.stops, life.started) == (1, 1, False)


def test_a_start_that_failed_is_tried_again():
    """All who waited hear of the failure, and the next request starts anew."""
    machine = Machine(failures=1)
    life = Life(machine)

    async def use():
        results = await asyncio.gather(*(life.start() for _ in range(3)), return_exceptions=True)
        assert [type(result) for result in results] == [RuntimeError] * 3
        await life.start()

    asyncio.run(use())
    assert machine.starts == 2
    assert life.started


def test_a_client_that_leaves_does_not_stop_the_start():
    """The first request is cancelled while the app starts; the second finds it started."""
    machine = Machine()
    life = Life(machine)

    async def use():
        first = asyncio.ensure_future(life.start())
        await asyncio.sleep(0)
        second = asyncio.ensure_future(life.start())
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await second

    asyncio.run(use())
    assert (machine.starts, life.started) == (1, True)
