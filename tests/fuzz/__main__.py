"""Fuzz a parser: `python -m tests.fuzz NAME --seconds 60`; without a name, all of them, each for that long.

With atheris installed (`pip install atheris`) what was covered guides it, for Python's code at least; else changes are
made blindly. A finding is printed as bytes that can be pasted into a test.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def main() -> None:
    """Read the command line, and go on until the time is over or something is found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("name", nargs="?", help="a target; all of them if left out")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, help="repeat what another run did")
    parser.add_argument("--list", action="store_true", help="the names of the targets")
    asked = parser.parse_args()
    if asked.name and asked.seed is None and _guided(asked.name, asked.seconds):
        return
    from fuzz_targets import TARGETS

    if asked.list:
        print("\n".join(TARGETS))
        return
    if asked.name and asked.name not in TARGETS:
        parser.error(f"there is no target {asked.name!r}: {', '.join(TARGETS)}")
    for name in [asked.name] if asked.name else TARGETS:
        _blindly(name, asked.seconds, asked.seed)


def _blindly(name: str, seconds: float, seed: int | None) -> None:
    from fuzz_mutations import inputs
    from fuzz_targets import TARGETS

    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    count, deadline = 0, time.monotonic() + seconds
    for data in inputs(TARGETS[name], random.Random(seed)):
        try:
            TARGETS[name].run(data)
        except BaseException:
            print(f"{name}, seed {seed}, input {count}: {data!r}", file=sys.stderr)
            raise
        count += 1
        if time.monotonic() > deadline:
            break
    print(f"{name}: {count} inputs, seed {seed}, nothing found")


def _guided(name: str, seconds: float) -> bool:
    """Let atheris do it; it never comes back, but where it is not installed."""
    try:
        import atheris
    except ImportError:
        return False
    with atheris.instrument_imports(include=["demijohn", "multipart"]):
        from fuzz_targets import TARGETS
    target = TARGETS[name]
    corpus = Path(__file__).parent / ".corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = corpus.parent / f"{name}.dict"
    escaped = ["".join(f"\\x{byte:02x}" for byte in word) for word in target.words if len(word) < 60]
    words.write_text("".join(f'"{word}"\n' for word in escaped))
    options = [sys.argv[0], f"-max_total_time={int(seconds)}", f"-dict={words}", "-max_len=4000", str(corpus)]
    atheris.Setup(options, target.run)
    atheris.Fuzz()
    return True


if __name__ == "__main__":
    main()
