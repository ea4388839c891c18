"""Form bodies: URL-encoded (WHATWG URL, section 5) and multipart (RFC 7578), read strictly and within limits.

Whatever the bytes are, the outcome is a form, `BadRequest` with a reason, or `ContentTooLarge`. Nothing that
a part says of itself is believed: a charset is ignored (browsers send UTF-8), a file name is only a text.
"""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from ..limits import Limits
from .errors import BadRequest, ContentTooLarge, HTTPError
from .media import MediaType, base_name
from .query import Pairs, decode_pairs
from .uploaded_file import UploadedFile

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PART_HEADERS = 8  # RFC 7578 knows three
MAX_PART_HEADER = 4096  # bytes

# How much the parser is fed at a time: it is what is looked at before a limit stops it.
CHUNK = 65_536

# How many times `limits.spool` all files together may take in memory.
SPOOLS = 4

# RFC 2046, section 5.1.1 has fewer characters and as many; none of these can break a line or a log.
_BOUNDARY = re.compile(r"[\x20-\x7e]{0,69}[\x21-\x7e]").fullmatch
_HEADER_START = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]++(?P<colon>:[\t\x20-\x7e\x80-\xff]*+)?)?").match
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


Files = list[tuple[str, UploadedFile]]


def parse_multipart(body: bytes, content_type: str, limits: Limits) -> tuple[Pairs, Files]:
    """The text fields and the files of a whole `multipart/form-data` body, as `MultipartReader` reads them."""
    reader = MultipartReader(content_type, limits)
    reader.feed(body)
    return reader.finish()


class MultipartReader:
    """Reads a `multipart/form-data` body piece by piece, as it comes: `feed` every piece, then `finish`.

    What is read does not depend on where the body was cut. A body or a `content_type` that is malformed raises
    BadRequest, and one above a limit ContentTooLarge, at the piece that shows it; then every file is closed already.

    >>> reader = MultipartReader("multipart/form-data; boundary=b", Limits())
    >>> for piece in (b'--b\\r\\nContent-Disposition: form-data; na', b'me="a"\\r\\n\\r\\n1\\r', b"\\n--b--"):
    ...     reader.feed(piece)
    >>> reader.finish()
    ([('a', '1')], [])
    """

    __slots__ = ("_delimiter", "_form", "_parser", "_rest", "_step", "_take")

    def __init__(self, content_type: str, limits: Limits) -> None:
        # The only place where the library is imported, and not before a multipart body comes: it would cost every
        # start some milliseconds.
        from multipart import PushMultipartParser

        boundary = _boundary(content_type)
        self._delimiter = b"\r\n--" + boundary
        self._form = _Form(limits)
        self._parser = PushMultipartParser(
            boundary,
            max_header_size=MAX_PART_HEADER,
            max_header_count=MAX_PART_HEADERS,
            max_segment_count=limits.fields + limits.files,
            strict=True,
        )
        self._rest = b""  # what came and could not be read before more comes: never more than a line
        # What is read now. Not bound to the reader, which would make a circle of it.
        self._step: Callable[[MultipartReader, bytes, int], int] = MultipartReader._opening

    @property
    def on_disk(self) -> bool:
        """Whether feeding may write to the disk, so that it does not belong on an event loop; it stays so."""
        return self._form.on_disk

    def feed(self, piece: bytes) -> None:
        """Read the next piece of the body."""
        try:
            for start in range(0, len(piece), CHUNK):
                self._feed(piece[start : start + CHUNK])
        except BaseException as error:
            self.abandon()
            if isinstance(error, OSError):
                raise HTTPError(507, "There is no room to keep the uploaded file.") from error
            raise

    def finish(self) -> tuple[Pairs, Files]:
        """The fields and the files, each as (name, value) in their order, when the whole body was fed.

        A file input that was left empty (no name, no content) gives nothing. The files are the caller's to close.
        """
        if self._step is MultipartReader._ending:
            if self._rest in {b"", b"\r\n"}:
                return self._form.fields, self._form.files
            problem = "goes on after its closing boundary"
        elif self._step is MultipartReader._opening:
            problem = "does not begin with its boundary"
        else:
            problem = "is incomplete: its closing boundary is missing"
        self.abandon()
        raise BadRequest(f"The multipart body {problem}.")

    def abandon(self) -> None:
        """Close every file there is, also those that were given out; a second time is nothing."""
        self._form.abandon()

    def _feed(self, piece: bytes) -> None:
        data = self._rest + piece
        position = 0
        # A step reads from a position and says where it stopped: at the same place if it must wait for more.
        while (stopped := self._step(self, data, position)) != position:
            position = stopped
        self._rest = data[position:]

    # The parser is handed whole lines, whole delimiters, and content without any part of one: otherwise what it
    # refuses, and why, would depend on where the body was cut.

    def _opening(self, data: bytes, position: int) -> int:
        """Before the first delimiter, whose line break may be missing. Nobody writes text there."""
        delimiter = self._delimiter if data[:1] == b"\r" else self._delimiter[2:]
        if not (data.startswith(delimiter) or delimiter.startswith(data)):
            raise BadRequest("The multipart body does not begin with its boundary.")
        return self._end_of_delimiter(data, position, len(delimiter))

    def _headers(self, data: bytes, position: int) -> int:
        """One line of a part's headers; the empty one ends them."""
        end = data.find(b"\r\n", position, position + MAX_PART_HEADER + 2)
        line = data[position : position + MAX_PART_HEADER + 1 if end == -1 else end]
        if position + len(line) == len(data):
            line = line.removesuffix(b"\r")  # whose line feed has not come yet
        good = _HEADER_START(line)
        # The library lets pass control characters, and spaces before the colon.
        if not good or good.end() < len(line) or (end > position and not good["colon"]):
            raise BadRequest(
                "The multipart body is malformed: a part has a header with a character that may not be there."
            )
        if end != -1:
            self._parse(line + b"\r\n")
            if not line:
                self._step = MultipartReader._content
            return end + 2
        if len(line) > MAX_PART_HEADER:
            self._parse(line)  # which it refuses
        return position

    def _content(self, data: bytes, position: int) -> int:
        """What a part holds, up to the next delimiter."""
        end = data.find(self._delimiter, position)
        if end == position:
            return self._end_of_delimiter(data, position, position + len(self._delimiter))
        if end == -1:
            end = data.rfind(b"\r", max(position, len(data) - len(self._delimiter) + 1))
            if end == -1 or not self._delimiter.startswith(data[end:]):
                end = len(data)
        # Of what is over a limit only the first byte, for the parser has a limit too: a Content-Length of the part.
        room = self._form.room()
        self._parse(data[position : min(end, position + room + 1)])
        if end > position + room:  # and the parser kept that byte back: it could be the first of a delimiter
            raise self._form.too_much_text()
        return end

    def _end_of_delimiter(self, data: bytes, position: int, end: int) -> int:
        if len(data) < end + 2:
            return position
        closing = data[end : end + 2] == b"--"
        self._parse(data[position : end + 2])
        self._step = MultipartReader._ending if closing else MultipartReader._headers
        return end + 2

    def _ending(self, data: bytes, position: int) -> int:
        """After the closing delimiter. Programs differ in how they read text there."""
        if not b"\r\n".startswith(data[position:]):
            raise BadRequest("The multipart body goes on after its closing boundary.")
        return position

    def _parse(self, data: bytes) -> None:
        from multipart import MultipartError, ParserLimitReached

        if not data:
            return  # the parser would take it for the end
        try:
            for event in self._parser.parse(data):
                self._form.take(event)
        except ParserLimitReached as error:
            raise ContentTooLarge(f"The multipart body is over a limit: {_reason(error)}") from None
        except MultipartError as error:
            raise BadRequest(f"The multipart body is malformed: {_reason(error)}") from None


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


def _reason(error: Exception) -> str:
    return f"{error.args[0]}.".replace("segment", "part").replace("Segment", "Part")


class _Form:
    """What was read of a form so far, and the part that is being read."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.fields: Pairs = []
        self.files: Files = []
        self.file_parts = 0
        self.text_size = 0
        self.memory = 0  # of the files
        self.on_disk = limits.spool < CHUNK
        self.name = ""
        self.filename: str | None = None
        self.content_type = ""
        self.size = 0
        self.content: IO[bytes] = BytesIO()

    def take(self, event: Any) -> None:
        """Take in one event of the parser: a part begins, some of its content, None at its end."""
        if event is None:
            self._end()
        elif isinstance(event, (bytes, bytearray)):
            self._write(event)
        else:
            self._begin(event)

    def room(self) -> int:
        """How many bytes more of this part may come."""
        if self.filename is not None:
            return sys.maxsize
        return min(self.limits.text_part - self.size, self.limits.text_parts - self.text_size)

    def too_much_text(self) -> ContentTooLarge:
        """The refusal of more text than there is room for."""
        limits = self.limits
        if limits.text_part - self.size <= limits.text_parts - self.text_size:
            return ContentTooLarge(f"A field of the form has more than {limits.text_part} bytes.")
        return ContentTooLarge(f"The fields of the form have more than {limits.text_parts} bytes.")

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
        size = len(chunk)
        if self.filename is None:
            self._count_text(size)
        self.size += size
        if self.filename is not None and isinstance(self.content, BytesIO):
            self._count_memory(self.content, size)
        self.content.write(chunk)

    def _count_text(self, size: int) -> None:
        if size > self.room():
            raise self.too_much_text()
        self.text_size += size

    def _count_memory(self, content: BytesIO, size: int) -> None:
        spool = self.limits.spool
        self.memory += size
        # Many files that are just small enough are much in all; very small ones stay, for each takes a descriptor.
        if self.size > spool or (self.size > CHUNK and self.memory > SPOOLS * spool):
            self.content = _on_disk(content)
            self.memory -= self.size
        # The next chunk may be the one that goes to the disk.
        self.on_disk = self.on_disk or self.size + CHUNK > spool or self.memory + CHUNK > SPOOLS * spool

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
