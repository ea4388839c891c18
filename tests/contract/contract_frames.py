"""A WebSocket client that can also do what no client should: frames are written byte by byte, over a plain socket."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct
from types import TracebackType
from typing import Self

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Refused(Exception):
    """The handshake was answered by something other than 101."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__(status, body[:200])
        self.status = status
        self.headers = headers
        self.body = body


class Wire:
    """One connection; `subprotocol` and `headers` are those of the handshake's answer."""

    def __init__(
        self,
        port: int,
        path: str = "/",
        *,
        headers: list[tuple[str, str]] | None = None,
        key: str | None = None,
        version: str = "13",
        timeout: float = 10,
        receive_buffer: int | None = None,
    ) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        self._read = b""
        key = base64.b64encode(os.urandom(16)).decode() if key is None else key
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", f"Sec-WebSocket-Version: {version}"]
        lines += [f"{name}: {value}" for name, value in headers or []]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        try:
            self.status, self.headers = self._head()
            if self.status != 101:
                raise Refused(self.status, self.headers, self._rest())
        except BaseException:
            self.socket.close()
            raise
        accept = base64.b64encode(hashlib.sha1(key.encode() + _GUID).digest()).decode()
        assert self.headers["sec-websocket-accept"] == accept
        self.subprotocol = self.headers.get("sec-websocket-protocol")

    def _head(self) -> tuple[int, dict[str, str]]:
        while b"\r\n\r\n" not in self._read:
            chunk = self.socket.recv(65_536)
            if not chunk:
                raise ConnectionResetError("The server closed the connection without an answer.")
            self._read += chunk
        head, self._read = self._read.split(b"\r\n\r\n", 1)
        status, *fields = head.decode("latin-1").split("\r\n")
        pairs = (field.partition(":") for field in fields)
        return int(status.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}

    def _rest(self) -> bytes:
        length = self.headers.get("content-length")
        try:
            while length is None or len(self._read) < int(length):
                chunk = self.socket.recv(65_536)
                if not chunk:
                    break
                self._read += chunk
        except TimeoutError:
            pass
        return self._read

    def send(self, message: str | bytes) -> None:
        """Send a whole message."""
        if isinstance(message, str):
            self.frame(TEXT, message.encode())
        else:
            self.frame(BINARY, message)

    def frame(self, opcode: int, payload: bytes = b"", **odd: int) -> None:
        """Send one frame, right or wrong."""
        self.raw(frame(opcode, payload, **odd))

    def raw(self, data: bytes) -> None:
        """Send bytes as they are; a server that has closed already is no error here."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return

    def close(self, code: int | None = 1000, reason: bytes = b"") -> None:
        """Send a close frame."""
        self.frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)

    def next_frame(self) -> tuple[bool, int, bytes] | None:
        """The next frame: whether it is final, its opcode, its payload; None when the connection has ended."""
        try:
            first, second = self._exactly(2)
            assert not second & 0x80, "Servers do not mask."
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack("!H", self._exactly(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self._exactly(8))
            return bool(first & 0x80), first & 0x0F, self._exactly(length)
        except (EOFError, ConnectionResetError):
            return None

    def receive(self) -> str | bytes:
        """The next message, whole; EOFError if the connection ends instead. Pings are answered meanwhile."""
        opcode, parts = None, []
        while True:
            found = self.next_frame()
            if found is None:
                raise EOFError
            final, kind, payload = found
            if kind == PING:
                self.frame(PONG, payload)
            elif kind == CLOSE:
                raise EOFError(payload)
            elif kind in (CONTINUED, TEXT, BINARY):
                opcode = kind if opcode is None else opcode
                parts.append(payload)
                if final:
                    whole = b"".join(parts)
                    return whole.decode() if opcode == TEXT else whole

    def end(self) -> int | None:
        """Read to the end of the connection; the close code that came, 1005 for a close frame without one, or None."""
        code = None
        try:
            while (found := self.next_frame()) is not None:
                _, kind, payload = found
                if kind == CLOSE:
                    code = struct.unpack("!H", payload[:2])[0] if payload else 1005
                    self.frame(CLOSE, payload[:2])
                    self.socket.settimeout(1)  # granian over RSGI leaves it to the client to close the connection
        except TimeoutError:
            if code is None:
                raise
        return code

    def _exactly(self, size: int) -> bytes:
        while len(self._read) < size:
            chunk = self.socket.recv(65_536)
            if not chunk:
                raise EOFError
            self._read += chunk
        data, self._read = self._read[:size], self._read[size:]
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()


def frame(opcode: int, payload: bytes = b"", *, final: int = 1, rsv: int = 0, masked: int = 1) -> bytes:
    """One frame as bytes (RFC 6455, section 5.2)."""
    head = bytes([(0x80 if final else 0) | rsv << 4 | opcode])
    bit, size = (0x80 if masked else 0), len(payload)
    if size < 126:
        head += bytes([bit | size])
    elif size < 65_536:
        head += bytes([bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + _masked(payload, mask)


def _masked(payload: bytes, mask: bytes) -> bytes:
    whole = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")).to_bytes(len(payload), "big")
