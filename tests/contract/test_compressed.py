"""Compression through every door: what is made smaller, and what is better not."""

import asyncio
import logging
import zlib

import brotli
import contract_compressed
import pytest
import zstandard
from contract_doors import Got, Sent, ask_asgi, ask_rsgi, ask_wsgi

app, closed = contract_compressed.app, contract_compressed.closed
WORDS = contract_compressed.WORDS.encode()

DOORS = ("wsgi", "asgi", "rsgi")
BROWSER = "gzip, deflate, br, zstd"


def decoded(answer: Got) -> bytes:
    """The body as a client would have it."""
    coding = answer.header("content-encoding")
    if coding == "gzip":
        return zlib.decompress(answer.body, 31)
    if coding == "br":
        return brotli.decompress(answer.body)
    if coding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(answer.body)
    assert coding is None
    return answer.body


@pytest.fixture(scope="module")
def runner():
    """One event loop for all that is asked here."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def ask(runner):
    """The same request through all doors: the one answer that they give."""

    def ask_all(target: str, accept: str | None = BROWSER, method: str = "GET", **headers: str) -> Got:
        pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if accept is not None:
            pairs.append(("accept-encoding", accept))
        sent = Sent(method, target, tuple(pairs))
        answers = [ask_wsgi(app, sent), runner.run(ask_asgi(app, sent)), runner.run(ask_rsgi(app, sent))]
        assert answers[1] == answers[0]
        assert answers[2] == answers[0]
        return answers[0]

    return ask_all


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        (BROWSER, "zstd"),
        ("gzip, br", "br"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP;q=1.0, br;q=0.5", "gzip"),
        ("zstd;q=0, br;q=0.000, gzip;q=0.001", "gzip"),
        ("deflate", None),
        ("*", None),
        ("", None),
        (None, None),
        ("identity, gzip;q=0.5", None),
        ("gzip;q=2, br;q=x, ;;;", None),
    ],
)
@pytest.mark.parametrize("path", ["/words", "/words-async", "/large"])
def test_the_client_chooses_the_coding(ask, path, accept, coding):
    """By weight, and of equals in the battery's order; the answer varies by the header in any case."""
    answer = ask(path, accept)
    assert answer.header("content-encoding") == coding
    assert decoded(answer) == (contract_compressed.LARGE.encode() if path == "/large" else WORDS)
    assert answer.header("vary") == "accept-encoding"
    assert (len(answer.body) < 200) == (coding is not None) or path == "/large"


@pytest.mark.parametrize("path", ["/small", "/picture", "/coded", "/as-it-is", "/never", "/nowhere"])
def test_what_is_sent_as_it_is(ask, path):
    """Small bodies, what is compressed already, and what says so."""
    answer = ask(path)
    assert answer.header("content-encoding") in (None, "identity")
    assert "accept-encoding" not in (answer.header("vary") or "")


def test_what_does_not_get_smaller_is_sent_as_it_is(runner):
    """Bytes without a pattern would only grow."""
    answer = runner.run(ask_asgi(app, Sent("GET", "/noise", (("accept-encoding", BROWSER),))))
    assert answer.header("content-encoding") is None
    assert answer.header("vary") == "accept-encoding"


@pytest.mark.parametrize(
    ("path", "headers", "is_compressed"),
    [
        ("/words", {}, True),
        ("/words", {"authorization": "Bearer x"}, False),
        ("/words", {"cookie": "session=x"}, False),
        ("/words", {"cookie": "theme=dark; session=x"}, False),
        ("/words", {"cookie": "theme=dark"}, True),
        ("/private", {}, False),
        ("/cookie", {}, False),
        ("/public", {"cookie": "session=x", "authorization": "Bearer x"}, True),
        ("/safe", {"cookie": "session=x"}, True),
        ("/never", {}, False),
    ],
)
def test_secrets_are_not_compressed_beside_what_others_wrote(ask, path, headers, is_compressed):
    """An answer that may be one visitor's alone is sent plain, unless the route says that it is safe (BREACH)."""
    answer = ask(path, **headers)
    assert (answer.header("content-encoding") == "zstd") is is_compressed
    assert decoded(answer) == WORDS


def test_a_tag_says_that_the_bytes_differ(ask):
    """The entity tag becomes weak, and still answers a condition."""
    plain, smaller = ask("/words-async", None), ask("/words-async")
    assert smaller.header("etag") == f"W/{plain.header('etag')}"
    for tag in (plain.header("etag"), smaller.header("etag")):
        unchanged = ask("/words-async", if_none_match=tag)
        assert (unchanged.status, unchanged.header("etag")) == (304, tag)
        assert unchanged.header("vary") == ("accept-encoding" if tag.startswith("W/") else None)


def test_head_is_as_get(ask):
    """The same headers, the length among them, and no body."""
    for path in ("/words", "/words-async", "/large", "/file/words.txt"):
        whole, head = ask(path), ask(path, method="HEAD")
        assert head.headers == whole.headers
        assert int(head.header("content-length")) == len(whole.body)
        assert head.body == b""
    assert ask("/stream", method="HEAD").header("content-encoding") == "zstd"


def test_vary_is_merged(ask):
    """With what the handler asked."""
    assert ask("/language").header("vary") == "accept-language, accept-encoding"


@pytest.mark.parametrize("accept", ["zstd", "br", "gzip"])
@pytest.mark.parametrize("path", ["/stream", "/stream-async"])
def test_streams_are_compressed_and_closed(ask, path, accept):
    """Piece by piece, large ones too; what made them is closed at the end."""
    closed.clear()
    answer = ask(path, accept)
    assert answer.header("content-encoding") == accept
    assert decoded(answer) == ask(path, None).body
    assert len(answer.body) < 4_000
    assert closed == [path[1:]] * 6


def test_each_piece_of_a_stream_can_be_read_when_it_comes(runner):
    """Events are not held back by the compressor."""
    for path in ("/slow", "/slow-sync"):
        pieces = runner.run(_pieces(path))
        reader = zlib.decompressobj(31)
        read = [reader.decompress(piece) for piece in pieces]
        assert [text[:8] for text in read[:3]] == [b"data: 0 ", b"data: 1 ", b"data: 2 "]
        assert all(text.endswith(b"\n\n") for text in read[:3])


async def _pieces(path: str) -> list[bytes]:
    from contract_doors import scope_of

    pieces = []

    async def receive():
        await asyncio.sleep(60)

    async def send(message):
        if message.get("body"):
            pieces.append(message["body"])

    await app(scope_of(Sent("GET", path, (("accept-encoding", "gzip"),))), receive, send)
    return pieces


def test_files_are_compressed_whole_and_sent_in_parts_as_they_are(ask):
    """RFC 9110, section 14: a range counts the bytes of the representation; parts of a compressed one help nobody."""
    answer = ask("/file/words.txt")
    assert (answer.header("content-encoding"), decoded(answer)) == ("zstd", WORDS)
    assert answer.header("accept-ranges") is None
    assert answer.header("etag").startswith("W/")
    part = ask("/file/words.txt", range="bytes=0-3")
    assert (part.status, part.body, part.header("content-encoding")) == (206, WORDS[:4], None)
    assert ask("/file/words.png").header("content-encoding") is None
    assert ask("/file/words.txt", if_none_match=answer.header("etag")).status == 304


def test_large_bodies_are_compressed_off_the_loop(monkeypatch, runner):
    """In an async plan, the work of a large body is a worker thread's."""
    import threading

    from demijohn.batteries.compression.coding import Coding

    threads = []
    compress = Coding.compress

    def watched(self, data):
        threads.append(threading.current_thread().name)
        return compress(self, data)

    monkeypatch.setattr(Coding, "compress", watched)
    sent = (("accept-encoding", BROWSER),)
    runner.run(ask_asgi(app, Sent("GET", "/large", sent)))
    runner.run(ask_asgi(app, Sent("GET", "/words-async", sent)))
    assert threads[0].startswith("demijohn-worker")
    assert threads[1] == threading.main_thread().name


@pytest.fixture(autouse=True)
def quiet():
    """Answers that fail are part of what is asked."""
    logging.getLogger("demijohn").disabled = True
    yield
    logging.getLogger("demijohn").disabled = False
