"""What a file is, told by its first bytes: not by its name, and not by what the client says of it."""

from __future__ import annotations

from typing import IO, Final

from ...foundation.http.uploaded_file import UploadedFile

_FIRST: Final = 512
_MAGIC: Final[tuple[tuple[bytes, int, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"%PDF-", 0, "application/pdf"),
    (b"PK\x03\x04", 0, "application/zip"),
    (b"\x1f\x8b\x08", 0, "application/gzip"),
    (b"II*\0", 0, "image/tiff"),
    (b"MM\0*", 0, "image/tiff"),
    (b"\0\0\1\0", 0, "image/x-icon"),
    (b"ID3", 0, "audio/mpeg"),
    (b"\xff\xfb", 0, "audio/mpeg"),
    (b"\xff\xf3", 0, "audio/mpeg"),
    (b"\xff\xf2", 0, "audio/mpeg"),
    (b"\xff\xf1", 0, "audio/aac"),
    (b"\xff\xf9", 0, "audio/aac"),
    (b"OggS", 0, "audio/ogg"),
    (b"fLaC", 0, "audio/flac"),
    (b"\x1aE\xdf\xa3", 0, "video/webm"),
    (b"MZ", 0, "application/x-msdownload"),
    (b"\x7fELF", 0, "application/x-executable"),
    (b"\xcf\xfa\xed\xfe", 0, "application/x-mach-binary"),
    (b"\xca\xfe\xba\xbe", 0, "application/x-mach-binary"),
    (b"#!", 0, "text/x-script"),
)
_BRANDS: Final = {
    b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heif",
    b"M4A ": "audio/mp4", b"qt  ": "video/quicktime",
}  # fmt: skip
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}

UNKNOWN: Final = "application/octet-stream"

KINDS: Final = frozenset(
    {kind for _, _, kind in _MAGIC} | {*_BRANDS.values(), *_RIFF.values(), "image/bmp", "video/mp4"}
)
"""All kinds that first bytes tell."""

PROGRAMS: Final = frozenset(kind for kind in KINDS if kind.startswith(("application/x-", "text/x-")))
"""Kinds that a machine runs."""

CONTAINERS: Final = frozenset({"audio/mp4", "audio/ogg", "video/mp4", "video/webm"})
"""Kinds that hold sound or films, which their first bytes do not tell apart."""

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
        return _RIFF.get(first[8:12], UNKNOWN)
    if first.startswith(b"BM") and first[6:10] == b"\0\0\0\0":
        return "image/bmp"
    if first[4:8] == b"ftyp":
        return _BRANDS.get(first[8:12], "video/mp4")
    return UNKNOWN


def _first_of(content: UploadedFile | IO[bytes]) -> bytes:
    file = content.file if isinstance(content, UploadedFile) else content
    position = file.tell()
    file.seek(0)
    first = file.read(_FIRST)
    file.seek(position)
    return first
