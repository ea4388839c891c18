"""Hops between the loop and threads: whoever waits is told, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import sys
import threading

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


def test_no_hop_is_forgotten_whoever_ends_it_and_when():
    """Threads end hops while the loop settles others: it hears of each, be it called once for many or once more."""

    async def drive() -> None:
        ended = 0

        def end(hops: list[Hop]) -> None:
            for hop in hops:
                hop.done(1)

        for _ in range(20):
            loop = asyncio.get_running_loop()
            shares = [[Hop(loop) for _ in range(50)] for _ in range(8)]
            threads = [threading.Thread(target=end, args=(share,)) for share in shares]
            waiters = [asyncio.ensure_future(hop.wait()) for share in shares for hop in share]
            for thread in threads:
                thread.start()
            done, late = await asyncio.wait(waiters, timeout=30)
            assert not late
            ended += sum(task.result() for task in done)
            for thread in threads:
                thread.join(10)
        assert ended == 20 * 8 * 50

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        asyncio.run(drive())
    finally:
        sys.setswitchinterval(interval)
