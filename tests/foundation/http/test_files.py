"""Files as answers, through an app."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from demijohn import App, AsyncClient, Client, FileResponse
from demijohn.foundation.http.files import media_type_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of ten bytes."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"0123456789")
    return path


def client_for(path: Path | str, **options: Any) -> Client:
    """A client of an app that answers / with a file."""
    app = App()

    @app.get("/")
    def send():
        return FileResponse(path, **options)

    @app.post("/")
    def send_after():
        return FileResponse(path, **options)

    return Client(app)


def test_a_file_is_sent_with_its_validators(file: Path) -> None:
    """The whole file comes with its type, length, ETag and date, and the security headers of any answer."""
    answer = client_for(file).get("/")
    assert answer.status == 200
    assert answer.content == b"0123456789"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-length"] == "10"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["last-modified"].endswith(" GMT")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in answer.headers


def test_head_has_the_length_and_no_body(file: Path) -> None:
    """HEAD answers the headers of GET; a Range means nothing to it."""
    answer = client_for(file).head("/", headers={"range": "bytes=0-0"})
    assert (answer.status, answer.content, answer.headers["content-length"]) == (200, b"", "10")


@pytest.mark.parametrize("name", ["gone.txt", ".", "a.txt/b", "a" * 300, "a\0b"])
def test_what_is_no_file_is_not_found(file: Path, name: str) -> None:
    """Missing files, folders and impossible names are one and the same 404, which tells no path."""
    answer = client_for(f"{file.parent}/{name}").get("/")
    assert answer.status == 404
    assert str(file.parent) not in answer.text


def test_sockets_and_pipes_are_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Special files are never opened: a pipe would hang for ever."""
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert client_for(tmp_path / "socket").get("/").status == 404
    assert client_for(tmp_path / "pipe").get("/").status == 404
    assert client_for("/dev/zero").get("/").status == 404


def test_an_unreadable_file_is_not_found(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that this process may not read is answered as if it were not there, before anything is sent."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert client_for(file).get("/").status == 404


def test_a_client_that_has_it_gets_304(file: Path) -> None:
    """If-None-Match and If-Modified-Since are answered 304 with the validators, and neither body nor type."""
    client = client_for(file, headers={"cache-control": "no-cache", "vary": "cookie"}, as_attachment=True)
    first = client.get("/")
    for condition in (
        {"if-none-match": first.headers["etag"]},
        {"if-none-match": f'"x", W/{first.headers["etag"]}'},
        {"if-none-match": "*"},
        {"if-modified-since": first.headers["last-modified"]},
    ):
        answer = client.get("/", headers=condition)
        assert (answer.status, answer.content) == (304, b"")
        for name in ("etag", "last-modified", "cache-control", "vary"):
            assert answer.headers[name] == first.headers[name]
        assert not {"content-type", "content-length", "content-disposition"} & set(answer.headers)


def test_a_changed_file_is_sent_again(file: Path) -> None:
    """Other contents of the same length are another ETag."""
    client = client_for(file)
    tag = client.get("/").headers["etag"]
    file.write_bytes(b"9876543210")
    os.utime(file, ns=(1, 1))
    answer = client.get("/", headers={"if-none-match": tag})
    assert (answer.status, answer.content) == (200, b"9876543210")


@pytest.mark.parametrize("date", ["Mon, 28 May 999999999999 28:25:26 GMT", "-1", "", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_odd_dates_do_not_matter(file: Path, date: str) -> None:
    """A date that is none, or is long past, means that the file is sent."""
    assert client_for(file).get("/", headers={"if-modified-since": date}).status == 200


def test_failed_conditions_are_412(file: Path) -> None:
    """If-Match with another tag, and If-Unmodified-Since before the change, are refused."""
    client = client_for(file)
    assert client.get("/", headers={"if-match": '"other"'}).status == 412
    assert client.get("/", headers={"if-unmodified-since": "Thu, 01 Jan 1970 00:00:00 GMT"}).status == 412
    assert client.get("/", headers={"if-match": client.get("/").headers["etag"]}).status == 200


def test_conditions_are_for_get_and_head(file: Path) -> None:
    """A POST that answers with a file does not compare it with what the client holds."""
    client = client_for(file)
    tag = client.get("/").headers["etag"]
    answer = client.post("/", headers={"if-none-match": tag, "range": "bytes=0-0"})
    assert (answer.status, answer.content) == (200, b"0123456789")


@pytest.mark.parametrize(
    ("header", "body", "content_range"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=8-100", b"89", "bytes 8-9/10"),
        ("bytes=0-4,3-6", b"0123456", "bytes 0-6/10"),
    ],
)
def test_one_range_is_206(file: Path, header: str, body: bytes, content_range: str) -> None:
    """A part is answered with where it stands in the whole."""
    answer = client_for(file).get("/", headers={"range": header})
    assert (answer.status, answer.content) == (206, body)
    assert answer.headers["content-range"] == content_range
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["etag"]


@pytest.mark.parametrize(
    "header",
    [
        "bytes=5-3", "bytes=abc", "bytes=", "bytes=-", "lines=0-1", "bytes=0-1,5-6",
        "bytes=" + ",".join(["0-"] * 500), "bytes=\xb2-\xb3", "bytes=1_0-2", "bytes=+1-2", "bytes=0x1-2",
    ],
)  # fmt: skip
def test_other_ranges_are_ignored(file: Path, header: str) -> None:
    """What is malformed, unknown or too much is answered with the whole, and so are parts that would be larger."""
    answer = client_for(file).get("/", headers={"range": header})
    assert (answer.status, answer.content) == (200, b"0123456789")
    assert "content-range" not in answer.headers


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=999-1000", "bytes=-0"])
def test_a_range_outside_of_the_file_is_416(file: Path, header: str) -> None:
    """Nothing can be had of it; the answer tells the size."""
    answer = client_for(file).get("/", headers={"range": header})
    assert answer.status == 416
    assert answer.headers["content-range"] == "bytes */10"


def test_if_range_keeps_parts_together(file: Path) -> None:
    """A part of the same file is sent as such; of a changed one, the client gets the whole."""
    client = client_for(file)
    first = client.get("/")
    for validator in (first.headers["etag"], first.headers["last-modified"]):
        assert client.get("/", headers={"range": "bytes=1-2", "if-range": validator}).status == 206
    for validator in ('"other"', f"W/{first.headers['etag']}", "Thu, 01 Jan 1970 00:00:00 GMT"):
        answer = client.get("/", headers={"range": "bytes=1-2", "if-range": validator})
        assert (answer.status, answer.content) == (200, b"0123456789")


def test_an_empty_file(tmp_path: Path) -> None:
    """It is sent as nothing, and no part of it can be had."""
    (tmp_path / "empty.bin").write_bytes(b"")
    client = client_for(tmp_path / "empty.bin")
    answer = client.get("/")
    assert (answer.status, answer.content, answer.headers["content-length"]) == (200, b"", "0")
    assert client.get("/", headers={"range": "bytes=0-"}).status == 416


def test_another_status_sends_the_whole(file: Path) -> None:
    """A file that explains an error is no representation to be compared or cut."""
    answer = client_for(file, status=503).get("/", headers={"range": "bytes=0-0", "if-none-match": "*"})
    assert (answer.status, answer.content) == (503, b"0123456789")


@pytest.mark.parametrize(
    ("filename", "disposition"),
    [
        ('a"; filename="x.sh', 'attachment; filename="a\\"; filename=\\"x.sh"; filename*='),
        ("naïve ✓.txt", "attachment; filename=\"naive _.txt\"; filename*=UTF-8''na%C3%AFve%20%E2%9C%93.txt"),
        ("a\r\nb", 'attachment; filename="a__b"'),
        ("../../x", 'attachment; filename="x"'),
    ],
)
def test_file_names_cannot_break_out(file: Path, filename: str, disposition: str) -> None:
    """A name from a visitor stays one name: quoted, without control characters and folders."""
    header = client_for(file, filename=filename, as_attachment=True).get("/").headers["content-disposition"]
    assert header.startswith(disposition)
    assert "\r" not in header
    assert "\n" not in header


def test_names_and_types(file: Path) -> None:
    """A name is told even if the file is shown; the type is the name's, else the path's, unless it is said."""
    assert client_for(file, as_attachment=True).get("/").headers["content-disposition"] == (
        'attachment; filename="a.txt"'
    )
    shown = client_for(file, filename="report.pdf").get("/").headers
    assert (shown["content-disposition"], shown["content-type"]) == (
        'inline; filename="report.pdf"', "application/pdf",
    )  # fmt: skip
    assert client_for(file, filename="report").get("/").headers["content-type"] == "text/plain; charset=utf-8"
    assert client_for(file, media_type="text/x-log").get("/").headers["content-type"] == "text/x-log"


def test_media_types() -> None:
    """Web types are known on any machine; unknown and compressed ones are bytes."""
    assert media_type_of("x/app.min.js") == "text/javascript; charset=utf-8"
    assert media_type_of("logo.SVG") == "image/svg+xml"
    assert media_type_of("a.tar.gz") == "application/gzip"
    assert media_type_of("folder.css/file") == "application/octet-stream"
    assert media_type_of("a.unheard-of") == "application/octet-stream"
    assert media_type_of("a.doc") == "application/msword"


def test_headers_that_are_set_win_and_stay(file: Path) -> None:
    """One's own ETag is compared too; a response object may be returned again and again."""
    app = App()
    response = FileResponse(file, headers={"etag": '"mine"'})
    response.set_cookie("seen", "1")

    @app.get("/")
    def send():
        return response

    client = Client(app)
    for _ in range(2):
        answer = client.get("/", headers={"range": "bytes=0-0"})
        assert (answer.status, answer.headers.getlist("etag")) == (206, ['"mine"'])
        assert len(answer.headers.getlist("set-cookie")) == 1
    assert client.get("/", headers={"if-none-match": '"mine"'}).status == 304


def test_async_handlers_send_files_too(file: Path) -> None:
    """The same answers come through ASGI from a coroutine."""
    app = App()

    @app.get("/")
    async def send():
        return FileResponse(file)

    async def ask() -> None:
        client = AsyncClient(app)
        assert (await client.get("/")).content == b"0123456789"
        part = await client.get("/", headers={"range": "bytes=1-3"})
        assert (part.status, part.content) == (206, b"123")

    asyncio.run(ask())
