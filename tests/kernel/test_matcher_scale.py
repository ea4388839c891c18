"""The work of finding a route: bounded by the path and by what the table makes possible, never by their product."""

from __future__ import annotations

import re
import sys
import time
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn import App, Client, SetupError
from demijohn.foundation.errors import Where
from demijohn.kernel import matcher
from demijohn.kernel.matcher import Matcher
from demijohn.kernel.paths import PathPattern, mixed_expression

HERE = Where("app.py", 1)


def made(paths: list[str]) -> Matcher:
    """A matcher of some addresses."""
    found = Matcher()
    for path in paths:
        found.methods_at(PathPattern.parse(path, HERE)).setdefault("GET", path)
    found.freeze()
    return found


def lines_of(table: Matcher, path: str) -> int:
    """How many lines of the matcher are run to look for a path."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        if frame.f_code.co_filename != matcher.__file__:
            return None
        count += event == "line"
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        table.find(path)
    finally:
        sys.settrace(before)
    return count


# A thousand routes that begin alike; each has three parameters, and half of them one that takes the rest.
MANY = [f"/{{x}}/{{y}}/{{z}}/r{number}/{{rest:path}}" for number in range(500)]
MANY += [f"/a/{{y}}/a/{{z}}/s{number}/{{w}}" for number in range(500)]
# Where each of ten segments is the text or a parameter, and none of it ends as the path does.
TREE = [f"/{'/'.join('a' if number >> bit & 1 else f'{{p{bit}}}' for bit in range(10))}/end" for number in range(1024)]


@pytest.mark.parametrize("end", ["", "/x"])
def test_a_long_path_among_a_thousand_routes(end: str) -> None:
    """404, and twice the path is at most twice the work."""
    table = made(MANY)
    counts = [lines_of(table, "/a" * length + end) for length in (50, 100, 200, 400)]
    assert all(table.find("/a" * length + end) is None for length in (50, 400))
    assert counts[-1] <= 4 * counts[1] + 50
    assert counts[-1] < 10_000


def test_a_table_made_to_be_looked_through() -> None:
    """Every way in it is gone at most once, however long the path goes on."""
    table = made(TREE)
    counts = [lines_of(table, "/a" * length + "/x") for length in (10, 20, 40, 80)]
    assert max(counts) < 60 * 2**11
    assert counts[-1] <= counts[0] + 200
    assert table.find("/a" * 10 + "/end") is not None


def test_whatever_takes_the_rest_stands_last() -> None:
    """So there are never two ways to share the rest of a path between several parameters."""
    app = App(bare=True)

    @app.get("/r/{a:path}/x/{b:path}/y/{c:path}")
    def several(a: str, b: str, c: str) -> str:
        return a + b + c

    with pytest.raises(SetupError, match="DMJ0205"):
        app.seal()


MIXED = ["{a}-{b}", "{a}-{b}-{c}", "{a}-{b}x", "v{a}.{b}.{c}-{d}x", "{a}--{b}--{c}", "{a}-{b}-{c}-{d}-{e}-{f}!"]


@pytest.mark.parametrize("segment", MIXED)
@pytest.mark.parametrize("text", ["-", "--", "a-", "-a", ".", ".-", "v.-x"])
def test_several_parameters_in_a_segment(segment: str, text: str) -> None:
    """A path of eight thousand separators takes no time that anybody could notice, whether it fits or not."""
    table = made([f"/m/{segment}"])
    begin = time.thread_time()
    for end in ("", "y", "\n"):
        table.find(f"/m/v{text * (8000 // len(text))}{end}")
    assert time.thread_time() - begin < 5  # By turns it would be minutes, or years.


@given(
    segment=st.sampled_from([*MIXED, "{a}", "x{a}", "{a}x", "{a}-x{b}", "{a}ab{b}a", "{a}aa{b}", "a{a}a{b}a"]),
    text=st.text(alphabet="ab-x.!v\n", max_size=12),
)
def test_it_is_what_a_lazy_expression_finds(segment: str, text: str) -> None:
    """The shortest values from the left."""
    (found,) = PathPattern.parse(f"/{segment}", HERE).segments
    if not found.names or segment == "{a}":
        return
    pieces = re.split(r"\{\w\}", segment)
    lazy = re.compile("(.+?)".join(map(re.escape, pieces))).fullmatch(text)
    quick = mixed_expression(found).fullmatch(text)
    assert (quick and quick.groups()) == (lazy and lazy.groups())


def test_through_an_app() -> None:
    """The whole way, with its limits."""
    app = App(bare=True)
    for number in range(1000):
        app.get(f"/{{x}}/{{y}}/{{z}}/r{number}/{{rest:path}}", name=f"r{number}")(_answer)
    client = Client(app)
    assert client.get("/a" * 1000).status == 404
    assert client.get("/a" * 1000 + "/x").status == 404
    assert client.get("/a/a/a/r999" + "/a" * 1000).text == "/".join("a" * 1000)


def _answer(x: str, y: str, z: str, rest: str) -> str:
    return rest
