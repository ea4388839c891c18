"""What is fuzzed: each parser of what strangers send, and what has to hold of it whatever the bytes are.

A target takes bytes and returns nothing. What it raises, an AssertionError or anything else, is a finding.
"""
# ruff: noqa: E501, PT017 - tables; and refusals are looked at, not waited for

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from demijohn import Limits
from demijohn.foundation.dotenv import read_dotenv
from demijohn.foundation.errors import SetupError
from demijohn.foundation.http.conditions import etag, if_range_holds, not_modified, precondition_failed
from demijohn.foundation.http.cookies import format_cookie, parse_cookies
from demijohn.foundation.http.dates import http_date, parse_http_date
from demijohn.foundation.http.errors import BadRequest, HeadersTooLarge, HTTPError
from demijohn.foundation.http.forms import MultipartReader, parse_multipart, parse_urlencoded
from demijohn.foundation.http.forwarded import address_of, clean_prefix, listed, parse_forwarded
from demijohn.foundation.http.headers import Headers, check_header
from demijohn.foundation.http.host import is_host, split_host
from demijohn.foundation.http.json_body import MAX_DEPTH, decode_json
from demijohn.foundation.http.media import (
    MediaType,
    base_name,
    best_match,
    content_disposition,
    parse_accept,
    parse_options,
)
from demijohn.foundation.http.preferences import best_encoding, best_language, parse_preferences
from demijohn.foundation.http.query import parse_query, parse_query_list, urlencode
from demijohn.foundation.http.ranges import parse_ranges
from demijohn.foundation.safe_join import safe_join
from demijohn.foundation.signing import BadSignature, Signer
from demijohn.foundation.urls import is_safe_redirect, location, quote_path, quote_query

CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
SURROGATE = re.compile("[\ud800-\udfff]")
FORM_LIMITS = Limits(fields=8, files=4, text_part=200, text_parts=400, spool=64)


def native(data: bytes) -> str:
    """As servers hand fields over: one character for each octet."""
    return data.decode("latin-1")


def query(data: bytes) -> None:
    """Query strings: pairs of text, which are written and read again; or 400."""
    try:
        pairs = parse_query_list(native(data), 50)
    except BadRequest:
        return
    assert len(pairs) <= 50
    assert not any(SURROGATE.search(text) for pair in pairs for text in pair)
    assert dict(pairs) == parse_query(native(data), 50)
    assert parse_query_list(urlencode(pairs), 50) == pairs
    quote_query(native(data)).encode("ascii")


def urlencoded(data: bytes) -> None:
    """URL-encoded bodies: what their query would be; or 400 or 413."""
    try:
        pairs = parse_urlencoded(data, FORM_LIMITS)
    except HTTPError as error:
        assert error.status in (400, 413)
        return
    assert pairs == parse_query_list(native(data))
    assert all(len(text.encode()) <= FORM_LIMITS.text_part for pair in pairs for text in pair)


def _form(data: bytes, cuts: list[int] | None) -> object:
    kind = "multipart/form-data; boundary=bb"
    try:
        if cuts is None:
            fields, files = parse_multipart(data, kind, FORM_LIMITS)
        else:
            reader = MultipartReader(kind, FORM_LIMITS)
            for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True):
                reader.feed(data[start:stop])
            fields, files = reader.finish()
    except HTTPError as error:
        assert error.status in (400, 413)
        return error.status, error.detail
    seen = [(name, file.filename, file.content_type, file.size, file.read()) for name, file in files]
    for _, file in files:
        file.close()
    assert len(fields) <= FORM_LIMITS.fields
    assert len(files) <= FORM_LIMITS.files
    assert all(size == len(content) for *_, size, content in seen)
    assert not any("/" in name or CONTROL.search(name) for _, name, *_ in seen)
    return fields, seen


def multipart(data: bytes) -> None:
    """Multipart bodies: the same however they are cut; or the same refusal. The first bytes are the cuts."""
    count = data[0] % 5 if data else 0
    marks, body = data[1 : 1 + count], data[1 + count :]
    cuts = sorted(mark % (len(body) + 1) for mark in marks)
    whole = _form(body, None)
    assert _form(body, cuts) == whole
    assert _form(body, list(range(1, len(body)))) == whole


def content_type(data: bytes) -> None:
    """Content types of forms: a boundary, or 400."""
    try:
        MultipartReader(native(data), FORM_LIMITS)
    except BadRequest:
        return
    assert MediaType.parse(native(data)) is not None


def cookies(data: bytes) -> None:
    """Cookie headers: each name stands there as it is read; what is good is written and read again."""
    text = native(data)
    try:
        found = parse_cookies(text, limit=20, max_bytes=4_000)
    except HeadersTooLarge:
        return
    assert len(found) <= 20
    for name, value in found.items():
        assert name
        assert not set(name) & set(";=")
        assert ";" not in value
        assert name.encode() in data or name.encode("latin-1") in data
        try:
            cookie = format_cookie(name, value, path="/", httponly=False, samesite=None, secure=True)
        except ValueError:
            continue
        check_header("set-cookie", cookie)
        assert cookie.count(";") == 2
        assert parse_cookies(cookie.partition(";")[0]) == {name: value}


def header(data: bytes) -> None:
    """Fields that are set: refused, or without anything that ends them."""
    name, _, value = native(data).partition(":")
    try:
        name, value = check_header(name, value)
    except ValueError:
        return
    assert name
    assert not CONTROL.search(name + value)
    assert Headers([(name, value)])[name] == value


def ranges(data: bytes) -> None:
    """Ranges: parts of the file, sorted and apart; or none."""
    size = data[0] if data else 0
    found = parse_ranges(native(data[1:]), size)
    if found is None:
        return
    assert len(found) <= 16
    assert all(0 <= start < stop <= size for start, stop in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))


def dates(data: bytes) -> None:
    """Dates: seconds, which are written and read again; or none."""
    seconds = parse_http_date(native(data))
    if seconds is None:
        return
    assert isinstance(seconds, int)
    if 0 <= seconds < 253_402_300_800:
        assert parse_http_date(http_date(seconds)) == seconds
        assert http_date(datetime.datetime.fromtimestamp(seconds, datetime.UTC)) == http_date(seconds)


def conditions(data: bytes) -> None:
    """Conditions: each is decided, and `*` is of every representation."""
    names = ("if-none-match", "if-match", "if-modified-since", "if-unmodified-since", "if-range")
    fields = zip(names, native(data).split("\n"), strict=False)
    headers = Headers.received([(name, value) for name, value in fields if value])
    tag = etag(b"x")
    for known in (tag, f"W/{tag}", None):
        for modified in (1_000_000_000.5, None):
            answers = (
                not_modified(headers, known, modified),
                precondition_failed(headers, known, modified),
                precondition_failed(headers, known, modified, method="PUT"),
                if_range_holds(headers, known, modified),
            )
            assert all(isinstance(answer, bool) for answer in answers)


def media_type(data: bytes) -> None:
    """Media types: written, they are read as the same; options as well as names of files never fail."""
    text = native(data)
    media = MediaType.parse(text)
    if media is not None:
        assert media.essence == media.essence.lower()
        assert MediaType.parse(str(media)) == media
    first, parameters = parse_options(text)
    assert first == first.lower()
    assert all(name == name.lower() for name in parameters)
    assert "/" not in base_name(text)
    _, value = check_header("content-disposition", content_disposition("attachment", text))
    assert parse_options(value)[0] == "attachment"
    assert parse_options(value)[1].get("filename") is not None


def accept(data: bytes) -> None:
    """What clients accept: weights from 0 to 1, and one of what is offered, or none."""
    text = native(data)
    for _, weight in parse_accept(text):
        assert 0 <= weight <= 1
    for offered in (["text/html", "application/json"], ["image/png;x=1"]):
        assert best_match(text, offered) in (*offered, None)


def preferences(data: bytes) -> None:
    """Languages and content codings: weights from 0 to 1, and one of what is offered, or none."""
    text = native(data)
    found = parse_preferences(text)
    assert len(found) <= 64
    assert all(word == word.lower() and 0 <= weight <= 1 for word, weight in found)
    assert best_encoding(text, ["zstd", "br", "gzip"]) in ("zstd", "br", "gzip", None)
    assert best_language(text, ["en", "de-AT"]) in ("en", "de-AT", None)


def forwarded(data: bytes) -> None:
    """What proxies tell: elements, or a ValueError; addresses and prefixes have nothing in them that leads astray."""
    text = native(data)
    values = text.split("\n")
    assert all(member and member == member.strip() for member in listed(values))
    try:
        for element in parse_forwarded(values):
            assert element
            assert all(name == name.lower() for name in element)
    except ValueError:
        pass
    address = address_of(text)
    assert address is None or re.fullmatch(r"[0-9a-f.:]+", address), address
    try:
        prefix = clean_prefix(text)
    except ValueError:
        return
    assert prefix == "" or re.fullmatch(r"(/[^/\\?#%\s]+)+", prefix)
    assert not {".", ".."} & set(prefix.split("/"))


def host(data: bytes) -> None:
    """Hosts: what passes has a name and a port, and is the host of a URL that it stands in."""
    text = native(data)
    if not is_host(text):
        return
    name, port = split_host(text)
    assert re.fullmatch(r"[a-z0-9._:\[\]-]+", name + port)
    parts = urlsplit(f"http://{text}/x")
    assert parts.path == "/x"
    assert parts.username is None
    assert parts.query == parts.fragment == ""
    assert (parts.hostname or "").rstrip(".") == name.strip("[]")
    assert str(parts.port or "") == port.lstrip("0") or port.strip("0") == ""


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def _strictly(data: bytes) -> object:
    def refuse(name: str) -> object:
        raise ValueError(name)

    return json.loads(data.decode(), parse_constant=refuse)


def json_body(data: bytes) -> None:
    """JSON: what the standard library reads, never deeper than the limit; or 400 or 422."""
    try:
        value = decode_json(data)
    except HTTPError as error:
        assert error.status in (400, 422)
        if error.status == 422:
            assert error.errors
            assert all(problem["where"].startswith("body") for problem in error.errors)
        return
    assert _depth(value) <= MAX_DEPTH
    other = _strictly(data)
    assert _alike(value, other), (value, other)


def _alike(one: object, other: object) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-15)  # type: ignore[arg-type]
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return type(one) is type(other) and one == other


def paths(data: bytes) -> None:
    """Names below a folder stay below it; quoted paths are read as they were."""
    text = data.decode("utf-8", "replace")
    joined = safe_join("/srv/files", text)
    if joined is not None:
        assert PurePosixPath(joined).is_relative_to("/srv/files")
        assert ".." not in PurePosixPath(joined).parts
        assert not CONTROL.search(joined)
    quoted = quote_path(text)
    assert unquote(quoted) == text
    assert not set(quoted) & set(' "<>\\^`{|}?#')


def redirects(data: bytes) -> None:
    """Places to redirect to: a header's value, which is of this site where that was asked."""
    text = data.decode("utf-8", "replace")
    if is_safe_redirect(text):
        parts = urlsplit(text)
        assert not parts.scheme
        assert not parts.netloc
        assert not text.startswith(("//", "/\\"))
    try:
        place = location(text)
    except ValueError:
        return
    check_header("location", place)
    assert place.isascii()
    assert not place.startswith("//")
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", place)
    assert scheme is None or scheme[1].lower() in ("http", "https")


SIGNER = Signer("kJ8-6Wc5Yq0Ztq1cJx4b2v9nM3sLdF7hGpRa", "fuzzing", clock=lambda: 1_000_000_000.0)
TOKEN = SIGNER.dumps({"user": 1})


def signing(data: bytes) -> None:
    """Tokens: nothing but what was signed here is ever read."""
    text = native(data)
    try:
        assert SIGNER.loads(text, max_age=60) == {"user": 1}
        assert text == TOKEN
    except BadSignature:
        assert text != TOKEN
    signed = SIGNER.sign(data)
    assert SIGNER.unsign(signed) == data


def dotenv(data: bytes) -> None:
    """`.env` files: names and values, or the line that is wrong."""
    try:
        entries = read_dotenv(data.decode("utf-8", "replace"), ".env")
    except SetupError as error:
        assert error.code == "DMJ0620"
        return
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) for name in entries)
    assert all(entry.line >= 1 for entry in entries.values())


@dataclass(frozen=True)
class Target:
    """A target with what its inputs are made of: good ones to start from, and the words of its grammar."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...]


PART = b'--bb\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
FILE = b'--bb\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\nabc\r\n'
DATE = b"Sun, 06 Nov 1994 08:49:37 GMT"

TARGETS: dict[str, Target] = {
    "query": Target(
        query, (b"q=tea&page=1&q=a+b%20c", b"a=%C3%A4&%zz=1", b""),
        (b"&", b"=", b"%", b"+", b"%ff", b"%C3", b"%A4", b";", b"\xff", b"&&", b"==", b"\xc3\xa4"),
    ),
    "urlencoded": Target(
        urlencoded, (b"name=Ada&tag=a&tag=b", b"a=%C3%A4", b"x" * 190),
        (b"&", b"=", b"%", b"+", b"%ff", b"%C3%A4", b"a" * 100, b"\0"),
    ),
    "multipart": Target(
        multipart, (b"\x02\x05\x30" + PART + FILE + b"--bb--\r\n", b"\x00" + PART * 3 + b"--bb--", b"\x01\x09--bb--\r\n"),
        (b"\r\n", b"--", b"--bb", b"\r\n--bb", b"--bb--", b"\r", b"\n", b": ", b'"', b"; ", b'filename="', b"name=", PART, FILE,
         b"Content-Length: 3", b"\\", b"%22", b"\xff", b"x" * 90),
    ),
    "content_type": Target(
        content_type, (b"multipart/form-data; boundary=bb", b'multipart/form-data; charset=utf-8; boundary="a b"'),
        (b";", b"=", b'"', b"boundary", b"/", b" ", b"\\", b"x" * 35, b"\t", b"\xff"),
    ),
    "cookies": Target(
        cookies, (b'a=1; b="2"; __Host-c=3', b"theme=dark;visits=\xc3\xa4; =x; d"),
        (b";", b"=", b'"', b"; ", b"\\", b"__Host-", b"__Secure-", b"\xc3\xa4", b"%20", b",", b"a=1;", b"\t"),
    ),
    "header": Target(header, (b"X-One: 1", b"Vary:Accept"), (b":", b"\r\n", b"\0", b" ", b"\x7f", b"\t", b"\xff", b"X-")),
    "ranges": Target(
        ranges, (b"\x0abytes=0-3, 2-5, -1", b"\xffbytes=10-", b"\x00bytes=0-0"),
        (b"bytes=", b"-", b",", b" ", b"0", b"9" * 30, b"-1", b"0-0", b"5-", b"\t", b"+", b"_"),
    ),
    "dates": Target(
        dates, (DATE, b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994"),
        (b"GMT", b", ", b":", b"Feb", b"29", b"31", b"60", b"00", b"9999", b"-", b" ", b"Sat"),
    ),
    "conditions": Target(
        conditions, (b'"a", W/"b"\n*\n' + DATE + b"\n" + DATE + b'\n"x"', b"*", b'W/"2d711642b726b04401627ca9fbac32f5"'),
        (b'"', b"W/", b",", b"*", b"\n", DATE, b" ", b"\xff", b'""', b'"2d711642b726b04401627ca9fbac32f5"'),
    ),
    "media_type": Target(
        media_type, (b"text/html; charset=UTF-8", b'attachment; filename="a \\"b\\".txt"', b"a/b;c=d;e"),
        (b"/", b";", b"=", b'"', b"\\", b" ", b"charset", b"..", b"\0", b"\xff", b"%", b"*", b"\r\n"),
    ),
    "accept": Target(
        accept, (b"text/html, application/json;q=0.5, */*;q=0.1", b"text/*;level=1;q=1.0"),
        (b",", b";", b"q=", b"*", b"/", b"*/*", b'"', b"\\", b"0.", b"1.000", b"=", b" "),
    ),
    "preferences": Target(
        preferences, (b"gzip, br;q=0.5, *;q=0", b"de-AT, en;q=0.8", b"identity;q=0"),
        (b",", b";q=", b"*", b"0.", b"1.0", b"-", b"en", b"br", b"identity", b" ", b"x-gzip", b"nan"),
    ),
    "forwarded": Target(
        forwarded, (b'for="[2001:db8::1]:4711";proto=https, for=10.0.0.1', b"192.0.2.1:80", b"/shop/a", b"6.6.6.6, 1.2.3.4\n10.0.0.1"),
        (b",", b";", b"=", b'"', b"\\", b"for=", b"proto=", b"[", b"]", b":", b"::", b"%", b"fe80::1%", b"/", b"..", b"/../", b"\n", b"1.2.3.4"),
    ),
    "host": Target(
        host, (b"example.com:80", b"[::1]:8000", b"EXAMPLE.com.", b"127.0.0.1"),
        (b":", b".", b"[", b"]", b"@", b"/", b"-", b"_", b"::", b"%", b"\\", b"65535", b"65536", b"xn--", b"?", b"#"),
    ),
    "json": Target(
        json_body, (b'{"a": [1, 2.5, null, true], "b": "\\u00e4\\n"}', b"[" * 64 + b"]" * 64, b"[1e999]", b'"\xf0\x9f\x98\x80"'),
        (b"[", b"]", b"{", b"}", b'"', b"\\", b'\\"', b",", b":", b"NaN", b"1e999", b"9" * 30, b"\\ud83d", b"\\ude00", b"\xff", b"\xef\xbb\xbf",
         b"-0", b"null", b"[" * 40, b"]" * 40, b'{"a":', b"\0", b" ", b"9" * 4_301),
    ),
    "paths": Target(
        paths, (b"css/app.css", b"a/../b", b"\xc3\xa9/b"),
        (b"/", b"..", b".", b"\\", b"\0", b"//", b"%2e", b"\xe2\x80\xae", b"\xc2\x85", b"~", b"C:"),
    ),
    "redirects": Target(
        redirects, (b"/account?next=/x", b"https://example.com/", b"javascript:alert(1)"),
        (b"//", b"/", b"\\", b":", b"http:", b"https://", b"@", b"?", b"#", b"\t", b"\xc2\xa0", b"javascript:", b"[", b"]", b"%00", b"///"),
    ),
    "signing": Target(
        signing, (TOKEN.encode(), SIGNER.sign(b"x").encode(), b""),
        (b"-", b"_", b"=", b"+", b"/", b"A", b"==", b"\n", b"\xff", TOKEN[:20].encode()),
    ),
    "dotenv": Target(
        dotenv, (b'export A="b\\n" # c\nD=\'e\nf\'\n', b"# x\nSECRET_KEY=1=2\n", b"A=b\r\nC=d"),
        (b"=", b'"', b"'", b"\n", b"\r\n", b"#", b"export ", b"\\", b"$", b" #", b"\xef\xbb\xbf", b"A="),
    ),
}  # fmt: skip
