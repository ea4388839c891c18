"""Visits to worker threads: how a sync plan that may block is answered where there is an event loop."""

from __future__ import annotations

from asyncio import CancelledError
from contextvars import Context, copy_context
from functools import partial

from ..foundation.http.errors import ServiceUnavailable
from ..foundation.http.request import Request
from ..foundation.http.response import Answer, FileBody, StreamBody
from .contract import Hop, Machine, Plan
from .streams import at_once, close_unsent


async def visit(machine: Machine, plan: Plan, request: Request) -> Answer | None:
    """The answer of a sync plan, from a worker thread; None where the thread was told to end, for which there is none.

    The loop sends it. Sent from the thread, each answer would wake a thread of the server's while this one holds the
    interpreter's lock, which that one wants for the next request: a tenth of the CPU time went into such switches.
    """
    hop = machine.hop()
    # No closure, as the collector would track each of its cells.
    if not machine.pool.submit(partial(_answer, hop, copy_context(), plan, request)):
        return await _busy(machine, request)
    try:
        answer: Answer | None = await hop.future
    except CancelledError:
        left: Answer | None = await hop.outlast()
        if left is not None and isinstance(left[3], StreamBody):
            await close_unsent(left[3], machine)
        raise
    return answer


def _answer(hop: Hop, context: Context, plan: Plan, request: Request) -> None:
    answer: Answer | None = None
    try:
        status, fixed, own, body = answer = context.run(plan.answer, request)
        if body.__class__ is not bytes and isinstance(body, FileBody):
            answer = status, fixed, own, at_once(body)
    finally:
        hop.done(answer)


async def _busy(machine: Machine, request: Request) -> Answer:
    """The queue is full: the refusal is made on the loop, as there is no thread to make it."""
    refused = machine.refusal(request, ServiceUnavailable("The server is busy.", retry_after=1))
    answer: Answer = await refused.answer(request) if refused.is_async else refused.answer(request)
    return answer
