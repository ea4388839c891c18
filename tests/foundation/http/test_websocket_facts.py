"""What is decided of a WebSocket without one: codes, reasons, keys and origins."""
# ruff: noqa: E501 - tables

import pytest

from demijohn.foundation.http.origins import is_origin
from demijohn.foundation.http.request import Request
from demijohn.foundation.http.websocket import check_close, key_error


class Handshake(Request, eq=False):
    """A request with the header fields that it is given."""

    def read_headers(self):
        return list(self.native)


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1014, 3000, 4000, 4999])
def test_codes_that_may_be_sent(code: int) -> None:
    """RFC 6455, section 7.4, and the registry."""
    check_close(code, "x" * 123)


@pytest.mark.parametrize("code", [0, 200, 999, 1004, 1005, 1006, 1015, 2999, 5000, -1])
def test_codes_that_may_not(code: int) -> None:
    """Among them those that only tell that there was none."""
    with pytest.raises(ValueError, match="is no code to close with"):
        check_close(code, "")


def test_reasons_are_short() -> None:
    """In bytes: a control frame has no more room."""
    check_close(1000, "é" * 61)
    with pytest.raises(ValueError, match="over 123 bytes"):
        check_close(1000, "é" * 62)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("*", True), ("https://a.example", True), ("http://a.example:8000", True), ("http://[::1]:80", True), ("a.example", False), ("https://a/", False),
     ("https://a?x", False), ("https://a#x", False), ("chrome-extension://abc", True), ("https://", False), ("https://u@a", False), ("https://a:x", False), ("https://[", False), ("", False)],
)  # fmt: skip
def test_origins(text: str, expected: bool) -> None:
    """Scheme, host, perhaps a port, and nothing else."""
    assert is_origin(text) is expected


@pytest.mark.parametrize(
    "key", ["", "x", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ==\n", "dGhlIHNhbXBsZSBub25jZQ=="]
)
def test_keys(key: str) -> None:
    """Sixteen bytes in base64, where there is one."""
    error = key_error(Handshake([("sec-websocket-key", key)], "GET", "/", ""))
    assert (error is None) == (key == "dGhlIHNhbXBsZSBub25jZQ==")
    assert key_error(Handshake([], "GET", "/", "")) is None
