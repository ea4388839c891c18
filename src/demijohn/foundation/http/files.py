"""Files as answers: what they are sent as, whether the client has them already, and which part of them it wants."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from collections.abc import Iterable, Mapping

from ..safe_join import safe_join
from .byteranges import PartsBody
from .conditions import NOT_REPEATED, if_range_holds, not_modified, precondition_failed
from .dates import http_date
from .errors import HTTPError, NotFound, RangeNotSatisfiable
from .headers import Headers
from .media import content_disposition
from .ranges import parse_ranges
from .request import Request
from .response import BYTES, FileBody, Response

log = logging.getLogger("demijohn")

# The same on every machine; the tables of an operating system are asked for other names only.
_TYPES = {
    "avif": "image/avif", "bin": BYTES, "bmp": "image/bmp", "br": BYTES, "css": "text/css", "csv": "text/csv",
    "eot": "application/vnd.ms-fontobject", "epub": "application/epub+zip", "gif": "image/gif",
    "gz": "application/gzip", "htm": "text/html", "html": "text/html", "ico": "image/x-icon", "ics": "text/calendar",
    "jpeg": "image/jpeg", "jpg": "image/jpeg", "js": "text/javascript", "json": "application/json",
    "jsonld": "application/ld+json", "m4a": "audio/mp4", "map": "application/json", "md": "text/markdown",
    "mjs": "text/javascript", "mp3": "audio/mpeg", "mp4": "video/mp4", "oga": "audio/ogg", "ogg": "audio/ogg",
    "ogv": "video/ogg", "opus": "audio/ogg", "otf": "font/otf", "pdf": "application/pdf", "png": "image/png",
    "rss": "application/rss+xml", "svg": "image/svg+xml", "tar": "application/x-tar", "tif": "image/tiff",
    "tiff": "image/tiff", "ttf": "font/ttf", "txt": "text/plain", "vtt": "text/vtt", "wasm": "application/wasm",
    "wav": "audio/wav", "weba": "audio/webm", "webm": "video/webm", "webmanifest": "application/manifest+json",
    "webp": "image/webp", "woff": "font/woff", "woff2": "font/woff2", "xhtml": "application/xhtml+xml",
    "xml": "application/xml", "zip": "application/zip",
}  # fmt: skip


def media_type_of(name: str) -> str:
    """The media type that a file's name tells; text is taken to be UTF-8.

    >>> media_type_of("app.css"), media_type_of("LOGO.PNG"), media_type_of("README")
    ('text/css; charset=utf-8', 'image/png', 'application/octet-stream')
    """
    kind = _guess(name) or BYTES
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _guess(name: str) -> str | None:
    _, dot, ending = name.rpartition("/")[2].rpartition(".")
    if not dot:
        return None
    kind = _TYPES.get(ending.lower())
    if kind is None:
        from mimetypes import guess_type  # reads the tables of the operating system, which takes milliseconds

        kind, compression = guess_type(f"file.{ending}")
        if compression is not None:
            return None
    return kind


class FileResponse(Response):
    """A file: `return FileResponse(folder / "report.pdf", as_attachment=True)`.

    It is looked at when the handler has returned, and sent without being held in memory. The client's conditions
    and byte ranges are heeded (RFC 9110, sections 13 and 14): 304, 206, 412 and 416 come of themselves. What is
    missing, or is no regular file, is a 404. `filename` is what the client is told to call it, and
    `as_attachment` that it should save and not show it; `media_type` is guessed from the name.

    The path is yours. A name that a client chose goes with the folder that it must lie in,
    `FileResponse(name, root=folder)`: whatever leads out of it, a link too, is a 404.
    """

    __slots__ = ("as_attachment", "filename", "path")

    def __init__(
        self,
        path: str | os.PathLike[str],
        status: int = 200,
        *,
        root: str | os.PathLike[str] | None = None,
        filename: str | None = None,
        as_attachment: bool = False,
        media_type: str | None = None,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    ) -> None:
        self.path = os.fspath(path) if root is None else _inside(os.fspath(root), os.fspath(path))
        self.filename = filename
        self.as_attachment = as_attachment
        if media_type is None:
            media_type = media_type_of(filename if filename and _guess(filename) else self.path)
        super().__init__(b"", status, headers=headers, media_type=media_type)

    def complete(self, request: Request) -> Response:
        """The answer for this request; this object stays as it is, and may be returned again.

        Raises NotFound, RangeNotSatisfiable (416), and HTTPError with 412 where a condition of the client fails.
        """
        facts = facts_of(self.path)
        headers = self._all_headers(facts)
        size = facts.st_size
        if self.status != 200 or request.method not in ("GET", "HEAD"):
            return self._part(0, size, self.status, headers)
        asked, tag, modified = request.headers, headers.get("etag"), facts.st_mtime
        if precondition_failed(asked, tag, modified, method=request.method):
            raise HTTPError(412, "The file is not, or no longer, the one that the request is about.")
        if not_modified(asked, tag, modified):
            kept = [pair for pair in headers.pairs() if pair[0] not in NOT_REPEATED]
            return Response(None, 304, headers=kept, media_type=self.media_type)
        headers.setdefault("accept-ranges", "bytes")
        # Of other methods than GET a Range means nothing.
        ranged = request.method == "GET" and "range" in asked and if_range_holds(asked, tag, modified)
        ranges = parse_ranges(asked.get("range"), size) if ranged else None
        if ranges is None:
            return self._part(0, size, 200, headers)
        if not ranges:
            raise RangeNotSatisfiable(f"The file has {size} bytes.", headers={"content-range": f"bytes */{size}"})
        if len(ranges) > 1:
            parts = PartsBody(self.path, ranges, size, self.media_type)
            # Each part has a head: what is no smaller than the whole helps nobody (section 14.2 lets it be ignored).
            return self._parts(parts, headers) if parts.total < size else self._part(0, size, 200, headers)
        start, stop = ranges[0]
        headers["content-range"] = f"bytes {start}-{stop - 1}/{size}"
        return self._part(start, stop - start, 206, headers)

    def told_headers(self) -> Headers:
        """The headers that were set on this response, and the name of the file where it is told."""
        headers = Headers(self.own_headers or ())
        if (self.as_attachment or self.filename) and "content-disposition" not in headers:
            name = self.filename or os.path.basename(self.path)  # noqa: PTH119 - it is text already
            headers["content-disposition"] = content_disposition("attachment" if self.as_attachment else "inline", name)
        return headers

    def _all_headers(self, facts: os.stat_result) -> Headers:
        """Those, and what the file tells of itself."""
        headers = self.told_headers()
        if "etag" not in headers:
            headers["etag"] = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
        if "last-modified" not in headers:
            with contextlib.suppress(ValueError):  # A file system may hold times that HTTP cannot say.
                headers["last-modified"] = http_date(facts.st_mtime)
        return headers

    def _parts(self, body: PartsBody, headers: Headers) -> Response:
        """Several parts in one answer: not more than were asked for, sorted and merged."""
        headers["content-type"] = f"multipart/byteranges; boundary={body.boundary}"
        headers["content-length"] = str(body.total)
        return Response(body, 206, headers=headers.pairs(), media_type=self.media_type)

    def _part(self, offset: int, length: int, status: int, headers: Headers) -> Response:
        body = FileBody(self.path, offset, length) if length else b""
        return Response(body, status, headers=headers.pairs(), media_type=self.media_type)


def _inside(root: str, name: str) -> str:
    """The path of a name below a folder; NotFound for one that leads anywhere else, by itself or by a link."""
    path = safe_join(root, name)
    if path is None:
        raise NotFound
    try:
        real, folder = os.path.realpath(path), os.path.realpath(root)
    except (OSError, ValueError):  # too long, or a link in a circle
        raise NotFound from None
    if not real.startswith(folder.rstrip(os.sep) + os.sep):
        raise NotFound
    return path


def facts_of(path: str) -> os.stat_result:
    """What the file system says of a regular file that can be read; NotFound for all else, which is not told apart."""
    try:
        facts = os.stat(path)  # noqa: PTH116 - a Path costs more than the call
    except (OSError, ValueError):
        raise NotFound from None
    if not stat.S_ISREG(facts.st_mode):
        raise NotFound
    if not os.access(path, os.R_OK):
        log.warning("%s cannot be read by this process, and is answered as if it were not there.", path)
        raise NotFound
    return facts
