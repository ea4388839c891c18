"""Services that rest while a piece of a stream is on its way: what they hold then, nobody needs.

A client may take its time for each piece, and what a handler holds meanwhile (a database connection) is held by it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from typing import Any


def resting(chunks: Generator[Any, None, None], rests: Sequence[Callable[[], Any]]) -> Generator[Any, None, None]:
    """The chunks of a generator, before each of which its services are let rest."""
    return _resting(chunks, rests) if rests else chunks


def _resting(chunks: Generator[Any, None, None], rests: Sequence[Callable[[], Any]]) -> Generator[Any, None, None]:
    try:
        for chunk in chunks:
            for rest in rests:
                rest()
            yield chunk
    finally:
        chunks.close()


def resting_async(chunks: AsyncGenerator[Any, None], rests: Sequence[Callable[[], Any]]) -> AsyncGenerator[Any, None]:
    """As `resting`, of an async generator."""
    return _resting_async(chunks, rests) if rests else chunks


async def _resting_async(
    chunks: AsyncGenerator[Any, None], rests: Sequence[Callable[[], Any]]
) -> AsyncGenerator[Any, None]:
    try:
        async for chunk in chunks:
            for rest in rests:
                await rest()
            yield chunk
    finally:
        await chunks.aclose()
