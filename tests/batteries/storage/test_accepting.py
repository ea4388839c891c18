"""What a file is, not what it calls itself: the `accept` of a field held against first bytes, names and claims."""

from __future__ import annotations

import io

import pytest

from demijohn import UploadedFile
from demijohn.batteries.storage import kind_told
from demijohn.storage import accepts

JPEG, PNG, PDF = b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7"
EXE, ZIP, TEXT = b"MZ\x90\x00", b"PK\x03\x04", b"a,b\n1,2\n"
MP4, WEBM, MOV, BMP = b"\0\0\0\x18ftypisom", b"\x1aE\xdf\xa3", b"\0\0\0\x14ftypqt  ", b"BM1234\0\0\0\0"


def upload(name: str, data: bytes, claimed: str = "application/octet-stream") -> UploadedFile:
    """A file as a form has it."""
    return UploadedFile(name, claimed, io.BytesIO(data), len(data))


@pytest.mark.parametrize(
    ("accept", "name", "data", "claimed"),
    [
        (".png,.jpg", "x.php.jpg", JPEG, ""),
        (".png,.jpg", "x.JPG", JPEG, "text/html"),
        ("image/*", "x", PNG, ""),
        ("image/*", "x.html", PNG, "text/html"),
        ("image/jpg", "x.jpg", JPEG, "image/jpeg"),
        ("image/*,.pdf", "x.pdf", PDF, ""),
        ("image/*", "x.bmp", BMP, "image/bmp"),
        ("application/pdf", "x", PDF, ""),
        (".csv", "x.csv", TEXT, "text/csv"),
        ("text/csv", "x", TEXT, "text/csv; charset=utf-8"),
        ("text/*", "x", TEXT, "text/plain"),
        (".docx", "x.docx", ZIP, ""),
        ("application/vnd.oasis.opendocument.text", "x", ZIP, "application/vnd.oasis.opendocument.text"),
        ("video/*", "x.mp4", MP4, "video/mp4"),
        ("video/*", "x.mov", MOV, "video/quicktime"),
        ("audio/*", "x.weba", WEBM, "audio/webm"),
        ("audio/*", "x.mp3", b"\xff\xfb\x90", "audio/mpeg"),
        (".svg", "x.svg", b"<svg", "image/svg+xml"),
        ("*/*", "x", EXE, ""),
        (".exe", "x.exe", TEXT, ""),
    ],
)
def test_these_are_taken(accept: str, name: str, data: bytes, claimed: str) -> None:
    """By their bytes, or where those tell nothing by name or claim."""
    assert accepts(accept, upload(name, data, claimed))


@pytest.mark.parametrize(
    ("accept", "name", "data", "claimed"),
    [
        (".png,.jpg", "x.jpg.php", JPEG, "image/jpeg"),
        (".png,.jpg", "x.jpg%00.php", JPEG, "image/jpeg"),
        (".png,.jpg", "x.jpg/", JPEG, "image/jpeg"),
        (".png,.jpg", "x", JPEG, "image/jpeg"),
        (".png,.jpg", "x.png", b"<html>", "image/png"),
        (".png,.jpg", "x.png", JPEG, "image/png"),
        ("image/*", "x.png", EXE, "image/png"),
        ("image/*", "x.png", b"<html>", "image/png"),
        ("image/*", "x.svg", b"<svg onload=x>", "image/svg+xml"),
        ("image/*", "x.pdf", PDF, "image/png"),
        ("image/png", "x.png", b"", "image/png"),
        ("video/*", "x.mp4", WEBM, "audio/webm"),
        ("audio/*", "x.mp3", TEXT, "audio/mpeg"),
        (".csv", "x.csv", EXE, "text/csv"),
        (".csv", "x.csv", ZIP, "text/csv"),
        ("text/*", "x.txt", b"#!/bin/sh", "text/plain"),
        ("text/*", "x.txt", b"\x7fELF", "text/plain"),
        (".docx", "x.docx", EXE, ""),
        (".docx", "x.docx", PNG, ""),
        ("application/pdf", "x.pdf", TEXT, "application/pdf"),
        ("", "x", PNG, "image/png"),
        (" , ", "x", PNG, "image/png"),
    ],
)
def test_these_are_refused(accept: str, name: str, data: bytes, claimed: str) -> None:
    """Whatever they call themselves."""
    assert not accepts(accept, upload(name, data, claimed))


def test_what_was_found_is_told() -> None:
    """A media type, a program, or nothing."""
    assert [kind_told(upload("x", data)) for data in (PDF, EXE, b"#!/bin/sh", TEXT)] == [
        "application/pdf", "program", "program", "",
    ]  # fmt: skip
