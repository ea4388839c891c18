"""Inputs made of other inputs: cut, repeated, joined, and strewn with the words of a grammar."""

from __future__ import annotations

import random
from collections.abc import Iterator

from fuzz_targets import Target

LONGEST = 6_000


def inputs(target: Target, random_: random.Random) -> Iterator[bytes]:
    """The seeds, and then changes of them without end; what was made may be changed again."""
    pool = list(target.seeds)
    yield from pool
    while True:
        data = random_.choice(pool)
        for _ in range(random_.randint(1, 4)):
            data = _changed(data, target, pool, random_)[:LONGEST]
        if random_.random() < 0.05:
            pool.append(data)
            if len(pool) > 200:
                del pool[random_.randrange(len(target.seeds), len(pool))]
        yield data


def _changed(data: bytes, target: Target, pool: list[bytes], random_: random.Random) -> bytes:
    at = random_.randint(0, len(data))
    end = min(len(data), at + random_.randint(0, 8))
    kind = random_.randrange(7)
    if kind == 0:
        return data[:at] + data[end:]
    if kind in (1, 2):
        return data[:at] + random_.choice(target.words) + data[at:]
    if kind == 3:
        return data[:at] + random_.choice(target.words) + data[end:]
    if kind == 4:
        return data[:at] + bytes([random_.randrange(256)]) + data[min(len(data), at + 1) :]
    if kind == 5:
        return data[:at] + data[at:end] * random_.randint(2, 20) + data[end:]
    other = random_.choice(pool)
    return data[:at] + other[random_.randint(0, len(other)) :]
