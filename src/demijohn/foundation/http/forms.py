"""Form bodies: URL-encoded (WHATWG URL, section 5) and multipart (RFC 7578), read strictly and within limits.

Whatever the bytes are, the outcome is a form, `BadRequest` with a reason, or `ContentTooLarge`. Nothing that
a part says of itself is believed: a charset is ignored (browsers send UTF-8), a file name is only a text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from ..limits import Limits
from .errors import BadRequest, ContentTooLarge, HTTPError
from .media import MediaType, base_name
from .query import Pairs, decode_pairs

if TYPE_CHECKING:
    from pathlib import Path

MAX_PART_HEADERS = 8  # RFC 7578 knows three
MAX_PART_HEADER = 4096  # bytes

# How much the parser is fed at a time: it is what is looked at before a limit stops it.
CHUNK = 65_536

# RFC 2046, section 5.1.1 has fewer characters and as many; none of these can break a line or a log.
_BOUNDARY = re.compile(r"[\x20-\x7e]{0,69}[\x21-\x7e]").fullmatch
_HEADER_LINE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[\t\x20-\x7e\x80-\xff]*+").fullmatch
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]").sub


def parse_urlencoded(body: bytes, limits: Limits) -> Pairs:
    """The fields of an `application/x-www-form-urlencoded` body, as (name, value) in their order.

    Raises ContentTooLarge above `limits.fields`, `limits.text_part` and `limits.text_parts`, and BadRequest
    for what is not UTF-8.

    >>> parse_urlencoded(b"name=Ada&tag=a&tag=b", Limits())
    [('name', 'Ada'), ('tag', 'a'), ('tag', 'b')]
    """
    if len(body) > limits.text_parts:
        raise ContentTooLarge(f"The form has more than {limits.text_parts} bytes.")
    pairs = decode_pairs(body.decode("latin-1"), limits.fields, "form", ContentTooLarge)
    if len(body) > limits.text_part:
        for pair in pairs:
            if any(len(text.encode()) > limits.text_part for text in pair):
                raise ContentTooLarge(f"A field of the form has more than {limits.text_part} bytes.")
    return pairs


class UploadedFile:
    """A file of a multipart form.

    `filename` is the last part of the name that the client sent and `content_type` what the client claims:
    both may be anything, so neither names the file on the server nor decides what is done with it. `size` is
    in bytes, and `file` the open file, at its start; above `Limits.spool` bytes it is a temporary one on the
    disk, without name and gone when closed. The framework closes it when the request has been answered.
    """

    __slots__ = ("content_type", "file", "filename", "size")

    def __init__(self, filename: str, content_type: str, file: IO[bytes], size: int) -> None:
        self.filename = filename
        self.content_type = content_type
        self.file = file
        self.size = size

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, or all that are left."""
        return self.file.read(size)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Copy the whole file to `path`, and give that path back.

        Choose the name yourself: never take `filename` for it. Raises FileExistsError where there is one
        already and `overwrite` is not said; a copy that fails leaves nothing behind, an old file as it was.
        """
        from pathlib import Path  # this and the next are slow to import
        from secrets import token_hex

        target = Path(path)
        if target.is_dir():
            raise IsADirectoryError(f"{target} is a folder: give the file in it a name of your own choice.")
        written = target.with_name(f".{target.name}.{token_hex(8)}") if overwrite else target
        try:
            copy = written.open("xb")
        except FileExistsError:
            raise FileExistsError(f"{target} exists: choose another name, or say save(path, overwrite=True).") from None
        position = self.file.tell()
        try:
            with copy:
                self.file.seek(0)
                while chunk := self.file.read(CHUNK):
                    copy.write(chunk)
            if overwrite:
                written.replace(target)
        except BaseException:
            written.unlink(missing_ok=True)
            raise
        finally:
            self.file.seek(position)
        return target

    def close(self) -> None:
        """Let go of the file and its place on the disk; closing twice is nothing."""
        self.file.close()

    def __enter__(self) -> UploadedFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<UploadedFile {self.filename!r} {self.content_type} {self.size} bytes>"


Files = list[tuple[str, UploadedFile]]


def parse_multipart(body: bytes, content_type: str, limits: Limits) -> tuple[Pairs, Files]:
    """The text fields and the files of a `multipart/form-data` body, each as (name, value) in their order.

    A file input that was left empty (no name, no content) gives nothing. Raises BadRequest for a body or a
    `content_type` that is malformed, and ContentTooLarge above a limit; then every file is closed already.
    """
    boundary = _boundary(content_type)
    stop = _end_of_parts(body, boundary)
    form = _Form(limits)
    try:
        for event in _events(body, stop, boundary, limits):
            form.take(event)
    except BaseException as error:
        form.abandon()
        if isinstance(error, OSError):
            raise HTTPError(507, "There is no room to keep the uploaded file.") from error
        raise
    return form.fields, form.files


def _boundary(content_type: str) -> bytes:
    media = MediaType.parse(content_type)
    if media is None or media.essence != "multipart/form-data":
        raise BadRequest("The Content-Type is not a well-formed multipart/form-data.")
    boundary = media.parameters.get("boundary", "")
    if not _BOUNDARY(boundary):
        raise BadRequest(
            "The Content-Type has no valid boundary: 1 to 70 visible ASCII characters, the last one no space."
        )
    return boundary.encode()


def _end_of_parts(body: bytes, boundary: bytes) -> int:
    """Where the closing boundary ends; text around the parts is refused.

    Nobody writes such text, and programs differ in how they read it.
    """
    closing = b"\r\n--" + boundary + b"--"
    if not body.startswith((closing[2:-2], closing[:-2])):
        raise BadRequest("The multipart body does not begin with its boundary.")
    found = -2 if body.startswith(closing[2:]) else body.find(closing)
    if found == -1:
        raise BadRequest("The multipart body is incomplete: its closing boundary is missing.")
    stop = found + len(closing)
    if body[stop:] not in (b"", b"\r\n"):
        raise BadRequest("The multipart body goes on after its closing boundary.")
    return stop


def _events(body: bytes, stop: int, boundary: bytes, limits: Limits) -> Iterator[Any]:
    """What the parser finds up to `stop`: a segment, its content in pieces, None at its end."""
    # The only place where the library is imported, and not before a multipart body comes: it would cost every
    # start some milliseconds.
    from multipart import (
        MultipartError,
        ParserLimitReached,
        PushMultipartParser,
    )

    parser = PushMultipartParser(
        boundary,
        max_header_size=MAX_PART_HEADER,
        max_header_count=MAX_PART_HEADERS,
        max_segment_count=limits.fields + limits.files,
        strict=True,
    )
    position = len(boundary) + (6 if body.startswith(b"\r") else 4)  # where the part's headers begin
    try:
        for start in range(0, stop, CHUNK):
            for event in parser.parse(body[start : min(start + CHUNK, stop)]):
                if event is None:
                    position += len(boundary) + 6
                elif isinstance(event, (bytes, bytearray)):
                    position += len(event)
                else:
                    position = _check_headers(body, position)
                yield event
        parser.close()
    except ParserLimitReached as error:
        raise ContentTooLarge(f"The multipart body is over a limit: {_reason(error)}") from None
    except MultipartError as error:
        raise BadRequest(f"The multipart body is malformed: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return f"{error.args[0]}.".replace("segment", "part").replace("Segment", "Part")


def _check_headers(body: bytes, start: int) -> int:
    """Refuse what the library lets pass: control characters, and spaces before the colon."""
    end = body.find(b"\r\n\r\n", start)
    for line in body[start:end].split(b"\r\n"):
        if not _HEADER_LINE(line):
            raise BadRequest(
                "The multipart body is malformed: a part has a header with a character that may not be there."
            )
    return end + 4


class _Form:
    """What was read of a form so far, and the part that is being read."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.fields: Pairs = []
        self.files: Files = []
        self.file_parts = 0
        self.text_size = 0
        self.name = ""
        self.filename: str | None = None
        self.content_type = ""
        self.size = 0
        self.content: IO[bytes] = BytesIO()

    def take(self, event: Any) -> None:
        """Take in one event of the parser."""
        if event is None:
            self._end()
        elif isinstance(event, (bytes, bytearray)):
            self._write(event)
        else:
            self._begin(event)

    def abandon(self) -> None:
        """Close every file there is."""
        _close(self.content)
        for _, file in self.files:
            _close(file.file)

    def _begin(self, segment: Any) -> None:
        if sum(name == "Content-Disposition" for name, _ in segment.headerlist) != 1:
            raise BadRequest("A part of the multipart body has more than one Content-Disposition.")
        self.name = segment.name
        self.filename = segment.filename
        self.size = 0
        self.content = BytesIO()
        if self.filename is None:
            if len(self.fields) == self.limits.fields:
                raise ContentTooLarge(f"The form has more than {self.limits.fields} fields.")
        else:
            self.file_parts += 1
            if self.file_parts > self.limits.files:
                raise ContentTooLarge(f"The form has more than {self.limits.files} files.")
            media = MediaType.parse(segment.header("Content-Type", ""))
            self.content_type = "application/octet-stream" if media is None else media.essence

    def _write(self, chunk: bytes | bytearray) -> None:
        self.size += len(chunk)
        if self.filename is None:
            self._count_text(len(chunk))
        elif self.size > self.limits.spool and isinstance(self.content, BytesIO):
            self.content = _on_disk(self.content)
        self.content.write(chunk)

    def _count_text(self, size: int) -> None:
        self.text_size += size
        if self.size > self.limits.text_part:
            raise ContentTooLarge(f"A field of the form has more than {self.limits.text_part} bytes.")
        if self.text_size > self.limits.text_parts:
            raise ContentTooLarge(f"The fields of the form have more than {self.limits.text_parts} bytes.")

    def _end(self) -> None:
        self.content.seek(0)
        if self.filename is None:
            self.fields.append((self.name, self._text()))
        elif self.filename or self.size:
            name = _CONTROL("_", base_name(self.filename))
            self.files.append((self.name, UploadedFile(name, self.content_type, self.content, self.size)))

    def _text(self) -> str:
        try:
            return self.content.read().decode()
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            raise BadRequest(
                f"The field {self.name[:40]!r} is not UTF-8: byte 0x{byte:02x} at position {error.start}."
            ) from None


def _on_disk(content: BytesIO) -> IO[bytes]:
    from tempfile import TemporaryFile  # slow to import, and seldom needed

    file = TemporaryFile()  # noqa: SIM115 - closed by whoever has the UploadedFile
    try:
        file.write(content.getvalue())
    except BaseException:
        _close(file)
        raise
    return file


def _close(file: IO[bytes]) -> None:
    # Closing writes what is buffered, and on a full disk fails at that.
    with suppress(OSError):
        file.close()
