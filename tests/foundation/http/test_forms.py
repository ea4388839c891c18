"""Form bodies: whatever arrives is a form, 400 or 413, and what was opened is closed again."""

from __future__ import annotations

import itertools
import os
import stat
import sys
import tracemalloc
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demijohn.foundation.http import forms
from demijohn.foundation.http.errors import BadRequest, ContentTooLarge, HTTPError
from demijohn.foundation.http.forms import MultipartReader, parse_multipart, parse_urlencoded
from demijohn.foundation.http.uploaded_file import UploadedFile
from demijohn.foundation.limits import Limits

LIMITS = Limits()
BOUNDARY = "----boundary7"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
OPEN = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n'.encode()
MEBIBYTE = 1_048_576


def part(name: str, content: bytes | str = b"", filename: str | None = None, *headers: str) -> bytes:
    """One part as browsers write it."""
    disposition = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        disposition += f'; filename="{filename}"'
    content = content.encode() if isinstance(content, str) else content
    return "\r\n".join([disposition, *headers, "", ""]).encode() + content


def raw(headers: str | bytes, content: bytes = b"x") -> bytes:
    """One part with a header block as it is given."""
    return (headers.encode() if isinstance(headers, str) else headers) + b"\r\n\r\n" + content


def body(*parts: bytes, boundary: str = BOUNDARY) -> bytes:
    """A whole multipart body."""
    dash = f"--{boundary}\r\n".encode()
    return b"".join(dash + each + b"\r\n" for each in parts) + f"--{boundary}--\r\n".encode()


def read(*parts: bytes, limits: Limits = LIMITS) -> tuple[list[tuple[str, str]], list[tuple[str, UploadedFile]]]:
    """What is read of a body of these parts."""
    return parse_multipart(body(*parts), TYPE, limits)


def only_file(*parts: bytes, limits: Limits = LIMITS) -> UploadedFile:
    """The one file of a body."""
    [(_, file)] = read(*parts, limits=limits)[1]
    return file


def open_files() -> int:
    """How many this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


# URL-encoded ------------------------------------------------------------------------------------------------


def test_urlencoded_fields_are_read() -> None:
    """As a query is, in their order."""
    assert parse_urlencoded(b"a=1&b=x+y%26&a=%C3%A9&&c", LIMITS) == [
        ("a", "1"),
        ("b", "x y&"),
        ("a", "é"),
        ("c", ""),
    ]
    assert parse_urlencoded(b"", LIMITS) == []
    assert parse_urlencoded("a=é".encode(), LIMITS) == [("a", "é")]
    assert parse_urlencoded(b"a=1;b=2", LIMITS) == [("a", "1;b=2")]


def test_urlencoded_fields_are_counted() -> None:
    """B065: a thousand pass (CVE-2026-54283)."""
    assert len(parse_urlencoded(b"a=1&" * 1000, LIMITS)) == 1000
    with pytest.raises(ContentTooLarge, match="The form has more than 1000 parameters"):
        parse_urlencoded(b"a=1&" * 1001, LIMITS)


@pytest.mark.parametrize("letter", ["x", "%C3%A9", "%41"])
def test_urlencoded_fields_are_measured(letter: str) -> None:
    """B065: a name or a value over the limit, counted in bytes of UTF-8."""
    limits = Limits(text_part=100)
    size = 1 if letter != "%C3%A9" else 2
    fits, over = letter * (100 // size), letter * (100 // size + 1)
    assert len(parse_urlencoded(f"{fits}={fits}".encode(), limits)) == 1
    for form in (f"a={over}", f"{over}=a", over):
        with pytest.raises(ContentTooLarge, match="A field of the form has more than 100 bytes"):
            parse_urlencoded(form.encode(), limits)


def test_urlencoded_bodies_are_measured() -> None:
    """All fields together have a limit too."""
    with pytest.raises(ContentTooLarge, match="The form has more than 2621440 bytes"):
        parse_urlencoded(b"a" * 2_621_441, LIMITS)


def test_urlencoded_bodies_are_utf8() -> None:
    """With the position of what is not."""
    for form in (b"a=1&b=%ff", b"a=1&b=\xff"):
        with pytest.raises(BadRequest, match="The form is not UTF-8: byte 0xff at position 6"):
            parse_urlencoded(form, LIMITS)


@given(st.one_of(st.binary(), st.text("ab=&%+;9f\xff").map(lambda text: text.encode("latin-1"))))
def test_any_bytes_are_a_form_or_refused(content: bytes) -> None:
    """No other exception."""
    try:
        pairs = parse_urlencoded(content, Limits(fields=3, text_part=5, text_parts=20))
    except (BadRequest, ContentTooLarge):
        return
    assert len(pairs) <= 3


# Multipart --------------------------------------------------------------------------------------------------


def test_fields_and_files_are_read() -> None:
    """In their order, with what the client claims of the files."""
    fields, files = read(
        part("name", "Adà"),
        part("photo", b"\x89PNG\r\n", "a.png", "Content-Type: Image/PNG; x=y"),
        part("name", ""),
        part("photo", b"", "empty.bin"),
    )
    assert fields == [("name", "Adà"), ("name", "")]
    assert [(name, file.filename, file.content_type, file.size) for name, file in files] == [
        ("photo", "a.png", "image/png", 6),
        ("photo", "empty.bin", "application/octet-stream", 0),
    ]
    assert files[0][1].read() == b"\x89PNG\r\n"
    assert files[1][1].read() == b""


def test_a_form_may_be_empty() -> None:
    """As `fetch` sends an empty FormData."""
    assert read() == ([], [])


def test_the_number_of_fields_is_limited() -> None:
    """B035: a thousand pass (CVE-2023-25577)."""
    assert len(read(*[part("a", "1")] * 1000)[0]) == 1000
    with pytest.raises(ContentTooLarge, match="more than 1000 fields"):
        read(*[part("a", "1")] * 1001)


def test_the_number_of_files_is_limited() -> None:
    """B036: a hundred pass (CVE-2023-24580), inputs without a file count."""
    assert len(read(*[part("a", "1", "x")] * 100)[1]) == 100
    for filename in ("x", ""):
        with pytest.raises(ContentTooLarge, match="more than 100 files"):
            read(*[part("a", "", filename)] * 101)


def test_a_million_parts_cost_nothing() -> None:
    """B037: reading stops at the limit."""
    content = body(*[part("a", "1")] * 200_000)
    tracemalloc.start()
    try:
        with pytest.raises(ContentTooLarge, match="more than 1000 fields"):
            parse_multipart(content, TYPE, LIMITS)
        assert tracemalloc.get_traced_memory()[1] < 8 * MEBIBYTE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("boundary", ["x", "b" * 70, "'()+_,-./:=?", "a b", "*****"])
def test_boundaries_may_be_long(boundary: str) -> None:
    """B038: 70 characters, and any that are visible."""
    content = body(part("a", "1"), boundary=boundary)
    assert parse_multipart(content, f'multipart/form-data; boundary="{boundary}"', LIMITS)[0] == [("a", "1")]


@pytest.mark.parametrize("boundary", ["b" * 71, "b" * 257, "b" * 100_000, "", "a b ", "a\rb", "a\r\nb", "é", "a\0"])
def test_bad_boundaries_are_refused(boundary: str) -> None:
    """B038: too long, empty, with a space at the end or what is not visible."""
    content = body(part("a", "1"), boundary=boundary)
    with pytest.raises(BadRequest, match="The Content-Type"):
        parse_multipart(content, f'multipart/form-data; boundary="{boundary}"', LIMITS)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary",
        "multipart/mixed; boundary=x",
        "",
        "x",
        "multipart/form-data;" + "x=y;" * 2000,
        "multipart/form-data;" + "a" * 8000,
    ],
)
def test_bad_content_types_are_refused(content_type: str) -> None:
    """B038: the boundary is missing."""
    with pytest.raises(BadRequest, match="The Content-Type"):
        parse_multipart(body(part("a", "1")), content_type, LIMITS)


@pytest.mark.parametrize("chunk", [7, forms.CHUNK])
@pytest.mark.parametrize("unit", [b"\r", b"\n", b"\r\n", f"\r\n--{BOUNDARY[:-1]}".encode()])
def test_content_that_looks_like_a_boundary_is_kept(unit: bytes, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """B039: to the byte, however it is cut (CVE-2023-46136, CVE-2025-67726)."""
    monkeypatch.setattr(forms, "CHUNK", chunk)
    size = MEBIBYTE if chunk > 7 else 20_000
    content = unit * (size // len(unit))
    with only_file(part("a", content, "x")) as file:
        assert file.read() == content


@pytest.mark.parametrize("preamble", [b"\r\n" * 10, b"\r\n" * 4 * MEBIBYTE, b"x", b"x\r\n", b"\n", b" "])
def test_text_before_the_first_boundary_is_refused(preamble: bytes) -> None:
    """B040: nobody sends it (CVE-2026-40347, CVE-2025-61770)."""
    with pytest.raises(BadRequest, match="does not begin with its boundary"):
        parse_multipart(preamble + body(part("a", "1")), TYPE, LIMITS)


def test_one_line_break_before_it_is_taken() -> None:
    """It belongs to the boundary."""
    assert parse_multipart(b"\r\n" + body(part("a", "1")), TYPE, LIMITS)[0] == [("a", "1")]


@pytest.mark.parametrize("epilogue", [b"x", b"\r\n", b"\r\n\r\n", b" ", body(part("a", "2")), b"x" * 100_000])
def test_text_after_the_last_boundary_is_refused(epilogue: bytes) -> None:
    """It would be read by one program and not by the next (CVE-2024-53981)."""
    with pytest.raises(BadRequest, match="goes on after its closing boundary"):
        parse_multipart(body(part("a", "1")) + epilogue, TYPE, LIMITS)


def test_the_last_line_break_may_be_missing() -> None:
    """Also when it would begin the next piece that the parser is fed."""
    assert parse_multipart(body(part("a", "1"))[:-2], TYPE, LIMITS)[0] == [("a", "1")]
    empty = len(body(part("a", b"", "x")))
    for more in range(-4, 5):
        content = b"x" * (forms.CHUNK - empty + more)
        assert only_file(part("a", content, "x")).read() == content


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        (["X: 1"] * 8, ContentTooLarge),
        (["X: " + "x" * 5_000], ContentTooLarge),
        (["x" * 65_536], ContentTooLarge),
        (["X: " + "x" * 200_000], ContentTooLarge),
    ],
)
def test_part_headers_are_limited(headers: list[str], refusal: type[HTTPError]) -> None:
    """B042: eight of them, of 4 KiB each (CVE-2026-42561, CVE-2025-61772)."""
    with pytest.raises(refusal, match="The multipart body is over a limit: Maximum part header"):
        read(part("a", "1", None, *headers))


def test_eight_part_headers_pass() -> None:
    """B042: with the disposition, and lines of just 4 KiB."""
    assert read(part("a", "1", None, *["X: 1"] * 6, "X: " + "x" * 4093))[0] == [("a", "1")]


def test_a_header_block_that_never_ends_is_refused() -> None:
    """B042: with line breaks or without."""
    start = f"--{BOUNDARY}\r\n".encode()
    end = f"\r\n--{BOUNDARY}--".encode()
    for block in (b"X: 1\r\n" * 100_000, b"X" * 600_000, b"X: 1\n" * 100_000):
        with pytest.raises((BadRequest, ContentTooLarge)):
            parse_multipart(start + block + end, TYPE, LIMITS)
    with pytest.raises(BadRequest, match="closing boundary is missing"):
        parse_multipart(start + b"X: 1\r\n", TYPE, LIMITS)


def test_text_parts_are_limited() -> None:
    """B043: one over the limit, and all together (CVE-2024-47874, CVE-2025-61771)."""
    assert len(read(part("a", b"x" * MEBIBYTE))[0][0][1]) == MEBIBYTE
    with pytest.raises(ContentTooLarge, match="A field of the form has more than 1048576 bytes"):
        read(part("a", b"x" * (MEBIBYTE + 1)))
    with pytest.raises(ContentTooLarge, match="The fields of the form have more than 2621440 bytes"):
        read(*[part("a", b"x" * MEBIBYTE)] * 3)


def test_a_text_part_over_the_limit_is_not_kept() -> None:
    """B043: no more memory than the limit and some."""
    content = body(part("a", b"x" * 8 * MEBIBYTE))
    tracemalloc.start()
    try:
        with pytest.raises(ContentTooLarge):
            parse_multipart(content, TYPE, LIMITS)
        assert tracemalloc.get_traced_memory()[1] < 3 * MEBIBYTE
    finally:
        tracemalloc.stop()


def test_truncated_bodies_are_refused() -> None:
    """B047: at every byte before the closing boundary is whole."""
    content = body(part("a", "1"), part("f", b"12345", "x"))
    for length in range(len(content) - 2):
        with pytest.raises(BadRequest):
            parse_multipart(content[:length], TYPE, LIMITS)


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("filename=\"ok.txt\"; filename*=UTF-8''..%2f..%2fx.sh", "ok.txt"),
        ('filename="a\\"b;c.txt"', 'a"b;c.txt'),
        ('filename="a%22b.txt"', 'a"b.txt'),
        ('filename="naïve.txt"', "naïve.txt"),
        ("filename=plain.txt", "plain.txt"),
        ('filename="/tmp/hax0rd.txt"', "hax0rd.txt"),
        ('filename="C:\\Windows\\hax0rd.txt"', "hax0rd.txt"),
        ('filename="..\\..\\hax0rd.txt"', "hax0rd.txt"),
        ('filename="../hax0rd.txt"', "hax0rd.txt"),
        ('filename="a%0D%0Ab"', "a__b"),
        ('filename=".."', ""),
        ('filename="/tmp/"', ""),
    ],
)
def test_file_names_are_base_names(parameter: str, expected: str) -> None:
    """B048, B059: as browsers quote them; `filename*` has no place here (RFC 7578, section 4.2)."""
    assert only_file(raw(f'Content-Disposition: form-data; name="f"; {parameter}')).filename == expected


@pytest.mark.parametrize(
    "headers",
    [
        b'Content-Disposition: form-data; name="a"\rX: 1',
        b'Content-Disposition: form-data; name="a\0"',
        b'Content-Disposition: form-data; name="a\x7f"',
        b'Content-Disposition : form-data; name="a"',
        b'Content-Disposition: form-data; name="a"\r\nX Y: 1',
        b'Content-Disposition: form-data; name="a"\r\nX\t: 1',
        b'Content-Disposition: form-data; name="a"\r\n folded: 1',
        b'Content-Disposition: form-data; name="a"\r\n: 1',
        b'Content-Disposition: form-data; name="a"\nX: 1',
        b'Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"',
        b'Content-Disposition: form-data; name="\xff"',
        b'Content-Disposition: attachment; name="a"',
        b'Content-Disposition: form-data; filename="a"',
        b"Content-Disposition: form-data",
        b"Content-Disposition",
        b"X: 1",
        b'Content-Disposition: form-data; name="a"\r\nContent-Length: 2',
        b'Content-Disposition: form-data; name="a"\r\nContent-Length: x',
        b"",
    ],
)
def test_malformed_part_headers_are_refused(headers: bytes) -> None:
    """B051, B054, B063: control characters, spaces, folds, names that are not UTF-8 or not there."""
    with pytest.raises(BadRequest, match="multipart body"):
        read(raw(headers))


@pytest.mark.parametrize("charset", ["zip", "rot13", "base64", "nope", "utf-16", '"'])
def test_charsets_of_parts_are_ignored(charset: str) -> None:
    """B053: text is UTF-8, whatever it says of itself."""
    assert read(part("a", "é", None, f"Content-Type: text/plain; charset={charset}"))[0] == [("a", "é")]


def test_text_that_is_not_utf8_is_refused() -> None:
    """B054: with the field and the position."""
    with pytest.raises(BadRequest, match="The field 'a' is not UTF-8: byte 0xff at position 1"):
        read(part("a", b"x\xff\xfe"))


def test_names_may_be_empty_and_files_missing() -> None:
    """B063: an empty name is a name; an input without a file gives nothing."""
    assert read(part("", "1"))[0] == [("", "1")]
    assert read(part("f", b"", "")) == ([], [])
    assert only_file(part("f", b"x", "")).filename == ""


@pytest.mark.parametrize("content_type", ["", "x", "a/b; c", "text/html\t; x=1"])
def test_odd_types_of_files_are_octets(content_type: str) -> None:
    """Unless they can be read."""
    expected = "text/html" if "html" in content_type else "application/octet-stream"
    assert only_file(part("f", b"x", "x", f"Content-Type: {content_type}")).content_type == expected


PARTS = st.lists(
    st.tuples(
        st.text("abé;= ", max_size=5),
        st.one_of(
            st.binary(max_size=40),
            st.lists(st.sampled_from([b"\r\n", b"--", b"----boundary", b"7", b"x"])).map(b"".join),
        ),
        st.text("ab_é", min_size=1, max_size=5),
    ),
    max_size=5,
).filter(lambda parts: not any(BOUNDARY.encode() in content for _, content, _ in parts))


@given(PARTS, st.integers(1, 100))
def test_cutting_changes_nothing(parts: list[tuple[str, bytes, str]], chunk: int) -> None:
    """B061: parts are read to the byte, in whatever pieces the parser gets them."""
    content = body(*[part(name, content, filename) for name, content, filename in parts])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forms, "CHUNK", chunk)
        fields, files = parse_multipart(content, TYPE, LIMITS)
    assert fields == []
    expected = [(name, filename, content) for name, content, filename in parts]
    assert [(name, file.filename, file.read()) for name, file in files] == expected


def outcome(pieces: Iterable[bytes], limits: Limits = LIMITS) -> Any:
    """What a body in these pieces gives, or how it is refused."""
    reader = MultipartReader(TYPE, limits)
    try:
        for piece in pieces:
            reader.feed(piece)
        fields, files = reader.finish()
    except (BadRequest, ContentTooLarge) as error:
        return error.status, error.detail
    found = fields, [(name, file.filename, file.content_type, file.size, file.read()) for name, file in files]
    reader.abandon()
    return found


def cut(content: bytes, places: Iterable[int]) -> list[bytes]:
    """The content in pieces that end at these places."""
    ends = sorted({min(place, len(content)) for place in places} | {len(content)})
    return [content[start:end] for start, end in itertools.pairwise([0, *ends])]


PIECES = st.sampled_from(
    [
        f"--{BOUNDARY}".encode(), b"--", b"\r\n", b"\r\n\r\n", b"\r", b"\n", b"\0", b"\xff",
        b'Content-Disposition: form-data; name="a"', b'; filename="b"', b"Content-Type: text/plain",
        b": ", b"x", b" ", b"\\", b";", b'"',
    ]
)  # fmt: skip


@given(st.one_of(st.binary(), st.lists(PIECES, max_size=30).map(b"".join)))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """As a whole body, and as the inside of one: no other exception."""
    limits = Limits(fields=2, files=1, text_part=4, text_parts=6, spool=3)
    for attempt in (content, body(content), body(part("a", "1"), content), body(raw(content))):
        try:
            fields, files = parse_multipart(attempt, TYPE, limits)
        except (BadRequest, ContentTooLarge):
            continue
        assert len(fields) <= 2
        for _, file in files:
            file.close()


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=30).map(b"".join), st.lists(st.integers(0, 400)), st.integers(0, 3))
def test_every_cut_gives_the_same(content: bytes, places: list[int], inside: int) -> None:
    """Fields, files and refusals, byte by byte and in any pieces."""
    limits = Limits(fields=2, files=1, text_part=4, text_parts=6, spool=3)
    whole = [content, body(content), body(part("a", "1"), content), body(raw(content))][inside]
    expected = outcome([whole], limits)
    assert outcome(cut(whole, places), limits) == expected
    assert outcome(cut(whole, range(len(whole))), limits) == expected


HEAVY = [
    OPEN + b"1234\r-",
    OPEN + b"1234\r\r",
    OPEN + b"1234\r\n--",
    body(part("a", "1"), part("f", b"\r\n--\r\n" + f"\r\n--{BOUNDARY[:-1]}".encode(), "x")),
    body(part("a", "1", None, *["X: 1"] * 8)),
    body(part("a", "1", None, "X: " + "x" * 4093)),
    body(part("a", "1", None, "X: " + "x" * 4094)),
    body(part("a", "1", None, "X: " + "x" * 4093 + "\rx")),
    body(part("a", "1", None, "X: " + "x" * 4094 + "\rx")),
    body(part("a", "1", None, "X" * 4097)),
    body(part("a", "1", None, "X" * 4096)),
    body(part("a", "1", None, "X: " + "x" * 5000 + "\0")),
    body(part("a", "1", None, *["X: 1"] * 8, "\0")),
    body(part("a", "12345")),
    body(part("a", "1234"), part("b", "123")),
    body(part("a", "123"), part("b", "12345")),
    body(part("a", "12345", None, "Content-Length: 4")),
    body(part("a", "123456", None, "Content-Length: 5")),
    body(part("a", "1234", None, "Content-Length: 5")),
    body(part("f", "123456", "x", "Content-Length: 5")),
    body(part("a", "1"))[:-2] + b"\r",
    body(part("a", "1")) + b"\r\n",
    body(part("a", "1")).replace(b"--\r\n", b"-x"),
    body(part("a", "1"))[:-4] + b"\rx",
    b"\r\n" + body(),
    b"\r" + body(),
    b"\n" + body(),
    b"",
]


@pytest.mark.parametrize("content", HEAVY, ids=range(len(HEAVY)))
def test_limits_do_not_depend_on_the_cut(content: bytes) -> None:
    """The first byte that is too much is refused, whatever comes with it; in two pieces, and in single bytes."""
    limits = Limits(fields=2, files=1, text_part=4, text_parts=6, spool=3)
    expected = outcome([content], limits)
    assert outcome(cut(content, range(len(content))), limits) == expected
    places = range(len(content)) if len(content) < 1000 else [*range(150), *range(4_000, len(content))]
    for place in places:
        assert outcome(cut(content, [place]), limits) == expected


@pytest.mark.parametrize(
    ("before", "last"),
    [
        (b"", b"x"),
        (b"", b"\rx"),
        (b"--", b"x"),
        (f"--{BOUNDARY}".encode(), b"xx"),
        (f"--{BOUNDARY}\r\n".encode(), b"\0"),
        (f"--{BOUNDARY}\r\n".encode(), b" "),
        (f"--{BOUNDARY}\r\nX".encode(), b" "),
        (f"--{BOUNDARY}\r\nX".encode(), b"\r\n"),
        (f"--{BOUNDARY}\r\nX: ".encode(), b"\n"),
        (OPEN + b"1", b"234567890"),
        (OPEN, f"\r\n--{BOUNDARY}xx".encode()),
        (body(part("a", "1")), b"x"),
    ],
)
def test_a_refusal_comes_with_the_piece_that_shows_it(before: bytes, last: bytes) -> None:
    """Nothing after it is waited for."""
    reader = MultipartReader(TYPE, Limits(text_part=9))
    reader.feed(before)
    with pytest.raises((BadRequest, ContentTooLarge)):
        reader.feed(last)


def test_what_is_left_open_is_closed() -> None:
    """Of a body that stops halfway, and of one that was read; twice is nothing."""
    limits = Limits(spool=10)
    large = part("f", b"x" * 100_000, "x")
    before = open_files()
    for content in (body(large, large)[:150_000], body(large, large)):
        reader = MultipartReader(TYPE, limits)
        reader.feed(content)
        assert open_files() == before + 2
        reader.abandon()
        reader.abandon()
        assert open_files() == before
    reader = MultipartReader(TYPE, limits)
    reader.feed(body(large, large)[:150_000])
    with pytest.raises(BadRequest, match="closing boundary is missing"):
        reader.finish()
    assert open_files() == before


@linux
def test_writing_to_the_disk_is_told_before() -> None:
    """A loop must not do it: the piece that would be the first is known to be."""
    reader = MultipartReader(TYPE, LIMITS)
    reader.feed(body(part("a", b"x" * MEBIBYTE), part("f", b"x" * 900_000, "x"))[:-4])
    assert not reader.on_disk
    reader.abandon()
    before = open_files()
    for filename in ("x", "y"):
        reader = MultipartReader(TYPE, LIMITS)
        reader.feed(OPEN[:-4] + f'; filename="{filename}"\r\n\r\n'.encode())
        told = False
        for _ in range(17):
            told = reader.on_disk
            reader.feed(b"x" * forms.CHUNK)
            assert told or open_files() == before
        assert told
        assert open_files() == before + 1
        reader.abandon()
    assert MultipartReader(TYPE, Limits(spool=0)).on_disk


def test_a_large_upload_passes_in_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gigabyte, on a disk that forgets."""

    class Disk(BytesIO):
        def write(self, content: Any, /) -> int:
            return len(content)

    monkeypatch.setattr("tempfile.TemporaryFile", Disk)
    reader = MultipartReader(TYPE, LIMITS)
    reader.feed(OPEN[:-4] + b'; filename="x"\r\n\r\n')
    piece = b"\r" * forms.CHUNK
    tracemalloc.start()
    try:
        for _ in range(1 << 14):
            reader.feed(piece)
        assert tracemalloc.get_traced_memory()[1] < 4 * MEBIBYTE
    finally:
        tracemalloc.stop()
    reader.feed(f"\r\n--{BOUNDARY}--".encode())
    [(_, file)] = reader.finish()[1]
    assert file.size == 1 << 30


@linux
def test_many_uploads_pass_in_little_memory() -> None:
    """Each small enough for memory, but not all together (CVE-2026-33034)."""
    before = open_files()
    reader = MultipartReader(TYPE, LIMITS)
    tracemalloc.start()
    try:
        for _ in range(100):
            reader.feed(OPEN[:-4] + b'; filename="x"\r\n\r\n')
            for _ in range(10):
                reader.feed(b"x" * 100_000)
            reader.feed(b"\r\n")
        assert tracemalloc.get_traced_memory()[1] < 8 * MEBIBYTE
        reader.feed(f"--{BOUNDARY}--".encode())
        files = reader.finish()[1]
        assert {file.size for _, file in files} == {1_000_000}
        assert all(file.read(9) == b"x" * 9 for _, file in files)
    finally:
        tracemalloc.stop()
        reader.abandon()
    assert open_files() == before
    files = read(*[part("f", b"x" * 60_000, "x")] * 100)[1]
    assert open_files() == before
    assert len(files) == 100


@given(st.text())
def test_any_content_type_is_read_or_refused(content_type: str) -> None:
    """No other exception."""
    for attempt in (content_type, f"multipart/form-data; boundary={content_type}"):
        with pytest.raises((BadRequest, ContentTooLarge)):
            parse_multipart(b"x", attempt, LIMITS)


# Files ------------------------------------------------------------------------------------------------------


@linux
def test_large_files_are_on_the_disk() -> None:
    """B058: readable by nobody else, without a name, and gone when closed."""
    limits = Limits(spool=1000)
    before = open_files()
    small = only_file(part("f", b"x" * 1000, "x"), limits=limits)
    assert open_files() == before
    large = only_file(part("f", b"y" * 1001, "x"), limits=limits)
    assert open_files() == before + 1
    status = os.fstat(large.file.fileno())
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_nlink == 0
    assert (large.size, large.read()) == (1001, b"y" * 1001)
    for file in (small, large, large):
        file.close()
    assert open_files() == before


@linux
def test_refusals_close_every_file() -> None:
    """Those before, and the one that was being read."""
    limits = Limits(spool=10)
    large = part("f", b"x" * 100_000, "x")
    before = open_files()
    for bad in (part("a", b"\xff"), raw(b"X: 1"), part("a", "x" * 2_000_000)):
        with pytest.raises((BadRequest, ContentTooLarge)):
            read(large, large, bad, limits=limits)
    assert open_files() == before


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """507 and no traceback, even where closing fails as well; the other files are closed."""

    class Full(BytesIO):
        def write(self, _: Any, /) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            super().close()
            raise OSError(28, "No space left on device")

    opened: list[BytesIO] = []

    def temporary() -> BytesIO:
        opened.append(BytesIO() if len(opened) < 1 else Full())
        return opened[-1]

    monkeypatch.setattr("tempfile.TemporaryFile", temporary)
    with pytest.raises(HTTPError) as caught:
        read(part("f", b"x" * 11, "x"), part("f", b"x" * 11, "x"), limits=Limits(spool=10))
    assert caught.value.status == 507
    assert [file.closed for file in opened] == [True, True]


def test_a_file_is_saved_whole(tmp_path: Path) -> None:
    """From its start, and reading goes on where it was."""
    file = only_file(part("f", b"0123456789" * 20_000, "x"))
    assert file.read(3) == b"012"
    assert file.save(tmp_path / "a.bin") == tmp_path / "a.bin"
    assert file.save(str(tmp_path / "b.bin")) == tmp_path / "b.bin"
    assert file.read(3) == b"345"
    assert (tmp_path / "a.bin").read_bytes() == (tmp_path / "b.bin").read_bytes() == b"0123456789" * 20_000


def test_saving_overwrites_only_when_told(tmp_path: Path) -> None:
    """And leaves nothing else in the folder."""
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")
    file = only_file(part("f", b"new", "x"))
    with pytest.raises(
        FileExistsError, match=r"a\.txt exists: choose another name, or say save\(path, overwrite=True\)"
    ):
        file.save(target)
    assert target.read_bytes() == b"old"
    file.save(target, overwrite=True)
    assert target.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.txt"]  # noqa: PTH208


def test_saving_into_a_folder_is_refused(tmp_path: Path) -> None:
    """A name has to be chosen; the client's is not taken."""
    for overwrite in (False, True):
        with pytest.raises(IsADirectoryError, match="a name of your own choice"):
            only_file(part("f", b"new", "x")).save(tmp_path, overwrite=overwrite)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_copy_that_fails_leaves_nothing(tmp_path: Path, overwrite: bool) -> None:
    """And an old file as it was."""

    class Broken(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("broken")

    target = tmp_path / "a.txt"
    if overwrite:
        target.write_bytes(b"old")
    with pytest.raises(OSError, match="broken"):
        UploadedFile("x", "a/b", Broken(b"x"), 1).save(target, overwrite=overwrite)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([b"old"] if overwrite else [])


def test_the_library_is_imported_at_the_first_form_only() -> None:
    """It would slow every start."""
    assert "multipart" not in vars(forms)
    assert "tempfile" not in vars(forms)
