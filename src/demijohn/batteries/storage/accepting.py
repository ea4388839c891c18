"""Whether a file is of a kind that is wanted: by its first bytes, and by its name where they tell nothing."""

from __future__ import annotations

from typing import Final

from ...foundation.http.uploaded_file import UploadedFile
from .kinds import BY_SUFFIX, CONTAINERS, KINDS, PROGRAMS, UNKNOWN, kind_of

_SPELLINGS: Final = {"image/jpg": "image/jpeg", "audio/mp3": "audio/mpeg", "audio/x-wav": "audio/wav"}
_SUFFIXES: Final = {
    **BY_SUFFIX, ".tif": "image/tiff", ".tiff": "image/tiff", ".bmp": "image/bmp", ".ico": "image/x-icon",
    ".mov": "video/quicktime", ".avi": "video/x-msvideo", ".aac": "audio/aac", ".zip": "application/zip",
    ".gz": "application/gzip", ".tgz": "application/gzip",
}  # fmt: skip
_ARCHIVES: Final = frozenset({"application/zip", "application/gzip"})
_TEXTS: Final = (".css", ".csv", ".htm", ".html", ".json", ".md", ".svg", ".tsv", ".txt", ".xml", ".yaml", ".yml")


def accepts(accept: str, file: UploadedFile) -> bool:
    """Whether a file is what `accept` of an input asks for, such as `"image/*,.pdf"`.

    Neither the name nor the claimed type is believed where the first bytes could tell: HTML and programs are no images,
    whatever they are called. A kind that has no such bytes (CSV, say) is what it says it is, unless they tell another.
    """
    found = kind_of(file)
    return any(_fits(one.strip().lower(), found, file) for one in accept.split(",") if one.strip())


def _fits(wanted: str, found: str, file: UploadedFile) -> bool:
    wanted = _SPELLINGS.get(wanted, wanted)
    claimed = file.content_type.partition(";")[0].strip().lower()
    if wanted.startswith("."):
        if not file.filename.lower().endswith(wanted):
            return False
        kind = _SUFFIXES.get(wanted)
        return _may_be(found, is_text=wanted in _TEXTS) if kind is None else found == kind
    if found in CONTAINERS and claimed.startswith(("audio/", "video/")):
        found = claimed
    family, _, kind = wanted.partition("/")
    if kind != "*":
        return found == wanted or (
            wanted not in KINDS and claimed == wanted and _may_be(found, is_text=family == "text")
        )
    if family in ("*", "image", "audio", "video"):
        return family == "*" or found.startswith(f"{family}/")
    return claimed.startswith(f"{family}/") and _may_be(found, is_text=family == "text")


def _may_be(found: str, *, is_text: bool) -> bool:
    """Whether the first bytes leave it open: they tell nothing, or of a container or archive, as many formats are."""
    return found == UNKNOWN or (not is_text and found in _ARCHIVES | CONTAINERS)


def kind_told(file: UploadedFile) -> str:
    """What to tell of a file that was refused: its media type, "program", or "" where the first bytes tell nothing."""
    found = kind_of(file)
    return "program" if found in PROGRAMS else "" if found == UNKNOWN else found
