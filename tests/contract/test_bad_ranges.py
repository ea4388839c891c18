"""Ranges and conditions that are wrong, endless or hostile: the whole file, or 416, through every door."""

import itertools
import os
import re

import pytest
from contract_compressed import app as compressing
from contract_doors import Got, Sent
from contract_everywhere import everywhere

from demijohn import App, FileResponse, Request, Response

app = App(debug=False)
files = {}
TEN = b"0123456789"


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory):
    """A file of ten bytes, an empty one and a large one, last changed at a time that is known."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "a.txt").write_bytes(TEN)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "large.bin").write_bytes(bytes(range(256)) * 4_000)
    for file in folder.iterdir():
        os.utime(file, (1_000_000_000, 1_000_000_000))
    files["folder"] = folder
    return folder


@app.get("/files/{name}")
def file(name: str):
    return FileResponse(name, root=files["folder"])


@app.get("/files-async/{name}")
async def file_async(name: str):
    return FileResponse(name, root=files["folder"])


@app.get("/tagged", etag=True)
def tagged(request: Request):
    return Response(TEN, headers={"Last-Modified": "Sun, 09 Sep 2001 01:46:40 GMT"})


def get(target: str, *fields: tuple[str, str], method: str = "GET") -> Got:
    """The answer to a request with some header fields, the same through every door."""
    return everywhere(app, Sent(method, target, fields))


def ranged(value: str, name: str = "a.txt") -> Got:
    """The answer to a range, from a `def` and an `async def` handler."""
    answer = get(f"/files/{name}", ("range", value))
    assert get(f"/files-async/{name}", ("range", value)) == answer
    return answer


@pytest.mark.parametrize(
    ("value", "body", "said"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=9-", b"9", "bytes 9-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-999", TEN, "bytes 0-9/10"),
        ("bytes=2-999999999999999999999999999999", TEN[2:], "bytes 2-9/10"),
        ("BYTES=0-0", b"0", "bytes 0-0/10"),
        ("bytes= 0-0 ", b"0", "bytes 0-0/10"),
        ("bytes=0-0,0-1,1-3", TEN[:4], "bytes 0-3/10"),
    ],
)
def test_good_ranges_are_parts(value: str, body: bytes, said: str) -> None:
    """206 with just these bytes (RFC 9110, section 14)."""
    answer = ranged(value)
    assert (answer.status, answer.body, answer.header("content-range")) == (206, body, said)
    assert answer.header("content-length") == str(len(body))


@pytest.mark.parametrize(
    "value",
    [
        "bytes=5-3", "bytes=abc", "bytes=", "bytes=-", "lines=0-1", "bytes", "bytes=0-1;2-3", "bytes=0--1", "bytes=--1",
        "bytes=1_0-2", "bytes=+1-2", "bytes=0x1-2", "bytes=1.0-2", "bytes=1e0-2", "bytes=0-1,x", "bytes=,,,", "=0-1",
        "", "bytes=0 -1", "bytes=0- 1", "bytes:0-1", "bytes=0-1-2", "bytes=0-\u00b2", "bytes=\u00bd-2",
    ],
)  # fmt: skip
def test_ranges_that_are_none_do_not_count(value: str) -> None:
    """The whole file, as if nothing had been asked (CVE-2025-69225 among them)."""
    answer = ranged(value)
    assert (answer.status, answer.body, answer.header("content-range")) == (200, TEN, None)


@pytest.mark.parametrize("value", ["bytes=０-９", "bytes=٠-١", "bytes=𝟎-𝟏"])  # noqa: RUF001 - that they look alike is the point
def test_digits_of_other_scripts_do_not_count(value: str) -> None:
    """As their bytes arrive, one character for each (CVE-2025-69225)."""
    assert ranged(value.encode().decode("latin-1")).status == 200


@pytest.mark.parametrize("value", ["bytes=10-", "bytes=999-1000", "bytes=-0", "bytes=10-10", f"bytes={'9' * 400}-"])
def test_ranges_outside_are_refused(value: str) -> None:
    """416, with the size that there is."""
    answer = ranged(value)
    assert (answer.status, answer.header("content-range")) == (416, "bytes */10")


@pytest.mark.parametrize("count", [17, 500, 1_000, 1_600])
def test_too_many_ranges_do_not_count(count: int) -> None:
    """Rather than to add up what is asked for (CVE-2025-62727, CVE-2024-26141)."""
    for one in ("0-", "0-0", "-1", "-0"):
        answer = ranged("bytes=" + ",".join([one] * count))
        assert (answer.status, answer.body) == (200, TEN)


def test_no_ranges_make_an_answer_larger_than_the_file() -> None:
    """They are sorted and merged, and are not more than sixteen (CVE-2026-34826)."""
    overlapping = ",".join(f"{start}-" for start in range(16))
    assert len(ranged(f"bytes={overlapping}", "large.bin").body) == 1_024_000
    apart = ",".join(f"{start}-{start}" for start in range(0, 64, 4))
    answer = ranged_once(f"bytes={apart}", "large.bin")
    assert answer.status == 206
    assert len(answer.body) < 16 * 250


def ranged_once(value: str, name: str) -> Got:
    """The answer through one door: the boundary of several parts is random."""
    from contract_doors import ask_wsgi

    return ask_wsgi(app, Sent("GET", f"/files/{name}", (("range", value),)))


def test_an_empty_file_has_no_parts() -> None:
    """Neither from its start nor from its end."""
    assert ranged("bytes=0-", "empty.txt").status == 416
    assert ranged("bytes=-1", "empty.txt").status == 200


def test_a_range_is_of_the_file_itself() -> None:
    """Never of what a content coding would make of it."""
    sent = Sent("GET", "/file/words.txt", (("range", "bytes=0-3"), ("accept-encoding", "gzip, br, zstd")))
    answer = everywhere(compressing, sent)
    assert (answer.status, answer.body, answer.header("content-encoding")) == (206, b"The ", None)


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 28 May 999999999999 28:25:26 GMT", "-1", "", "Thu, 01 Jan 1970 00:00:00 GMT", "Sun, 09 Sep 2001 01:46:40",
        "Sun, 09 Sep 2001 25:46:40 GMT", "Sun, 31 Feb 2001 01:46:40 GMT", "1000000000", "Sun, 09 Sep 0000 01:46:40 GMT",
        "Sun, 09 Sep 2001 01:46:40 GMT, Sun, 09 Sep 2001 01:46:40 GMT", "x" * 8_000,
    ],
)  # fmt: skip
def test_odd_dates_do_not_count(date: str) -> None:
    """As conditions and as `If-Range`: the whole file."""
    for target in ("/files/a.txt", "/files-async/a.txt", "/tagged"):
        for name in ("if-modified-since", "if-unmodified-since"):
            if name == "if-unmodified-since" and date.startswith("Thu, 01 Jan 1970"):
                continue  # a good date, and the file is newer: 412
            answer = get(target, (name, date))
            assert (answer.status, answer.body) == (200, TEN)
        if target != "/tagged":
            assert get(target, ("if-range", date), ("range", "bytes=0-0")).body == TEN


def test_conditions_are_met_as_they_should_be() -> None:
    """A date of the file's own, and its tag: 304 without a body, 412 where it should be another."""
    tag = get("/files/a.txt").header("etag")
    date = get("/files/a.txt").header("last-modified")
    assert tag
    assert date == "Sun, 09 Sep 2001 01:46:40 GMT"
    for field in (("if-none-match", tag), ("if-modified-since", date), ("if-none-match", f'"a", W/{tag}')):
        assert get("/files/a.txt", field).status == 304
    assert get("/files/a.txt", ("if-match", '"other"')).status == 412
    assert get("/files/a.txt", ("range", "bytes=0-0"), ("if-range", tag)).status == 206


@pytest.mark.parametrize("unit", ['"a",', "W/", 'W/"', '"', ",", "*,", 'W/"a" ', "\t"])
def test_endless_lists_of_tags_are_read(unit: str) -> None:
    """Up to what a header may have, and in one go: the pattern never goes back (CVE-2023-22795)."""
    value = unit * (8_000 // len(unit))
    for name in ("if-none-match", "if-match", "if-range"):
        for target in ("/files/a.txt", "/tagged"):
            assert get(target, (name, value)).status in (200, 412)


def test_every_pair_of_conditions_has_an_answer() -> None:
    """Whatever stands beside whatever."""
    values = {
        "if-none-match": ["*", '"x"', "W/", ""], "if-match": ["*", "x"], "if-range": ["*", '"x"'],
        "range": ["bytes=0-0", "bytes=5-3", "bytes=99-"], "if-modified-since": ["-1", "Sun, 09 Sep 2040 01:46:40 GMT"],
    }  # fmt: skip
    fields = [(name, value) for name, several in values.items() for value in several]
    for one, other in itertools.combinations(fields, 2):
        for method in ("GET", "HEAD"):
            answer = get("/files/a.txt", one, other, method=method)
            assert answer.status in (200, 206, 304, 412, 416)
            assert re.fullmatch(rb"0|0123456789|\{.*\}|", answer.body)
