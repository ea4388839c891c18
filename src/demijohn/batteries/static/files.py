"""Static files: their URLs, which change with their contents, and their answers.

`app.css` is linked to as `app.<hash>.css`. Such a URL means those contents for ever, so that browsers need never ask
again; under its plain name a file is asked for each time, and mostly answered 304.
"""

from __future__ import annotations

import difflib
import hashlib
import logging
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from ...foundation.current import current
from ...foundation.http.errors import NotFound
from ...foundation.http.files import FileResponse, media_type_of
from ...foundation.http.preferences import best_encoding
from ...foundation.http.request import Request
from ...foundation.http.response import Response
from ...foundation.urls import quote_path
from .folders import Folder
from .memory import SmallFiles

log = logging.getLogger("demijohn.static")

HASH_DIGITS = 12
MOST_TAGGED = 16_777_216
"""Bytes up to which a file's entity tag is the hash of its contents; of larger ones, it is their time and size."""

_HASHED = re.compile(r"(?s)(.*[^/])\.([0-9a-f]{12})(\.[^./]+)?").fullmatch

FOREVER = "public, max-age=31536000, immutable"
"""`Cache-Control` of a URL that has the hash of its contents: one year, which means for ever (RFC 8246)."""

ASK_FIRST = "no-cache"

# Drawings carry styles of their own, which the policy for data would take away from them. Scripts stay out.
_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'"

_VARIANTS = (("br", ".br"), ("zstd", ".zst"), ("gzip", ".gz"))


class StaticFileNotFound(LookupError):
    """A static file that is linked to and in none of the folders."""


class StaticFiles:
    """The static files of an app. Ask for it by annotation to make links in code: `files.url("app.css")`."""

    def __init__(self, prefix: str, find_folders: Callable[[], Sequence[Folder]], *, debug: bool) -> None:
        self._prefix = prefix
        self._find_folders = find_folders
        self._debug = debug
        self._folders: Sequence[Folder] | None = None
        self._hashes: dict[str, tuple[int, int, str]] = {}
        self._links: dict[str, str] = {}
        self._small = SmallFiles()

    @property
    def folders(self) -> Sequence[Folder]:
        """Where files are looked for, in this order; complete when the app is sealed."""
        if self._folders is None:
            self._folders = self._find_folders()
        return self._folders

    # Links --------------------------------------------------------------------------------------------------

    def url(self, name: str) -> str:
        """The URL of a file, with the hash of its contents in it.

        In development a name that no file has is a StaticFileNotFound; in production it is logged once, and the
        link leads nowhere: a page without a picture is better than no page.
        """
        link = self._links.get(name)
        if link is None:
            link = f"{self._prefix}/{quote_path(self._hashed(name))}"
            if not self._debug:
                self._links[name] = link
        request = current.get()
        return link if request is None else request.root_path + link

    def _hashed(self, name: str) -> str:
        found = self._find(name)
        if found is None:
            if self._debug:
                raise StaticFileNotFound(self._tell_missing(name))
            log.warning("There is no static file %r, and a page links to it.", name)
            return name
        stem, dot, ending = name.rpartition(".")
        digest = self._hash(*found)
        return f"{stem}.{digest}.{ending}" if dot and "/" not in ending else f"{name}.{digest}"

    def _tell_missing(self, name: str) -> str:
        known = [other for folder in self.folders for other in folder.names()]
        near = [other for other in known if other.rpartition("/")[2] == name.rpartition("/")[2]]
        near = near or difflib.get_close_matches(name, known, 1, 0.6)
        guess = f" Did you mean {' or '.join(near[:2])}?" if near else ""
        places = ", ".join(
            folder.path + ("" if Path(folder.path).is_dir() else " (no such folder)") for folder in self.folders
        )
        return f"There is no static file {name!r}.{guess} Looked in: {places}."

    # Answers ------------------------------------------------------------------------------------------------

    def answer(self, name: str, request: Request) -> Response:
        """The file of a name, hashed or plain; NotFound for everything else, whatever it is."""
        if self._debug:
            return self._answer(name, request)
        kept = self._small.find(name, request)
        return kept or self._small.keep(name, request, self._answer(name, request).complete(request))

    def _answer(self, name: str, request: Request) -> FileResponse:
        match = _HASHED(name)
        if match is not None:
            original = match[1] + (match[3] or "")
            found = self._find(original)
            if found is not None:
                # A page of another version may ask for other contents: these it gets, but not for ever.
                is_current = self._hash(*found) == match[2]
                exact = None if is_current else self._find(name)
                if exact is None:
                    return self._send(original, *found, request, FOREVER if is_current else ASK_FIRST)
                return self._send(name, *exact, request, ASK_FIRST)
        found = self._find(name)
        if found is None:
            raise NotFound
        return self._send(name, *found, request, ASK_FIRST)

    def _send(self, name: str, path: str, facts: os.stat_result, request: Request, cache_control: str) -> FileResponse:
        media_type = media_type_of(name)
        headers = {"cache-control": cache_control}
        if media_type == "image/svg+xml":
            headers["content-security-policy"] = _SVG_POLICY
        coding = None
        variants = self._variants(name, facts)
        if variants:
            headers["vary"] = "accept-encoding"
            if "range" not in request.headers:
                coding = best_encoding(request.headers.get("accept-encoding"), tuple(variants))
            if coding is not None:
                path, facts = variants[coding]
                headers["content-encoding"] = coding
        # Times tell less: where builds are reproducible, all files of all versions have the same.
        if facts.st_size <= MOST_TAGGED:
            headers["etag"] = f'"{self._hash(path, facts)}"'
        return FileResponse(path, media_type=media_type, headers=headers)

    def _variants(self, name: str, facts: os.stat_result) -> dict[str, tuple[str, os.stat_result]]:
        """The compressed files beside a file, by their coding; one that is older than the file does not count."""
        variants = {}
        for coding, ending in _VARIANTS:
            found = self._find(name + ending)
            if found is not None and found[1].st_mtime >= facts.st_mtime:
                variants[coding] = found
        return variants

    # Files --------------------------------------------------------------------------------------------------

    def _find(self, name: str) -> tuple[str, os.stat_result] | None:
        for folder in self.folders:
            found = folder.find(name)
            if found is not None:
                return found
        return None

    def _hash(self, path: str, facts: os.stat_result) -> str:
        """The hash of a file's contents, worked out again when its time or size has changed."""
        known = self._hashes.get(path)
        if known is not None and known[:2] == (facts.st_mtime_ns, facts.st_size):
            return known[2]
        try:
            with Path(path).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()[:HASH_DIGITS]
        except OSError:
            raise NotFound from None  # It went, or may not be read.
        self._hashes[path] = (facts.st_mtime_ns, facts.st_size, digest)
        return digest
