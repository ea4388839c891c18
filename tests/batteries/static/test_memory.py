"""Small files are remembered for a second, in production, for plain requests."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from demijohn import App, Client, Static
from demijohn.batteries.static import memory


class Watch:
    """How often the file system is asked, and what time it is."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self.now = 100.0
        real = os.lstat

        def lstat(path: Any, **options: Any) -> os.stat_result:
            self.asked += 1
            return real(path, **options)

        patch.setattr(os, "lstat", lstat)
        patch.setattr(memory, "monotonic", lambda: self.now)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


def a_client(folder: Path, *, debug: bool = False) -> Client:
    (folder / "a.txt").write_text("one")
    app = App("files", debug=debug)
    app.use(Static(folder=str(folder)))
    return Client(app)


def test_a_second_request_asks_nobody(tmp_path: Path, watch: Watch) -> None:
    """And its answer is the same, to the last header."""
    client = a_client(tmp_path)
    first = client.get("/static/a.txt")
    asked = watch.asked
    second = client.get("/static/a.txt")
    assert watch.asked == asked > 0
    assert (first.status, first.text, dict(first.headers)) == (second.status, second.text, dict(second.headers))
    head = client.head("/static/a.txt")
    assert (head.text, head.headers["content-length"]) == ("", "3")


def test_a_replaced_file_is_seen_a_second_later(tmp_path: Path, watch: Watch) -> None:
    """So that a deployment needs no restart."""
    client = a_client(tmp_path)
    assert client.get("/static/a.txt").text == "one"
    (tmp_path / "a.txt").write_text("three")
    watch.now += memory.SECONDS / 2
    assert client.get("/static/a.txt").text == "one"
    watch.now += memory.SECONDS
    assert client.get("/static/a.txt").text == "three"
    (tmp_path / "a.txt").unlink()
    watch.now += 2 * memory.SECONDS
    assert client.get("/static/a.txt").status == 404


def test_conditions_and_ranges_are_answered_from_the_file(tmp_path: Path, watch: Watch) -> None:
    """What is remembered is the whole answer alone."""
    client = a_client(tmp_path)
    tag = client.get("/static/a.txt").headers["etag"]
    assert client.get("/static/a.txt", headers={"if-none-match": tag}).status == 304
    part = client.get("/static/a.txt", headers={"range": "bytes=1-"})
    assert (part.status, part.text) == (206, "ne")
    assert client.get("/static/a.txt", headers={"if-match": '"x"'}).status == 412
    assert client.get("/static/a.txt").text == "one"


def test_each_encoding_has_its_own(tmp_path: Path, watch: Watch) -> None:
    """Where a compressed file lies beside it."""
    client = a_client(tmp_path)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"one"))
    os.utime(tmp_path / "a.txt.gz", (2_000_000_000, 2_000_000_000))
    for _ in range(2):
        squeezed = client.get("/static/a.txt", headers={"accept-encoding": "gzip"})
        assert (squeezed.headers["content-encoding"], gzip.decompress(squeezed.content)) == ("gzip", b"one")
        plain = client.get("/static/a.txt", headers={"accept-encoding": "identity"})
        assert ("content-encoding" in plain.headers, plain.text) == (False, "one")
    asked = watch.asked
    client.get("/static/a.txt", headers={"accept-encoding": "gzip"})
    assert watch.asked == asked


def test_large_files_are_not_remembered(tmp_path: Path, watch: Watch) -> None:
    """They are sent from the disk."""
    client = a_client(tmp_path)
    (tmp_path / "b.txt").write_text("x" * (memory.MOST_BYTES + 1))
    for _ in range(2):
        asked = watch.asked
        assert len(client.get("/static/b.txt").text) == memory.MOST_BYTES + 1
        assert watch.asked > asked


def test_not_more_than_so_many(tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names are asked for."""
    monkeypatch.setattr(memory, "MOST_ANSWERS", 3)
    client = a_client(tmp_path)
    for number in range(8):
        (tmp_path / f"{number}.txt").write_text(str(number))
        assert client.get(f"/static/{number}.txt").text == str(number)


def test_in_development_nothing_is_remembered(tmp_path: Path, watch: Watch) -> None:
    """What was saved is what is seen."""
    client = a_client(tmp_path, debug=True)
    assert client.get("/static/a.txt").text == "one"
    (tmp_path / "a.txt").write_text("two")
    assert client.get("/static/a.txt").text == "two"


def test_arounds_change_their_own_answer_alone(tmp_path: Path, watch: Watch) -> None:
    """A header that is set on one answer is not on the next."""
    (tmp_path / "a.txt").write_text("one")
    app = App("files", debug=False)
    app.use(Static(folder=str(tmp_path)))
    count = []

    @app.around
    def numbered(request):
        response = yield
        count.append(1)
        response.headers.add("x-number", str(len(count)))

    client = Client(app)
    assert [client.get("/static/a.txt").headers["x-number"] for _ in range(3)] == ["1", "2", "3"]
