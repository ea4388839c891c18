"""A request as a test writes it, made into what a server would hand to a gateway."""

from __future__ import annotations

import mimetypes
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, TypeAlias, cast
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

import msgspec

from ...foundation.http.headers import check_header
from ...foundation.http.query import urlencode
from .habits import refuse_words

__tracebackhide__ = True  # pytest shows the line of the test, not ours

Content: TypeAlias = bytes | str | IO[bytes] | Path
File: TypeAlias = Content | tuple[str, Content] | tuple[str, Content, str]
Values: TypeAlias = Mapping[str, Any] | Iterable[tuple[str, Any]]
HeaderValues: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]

# What a browser leaves as it is in a path and in a query; the percent sign, too, so that %2F stays %2F.
_IN_PATH = "/%:@!$&'()*+,;=~-._[]|"
_IN_QUERY = _IN_PATH + "?"


@dataclass(frozen=True)
class ClientRequest:
    """One request: `url` is absolute and percent-encoded, `headers` are pairs with lower-case names."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, percent-encoded as it is sent."""
        return urlsplit(self.url).path or "/"

    @property
    def path_bytes(self) -> bytes:
        """The path decoded, as servers hand it over."""
        return unquote_to_bytes(self.path)

    @property
    def query(self) -> str:
        """The query without its question mark."""
        return urlsplit(self.url).query

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return urlsplit(self.url).scheme

    @property
    def host(self) -> str:
        """The name of the host, with its port if the URL has one."""
        return urlsplit(self.url).netloc

    def redirected(self, status: int, location: str) -> ClientRequest | None:
        """The request that a browser makes next (RFC 9110, section 15.4); None if to another host."""
        url = urljoin(self.url, location)
        if urlsplit(url).netloc != self.host:
            return None
        changes_method = (status == 303 and self.method != "HEAD") or (status in {301, 302} and self.method == "POST")
        if not changes_method:
            return replace(self, url=absolute(self.url, url))
        headers = tuple(pair for pair in self.headers if pair[0] not in {"content-type", "content-length"})
        return ClientRequest("GET", absolute(self.url, url), headers)


def build(
    base: str,
    method: str,
    path: str,
    *,
    query: Values | None = None,
    headers: HeaderValues | None = None,
    **content: Any,
) -> ClientRequest:
    """A request from what a test gave; of `json`, `data` with `files`, and `content` one at most."""
    refuse_words(content.keys() - {"json", "data", "files", "content"})
    body, content_type = _body(**content)
    pairs = [check_header(name.lower(), value) for name, value in pairs_of(headers)]
    names = {name for name, _ in pairs}
    if content_type and "content-type" not in names:
        pairs.append(("content-type", content_type))
    if body and "content-length" not in names:
        pairs.append(("content-length", str(len(body))))
    return ClientRequest(method.upper(), absolute(base, path, query), tuple(pairs), body)


def absolute(base: str, path: str, query: Values | None = None) -> str:
    """The whole URL of a path, percent-encoded as a browser does it; `query` joins what the path has.

    >>> absolute("http://localhost", "/cities/zürich?q=a b", {"page": 2})
    'http://localhost/cities/z%C3%BCrich?q=a%20b&page=2'
    """
    if path.startswith("/"):  # A query may well have "://" in it.
        path = base.rstrip("/") + path
    elif "://" not in path:
        raise ValueError(f"A path starts with a slash: write {'/' + path!r}.")
    parts = urlsplit(path)
    queries = [quote(parts.query, safe=_IN_QUERY), urlencode(query) if query else ""]
    joined = "&".join(part for part in queries if part)
    return f"{parts.scheme}://{parts.netloc}{quote(parts.path or '/', safe=_IN_PATH)}" + (
        f"?{joined}" if joined else ""
    )


def pairs_of(values: Values | None) -> list[tuple[str, Any]]:
    """The pairs of a mapping, or of what gives pairs."""
    if values is None:
        return []
    if isinstance(values, Mapping):
        return list(cast("Mapping[str, Any]", values).items())
    return list(values)


def _body(
    json: Any = None,
    data: Values | None = None,
    files: Mapping[str, File | Sequence[File]] | Iterable[tuple[str, File]] | None = None,
    content: bytes | str | None = None,
) -> tuple[bytes, str]:
    """The body and its media type."""
    given = [name for name, value in (("json", json), ("data", data), ("content", content)) if value is not None]
    if len(given) > 1 or (files is not None and given not in ([], ["data"])):
        names = [*given, *(["files"] if files is not None else [])]
        raise ValueError(f"A request has one body: give one of {' and '.join(names)} (data goes with files).")
    if json is not None:
        return msgspec.json.encode(json), "application/json"
    if files is not None:
        return multipart(data or {}, files)
    if data is not None:
        if isinstance(data, bytes | str):
            raise TypeError("data takes the fields of a form; for a raw body write content=...")
        return urlencode(data).encode(), "application/x-www-form-urlencoded"
    if isinstance(content, str):
        return content.encode(), "text/plain; charset=utf-8"
    return content or b"", ""


def multipart(
    fields: Values, files: Mapping[str, File | Sequence[File]] | Iterable[tuple[str, File]]
) -> tuple[bytes, str]:
    """A form with files (RFC 7578); one is its content, `(filename, content)` or with a type third."""
    boundary = secrets.token_hex(16)
    parts = []
    for name, value in pairs_of(fields):
        for text in value if isinstance(value, list | tuple) else [value]:
            parts.append(_part(boundary, name, str(text).encode()))
    for name, file in pairs_of(files):
        for each in file if isinstance(file, list) else [file]:
            parts.append(_file_part(boundary, name, each))
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _file_part(boundary: str, name: str, file: File) -> bytes:
    if isinstance(file, tuple):
        filename, content = file[0], file[1]
        media_type = file[2] if len(file) > 2 else ""
    else:
        filename, content, media_type = _name_of(file), file, ""
    guessed = media_type or mimetypes.guess_type(filename)[0] or "application/octet-stream"
    return _part(boundary, name, _bytes_of(content), filename, guessed)


def _part(boundary: str, name: str, content: bytes, filename: str | None = None, media_type: str = "") -> bytes:
    head = f'--{boundary}\r\ncontent-disposition: form-data; name="{_quoted(name)}"'
    if filename is not None:
        head += f'; filename="{_quoted(filename)}"\r\ncontent-type: {media_type}'
    return head.encode() + b"\r\n\r\n" + content + b"\r\n"


def _quoted(text: str) -> str:
    # The three characters that browsers escape (WHATWG HTML, multipart/form-data encoding algorithm).
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _name_of(content: Content) -> str:
    if isinstance(content, Path):
        return content.name
    return os.path.basename(str(getattr(content, "name", "") or "file"))  # noqa: PTH119 - may be any text


def _bytes_of(content: Content) -> bytes:
    if isinstance(content, Path):
        return content.read_bytes()
    if isinstance(content, str):
        return content.encode()
    return content if isinstance(content, bytes) else content.read()
