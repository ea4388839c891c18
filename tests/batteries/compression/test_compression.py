"""The Compression battery's settings and rules; what goes through the doors is tests/contract/test_compressed.py."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn import App, Client, Compression, FileResponse, Response, SetupError
from demijohn.batteries.compression.answers import MOST_OF_A_FILE, Compressing, _KeptFiles
from demijohn.batteries.compression.backends import zstd as zstd_backend
from demijohn.batteries.compression.backends.brotli import brotli
from demijohn.batteries.compression.backends.gzip import gzip
from demijohn.batteries.compression.backends.zstd import zstd
from demijohn.batteries.compression.coding import Coding
from demijohn.batteries.compression.rules import is_compressible

WORDS = "the same words again and again " * 50
BROWSER = {"accept-encoding": "gzip, deflate, br, zstd"}


def client_for(**settings: Any) -> Client:
    """A client of an app that compresses."""
    app = App(debug=False)
    app.use(Compression(**settings))

    @app.get("/")
    def words():
        return WORDS

    @app.get("/as/{kind:path}")
    def words_as(kind: str):
        return Response(WORDS, media_type=kind)

    return Client(app)


def test_codings_in_the_order_of_the_setting() -> None:
    """Of those that a client likes alike, the first; others are not used. One may be named alone."""
    codings = {("br", "zstd"): "br", ("gzip",): "gzip", "gzip": "gzip", (): None}
    for setting, coding in codings.items():
        assert client_for(codings=setting).get("/", headers=BROWSER).headers.get("content-encoding") == coding


def test_a_library_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default one does without; who names a coding is told what to install."""
    for name in ("brotli", "brotlicffi", "zstandard", "backports.zstd", "compression.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    assert client_for().get("/", headers=BROWSER).headers["content-encoding"] == "gzip"
    for coding in ("zstd", "br"):
        with pytest.raises(SetupError, match=r"DMJ060[12].*compression.codings, with '" + coding) as caught:
            client_for(codings=(coding, "gzip")).get("/")
        assert "demijohn[compression]" in str(caught.value)


@pytest.mark.parametrize("setting", [{"zstd_level": 0}, {"brotli_quality": 12}, {"gzip_level": 10}])
def test_levels_that_there_are_not(setting: dict[str, int]) -> None:
    """They are told when the app is sealed."""
    with pytest.raises(SetupError, match="DMJ0560"):
        client_for(**setting).get("/")


def test_what_is_small_is_sent_as_it_is() -> None:
    """The limit is the setting's, to the byte."""
    for minimum, is_compressed in ((len(WORDS), True), (len(WORDS) + 1, False)):
        answer = client_for(minimum=minimum).get("/", headers=BROWSER)
        assert ("content-encoding" in answer.headers) is is_compressed


def test_small_answers_cost_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the headers of the request nor those of the answer are read for them."""
    looked: list[object] = []
    monkeypatch.setattr(
        Compressing, "_compressed", lambda self, answer, request, *, is_safe: looked.append(1) or answer
    )
    client = client_for(minimum=len(WORDS) + 1)
    assert client.get("/", headers=BROWSER).text == WORDS
    assert looked == []
    assert client_for(minimum=len(WORDS)).get("/", headers=BROWSER).text == WORDS
    assert looked == [1]


def test_types() -> None:
    """Text and its kin; more by the setting; nothing that is compressed already."""
    for kind in ("application/json", "TEXT/CSV", "image/svg+xml", "application/problem+json; charset=utf-8"):
        assert is_compressible(kind), kind
    for kind in ("image/png", "application/zip", "video/mp4", "font/woff2", "application/octet-stream", "", "text"):
        assert not is_compressible(kind), kind
    client = client_for(more_types="application/x-words")
    assert "content-encoding" in client.get("/as/application/x-words", headers=BROWSER).headers
    assert "content-encoding" not in client.get("/as/application/x", headers=BROWSER).headers


def test_a_cookie_is_harmless_by_its_whole_name() -> None:
    """Also where the setting is one word."""
    client = client_for(harmless_cookies="theme")
    for cookie, is_compressed in (("theme=1", True), ("t=1", False), ("theme=1; e=2", False), ("Theme=1", False)):
        answer = client.get("/", headers={**BROWSER, "cookie": cookie})
        assert ("content-encoding" in answer.headers) is is_compressed, cookie


def test_a_file_is_compressed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its compressed contents are kept until it changes; one that is too large is never read into memory."""
    (tmp_path / "a.txt").write_text(WORDS)
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(MOST_OF_A_FILE + 1)
    made: list[int] = []
    compress = Coding.compress
    monkeypatch.setattr(Coding, "compress", lambda self, data: made.append(len(data)) or compress(self, data))
    app = App(debug=False)
    app.use(Compression(codings="gzip"))

    @app.get("/{name}")
    def send(name: str):
        return FileResponse(tmp_path / name)

    client = Client(app)
    for _ in range(3):
        assert client.get("/a.txt", headers=BROWSER).headers["content-encoding"] == "gzip"
    assert made == [len(WORDS)]
    (tmp_path / "a.txt").write_text(WORDS + "!")
    client.get("/a.txt", headers=BROWSER)
    assert made == [len(WORDS), len(WORDS) + 1]
    assert "content-encoding" not in client.get("/large.txt", headers=BROWSER).headers
    assert len(made) == 2


def test_files_that_are_kept_have_a_bound() -> None:
    """The ones that were not asked for longest go first."""
    kept = _KeptFiles(10)
    made: list[str] = []

    def get(name: str, size: int) -> bytes:
        return kept.get((name, "", "gzip"), lambda: made.append(name) or b"x" * size)  # type: ignore[func-returns-value]

    get("a", 4)
    get("b", 4)
    get("a", 4)
    get("c", 4)  # b goes
    get("a", 4)
    get("b", 4)
    assert made == ["a", "b", "c", "b"]
    assert get("huge", 11) == b"x" * 11
    assert kept._size == 0


@pytest.mark.parametrize("coding", [zstd(3), brotli(4), gzip(6)], ids=lambda coding: coding.name)
@given(pieces=st.lists(st.binary(max_size=200), max_size=6))
def test_each_piece_can_be_read_after_it_was_flushed(coding: Coding, pieces: list[bytes]) -> None:
    """Whatever the pieces are; the end adds nothing to what is read."""
    compressor, read = coding.start(), _reader(coding.name)
    for piece in pieces:
        assert read(compressor.feed(piece) + compressor.flush()) == piece
    assert read(compressor.finish()) == b""


def _reader(name: str) -> Any:
    if name == "gzip":
        return zlib.decompressobj(31).decompress
    if name == "br":
        import brotli as library

        return library.Decompressor().process
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj().decompress


def test_the_standard_library_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """From Python 3.14 on zstd needs no package."""

    class Standard:
        FLUSH_BLOCK = 1
        compress = staticmethod(bytes.upper)

        def __init__(self, level: int) -> None:
            self.level = level

        def flush(self, mode: int = 2) -> bytes:
            return b"%d" % mode

    class Library:
        ZstdCompressor = Standard

    monkeypatch.setattr(zstd_backend.importlib, "import_module", lambda name: Library)
    compressor = zstd(7).start()
    assert (compressor.feed(b"a"), compressor.flush(), compressor.finish()) == (b"A", b"1", b"2")
