"""The bounds that every request is held to, on by default."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes in bytes and counts; over one of them the answer is 413, 414 or 431, and the request is not read on.

    >>> Limits().body
    2621440
    """

    url: int = 8_190
    headers: int = 100
    header: int = 8_190
    header_bytes: int = 65_536
    body: int = 2_621_440
    form: int = 16_777_216
    fields: int = 1_000
    files: int = 100
    text_part: int = 1_048_576
    text_parts: int = 2_621_440
    spool: int = 1_048_576
    query: int = 1_000
    cookies: int = 180
    cookie_bytes: int = 8_190
    websocket_message: int = 1_048_576
    websocket_queue: int = 64
    websocket_queue_bytes: int = 1_048_576
