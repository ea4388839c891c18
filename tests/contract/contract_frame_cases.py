"""Frames right and wrong (RFC 6455), by the groups of the Autobahn test suite, for an endpoint that echoes.

A case is what the client sends, in pieces, and what has to come back: messages, pongs, and how it ends. A wrong frame
fails the connection with a code, or at least ends it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from contract_frames import BINARY, CLOSE, CONTINUED, PING, PONG, TEXT, frame

PROTOCOL_ERROR, BAD_DATA = 1002, 1007


@dataclass(frozen=True)
class FrameCase:
    """`echoed` are the messages and pongs that come back; `fails` is the close code of a case that is wrong."""

    name: str
    sent: tuple[bytes, ...]
    echoed: tuple[tuple[int, bytes], ...] = ()
    fails: int | None = None
    chop: int = 0  # bytes in a write, 0 for all at once
    closes: bool = False  # the client itself closes: a close frame comes back


def _messages() -> list[FrameCase]:
    """Groups 1 and 9: messages of all the sizes at which a frame's head changes, whole and chopped."""
    cases = []
    for size in (0, 1, 125, 126, 127, 128, 65_535, 65_536, 262_144, 1_048_576):
        for opcode, unit in ((TEXT, b"*"), (BINARY, b"\xfe")):
            payload = unit * size
            cases.append(FrameCase(f"1/9 {opcode} of {size}", (frame(opcode, payload),), ((opcode, payload),)))
    payload = b"*" * 65_536
    for chop in (1, 997, 16_384):
        size = 2_000 if chop == 1 else 65_536
        payload = b"*" * size
        cases.append(FrameCase(f"1.1.8 chopped to {chop}", (frame(TEXT, payload),), ((TEXT, payload),), chop=chop))
    for opcode in (TEXT, BINARY):
        pieces = [frame(opcode if number == 0 else CONTINUED, b"*" * 4096, final=number == 63) for number in range(64)]
        cases.append(FrameCase(f"9.3/10 {opcode} in 64 fragments", tuple(pieces), ((opcode, b"*" * 262_144),)))
    return cases


def _pings() -> list[FrameCase]:
    """Group 2: pings are answered with what they carry; pongs that nobody asked for are nothing."""
    long = bytes(range(125))
    return [
        FrameCase("2.1 ping", (frame(PING),), ((PONG, b""),)),
        FrameCase("2.2 ping with text", (frame(PING, b"Hello"),), ((PONG, b"Hello"),)),
        FrameCase("2.3 ping with bytes", (frame(PING, b"\x00\xff\xfe"),), ((PONG, b"\x00\xff\xfe"),)),
        FrameCase("2.4 ping of 125", (frame(PING, long),), ((PONG, long),)),
        FrameCase("2.5 ping of 126", (frame(PING, b"x" * 126),), fails=PROTOCOL_ERROR),
        FrameCase("2.6 ping of 125, chopped", (frame(PING, long),), ((PONG, long),), chop=1),
        FrameCase("2.7 pong unasked", (frame(PONG), frame(TEXT, b"a")), ((TEXT, b"a"),)),
        FrameCase("2.8 pong with text", (frame(PONG, b"Hello"), frame(TEXT, b"a")), ((TEXT, b"a"),)),
        FrameCase(
            "2.9 pong, ping", (frame(PONG, b"x"), frame(PING, b"y")), ((PONG, b"y"),)
        ),
        FrameCase(
            "2.10 ten pings", tuple(frame(PING, b"%d" % n) for n in range(10)), tuple((PONG, b"%d" % n) for n in range(10))  # noqa: E501
        ),
    ]  # fmt: skip


def _reserved() -> list[FrameCase]:
    """Groups 3 and 4: reserved bits and opcodes that nobody has agreed upon, and frames without a mask."""
    cases = [
        FrameCase(f"3 reserved bits {bits}", (frame(TEXT, b"a", rsv=bits),), fails=PROTOCOL_ERROR)
        for bits in (1, 2, 3, 4)
    ]
    cases.append(
        FrameCase(
            "3.2 after a good one", (frame(TEXT, b"a"), frame(TEXT, b"b", rsv=2)), ((TEXT, b"a"),), PROTOCOL_ERROR
        )
    )
    cases.append(FrameCase("3.6 in a ping", (frame(PING, b"a", rsv=1),), fails=PROTOCOL_ERROR))
    cases.append(FrameCase("3.7 in a close", (frame(CLOSE, rsv=1),), fails=PROTOCOL_ERROR))
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        cases.append(FrameCase(f"4 opcode {opcode}", (frame(opcode, b"a"),), fails=PROTOCOL_ERROR))
    cases.append(FrameCase("no mask", (frame(TEXT, b"a", masked=0),), fails=PROTOCOL_ERROR))
    return cases


def _fragments() -> list[FrameCase]:
    """Group 5: messages in fragments, with control frames in between, which have none themselves."""
    one, two, three = frame(TEXT, b"one ", final=0), frame(CONTINUED, b"two ", final=0), frame(CONTINUED, b"three")
    whole = (TEXT, b"one two three")
    return [
        FrameCase("5.1 ping in fragments", (frame(PING, b"a", final=0), frame(CONTINUED, b"b")), fails=PROTOCOL_ERROR),
        FrameCase("5.2 pong in fragments", (frame(PONG, b"a", final=0), frame(CONTINUED, b"b")), fails=PROTOCOL_ERROR),
        FrameCase("5.3 two fragments", (frame(TEXT, b"a", final=0), frame(CONTINUED, b"b")), ((TEXT, b"ab"),)),
        FrameCase("5.4 three fragments", (one, two, three), (whole,)),
        FrameCase("5.5 chopped", (one, two, three), (whole,), chop=1),
        FrameCase("5.6 ping between", (one, frame(PING, b"p"), two, three), ((PONG, b"p"), whole)),
        FrameCase("5.7 pings between", (one, frame(PING, b"p"), two, frame(PING, b"q"), three), ((PONG, b"p"), (PONG, b"q"), whole)),  # noqa: E501
        FrameCase("5.9 continues nothing", (frame(CONTINUED, b"a"), frame(TEXT, b"b")), fails=PROTOCOL_ERROR),
        FrameCase("5.12 continues nothing, not final", (frame(CONTINUED, b"a", final=0),), fails=PROTOCOL_ERROR),
        FrameCase("5.15 continues what is whole", (one, three, frame(CONTINUED, b"x")), ((TEXT, b"one three"),), PROTOCOL_ERROR),  # noqa: E501
        FrameCase("5.18 begins anew", (one, frame(TEXT, b"x")), fails=PROTOCOL_ERROR),
        FrameCase("5.20 empty fragments", (frame(TEXT, final=0), frame(CONTINUED, final=0), frame(CONTINUED)), ((TEXT, b""),)),  # noqa: E501
        FrameCase("5.x bytes", (frame(BINARY, b"\x00", final=0), frame(CONTINUED, b"\xff")), ((BINARY, b"\x00\xff"),)),
    ]  # fmt: skip


# Sequences of Markus Kuhn's UTF-8 test, as Autobahn's group 6 has them.
_GOOD_UTF8 = [
    "Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "\u0000", "\u0080", "\u0800", "\U00010000", "\u007f", "\u07ff", "\uffff",
    "\U0010ffff", "\ud7ff", "\ue000", "\ufffd", "\ufffe", "\U0001fffe", "\ufdd0", "𝄞" * 50,
]  # fmt: skip
_BAD_UTF8 = [
    b"\xff", b"\xfe", b"\x80", b"\xbf", b"\xc0", b"\xc3", b"\xe0\x80", b"\xf0\x80\x80", b"\xce\xba\xed\xa0\x80edited",
    b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf", b"\xc1\xbf", b"\xe0\x9f\xbf",
    b"\xf0\x8f\xbf\xbf", b"\xc0\x80", b"\xed\xa0\x80", b"\xed\xaf\xbf", b"\xed\xbe\x80", b"\xed\xa0\x80\xed\xb0\x80",
    b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80", b"\xce", b"\xf4\x8f\xbf",
]  # fmt: skip


def _utf8() -> list[FrameCase]:
    """Group 6: text is UTF-8 as a whole, wherever fragments cut it; binary messages are what they are."""
    cases = []
    for text in _GOOD_UTF8:
        data = text.encode()
        cases.append(FrameCase(f"6 good {data[:12]!r}", (frame(TEXT, data),), ((TEXT, data),)))
    data = "κόσμε𝄞".encode()
    bytewise = [
        frame(TEXT if at == 0 else CONTINUED, data[at : at + 1], final=at == len(data) - 1) for at in range(len(data))
    ]
    cases.append(FrameCase("6.2 a byte in each fragment", tuple(bytewise), ((TEXT, data),)))
    for data in _BAD_UTF8:
        cases.append(FrameCase(f"6 bad {data[:12]!r}", (frame(TEXT, data),), fails=BAD_DATA))
    cut = (frame(TEXT, b"\xce\xba\xe1\xbd", final=0), frame(CONTINUED, b"\xff"))
    cases.append(FrameCase("6.3 bad across fragments", cut, fails=BAD_DATA))
    cases.append(FrameCase("6.x bad as bytes", (frame(BINARY, b"\xff\xfe"),), ((BINARY, b"\xff\xfe"),)))
    return cases


def _close(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason)


def _ends() -> list[FrameCase]:
    """Group 7: how connections end, and codes and reasons that are none."""
    cases = [
        FrameCase("7.1.1 after a message", (frame(TEXT, b"a"), _close(1000)), ((TEXT, b"a"),), closes=True),
        FrameCase("7.1.2 twice", (_close(1000), _close(1000)), closes=True),
        FrameCase("7.1.3 ping after it", (_close(1000), frame(PING)), closes=True),
        FrameCase("7.1.4 message after it", (_close(1000), frame(TEXT, b"a")), closes=True),
        FrameCase("7.1.5 in a message", (frame(TEXT, b"a", final=0), _close(1000)), closes=True),
        FrameCase("7.3.1 without a code", (frame(CLOSE),), closes=True),
        FrameCase("7.3.2 half a code", (frame(CLOSE, b"a"),), fails=PROTOCOL_ERROR),
        FrameCase("7.3.4 with a reason", (_close(1000, b"Hello"),), closes=True),
        FrameCase("7.3.5 with the longest", (_close(1000, b"*" * 123),), closes=True),
        FrameCase("7.3.6 with a longer", (_close(1000, b"*" * 124),), fails=PROTOCOL_ERROR),
        FrameCase("7.5.1 a reason that is no UTF-8", (_close(1000, b"\xce\xba\xed\xa0\x80"),), fails=BAD_DATA),
    ]
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        cases.append(FrameCase(f"7.7 code {code}", (_close(code),), closes=True))
    for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999):
        cases.append(FrameCase(f"7.9 code {code}", (_close(code),), fails=PROTOCOL_ERROR))
    return cases


CASES = [*_messages(), *_pings(), *_reserved(), *_fragments(), *_utf8(), *_ends()]
