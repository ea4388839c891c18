"""Hops between the loop and threads: whoever waits is told, whatever happens meanwhile."""

from __future__ import annotations

import asyncio

from demijohn.kernel.hops import Hop


def test_a_waiter_cancelled_as_its_thread_ends_is_told():
    """The thread's end may be seen between the cancellation and the waiter's waking up for it."""

    async def drive() -> None:
        hop = Hop(asyncio.get_running_loop())
        waiter = asyncio.ensure_future(hop.wait())
        await asyncio.sleep(0)
        waiter.cancel()
        hop.settle()
        await asyncio.wait({waiter}, timeout=5)
        assert waiter.cancelled()

    asyncio.run(drive())


def test_a_cancelled_waiter_waits_for_its_thread():
    """A thread's work is never cut short, nor left behind."""

    async def drive() -> None:
        hop = Hop(asyncio.get_running_loop())
        waiter = asyncio.ensure_future(hop.wait())
        await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiter.done()
        hop.settle()
        await asyncio.wait({waiter}, timeout=5)
        assert waiter.cancelled()

    asyncio.run(drive())
