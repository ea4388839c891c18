"""What a file is, told by its first bytes: not by its name, and not by what the client says of it."""

from __future__ import annotations

from typing import IO, Final

from ...foundation.http.forms import UploadedFile

_FIRST: Final = 512
_MAGIC: Final[tuple[tuple[bytes, int, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"%PDF-", 0, "application/pdf"),
    (b"PK\x03\x04", 0, "application/zip"),
    (b"\x1f\x8b\x08", 0, "application/gzip"),
    (b"ID3", 0, "audio/mpeg"),
    (b"OggS", 0, "audio/ogg"),
    (b"fLaC", 0, "audio/flac"),
    (b"\x1aE\xdf\xa3", 0, "video/webm"),
)
_BRANDS: Final = {b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"M4A ": "audio/mp4"}
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}

IMAGES: Final = frozenset({"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"})
"""The kinds of images that every browser shows, and that carry no scripts; SVG does."""

SHOWN: Final = IMAGES | {"audio/flac", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav", "video/mp4", "video/webm"}
"""What is shown to visitors; everything else they may save."""

SUFFIXES: Final = {
    "image/avif": (".avif",),
    "image/gif": (".gif",),
    "image/heic": (".heic",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    "audio/flac": (".flac",),
    "audio/mp4": (".m4a",),
    "audio/mpeg": (".mp3",),
    "audio/ogg": (".ogg", ".oga"),
    "audio/wav": (".wav",),
    "video/mp4": (".mp4",),
    "video/webm": (".webm",),
}
"""The endings of names by kind; the first is what a stored file gets."""

BY_SUFFIX: Final = {suffix: kind for kind, suffixes in SUFFIXES.items() for suffix in suffixes}


def kind_of(content: UploadedFile | IO[bytes] | bytes) -> str:
    """The media type of a file by its first bytes, `application/octet-stream` if they tell nothing.

    An open file stays at its place. That a file begins as an image does not make it one: `clean_image` sees to that.

    >>> kind_of(b"\\x89PNG\\r\\n\\x1a\\n..."), kind_of(b"<html>")
    ('image/png', 'application/octet-stream')
    """
    first = content[:_FIRST] if isinstance(content, bytes) else _first_of(content)
    for magic, at, kind in _MAGIC:
        if first.startswith(magic, at):
            return kind
    if first.startswith(b"RIFF"):
        return _RIFF.get(first[8:12], "application/octet-stream")
    if first[4:8] == b"ftyp":
        return _BRANDS.get(first[8:12], "video/mp4")
    return "application/octet-stream"


def _first_of(content: UploadedFile | IO[bytes]) -> bytes:
    file = content.file if isinstance(content, UploadedFile) else content
    position = file.tell()
    file.seek(0)
    first = file.read(_FIRST)
    file.seek(position)
    return first
