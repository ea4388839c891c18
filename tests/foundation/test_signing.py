"""Signed tokens: what was signed comes back, and nothing else ever does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.errors import SetupError, SetupErrors
from demijohn.foundation.signing import (
    NEW_KEY_COMMAND,
    BadSignature,
    SignatureExpired,
    Signer,
    key_problem,
)

OLD = "old-kJ8-6Wc5Yq0Ztq1cJx4b2v9nM3sLdF7hGpRa"
NEW = "new-Vb7Qe1Xz0Lw3Rt5Ny8Uk2Im4Op6As9Df1Gh3"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Clock:
    """Seconds since 1970 that go on when told."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def bad(signer: Signer, token: Any) -> bool:
    """Whether the token is BadSignature itself, neither good nor expired nor any other exception."""
    with pytest.raises(BadSignature) as caught:
        signer.unsign(token, max_age=60)
    return type(caught.value) is BadSignature and caught.value.signed_at is None


@given(st.binary(max_size=300))
def test_bytes_come_back(payload: bytes) -> None:
    """Any bytes survive, and the token needs no escaping in a URL or cookie."""
    token = Signer(NEW, "test").sign(payload)
    assert set(token) <= set(ALPHABET)
    assert Signer(NEW, "test").unsign(token) == payload


def test_text_is_utf_8() -> None:
    """Text is signed as UTF-8."""
    signer = Signer(NEW, "test")
    assert signer.unsign(signer.sign("é")) == b"\xc3\xa9"


def test_the_documented_format() -> None:
    """A token made by hand from the description is good: time, payload, HMAC-SHA256, derived key."""
    parts = (b"demijohn.signing.1", b"invitation")
    derivation = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    key = hmac.new(NEW.encode(), derivation, hashlib.sha256).digest()
    signed = (1_700_000_000_000).to_bytes(8, "big") + b"ann"
    raw = signed + hmac.new(key, signed, hashlib.sha256).digest()
    token = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    signer = Signer(NEW, "invitation", clock=Clock())
    assert signer.sign("ann") == token
    assert signer.unsign(token, max_age=0) == b"ann"


def test_every_single_flip_cut_and_addition_is_bad() -> None:
    """B126: each character replaced by each other one, each prefix and suffix, each bit of the bytes."""
    signer = Signer([NEW, OLD], "session", clock=Clock())
    token = signer.sign("ann")
    for index, right in enumerate(token):
        for wrong in ALPHABET:
            if wrong != right:
                assert bad(signer, token[:index] + wrong + token[index + 1 :])
        assert bad(signer, token[:index])
        assert bad(signer, token[index + 1 :])
        assert bad(signer, token[:index] + token[index + 1 :])
    for extra in (*ALPHABET, "=", "==", "\n", " ", ".", "AAAA", token):
        assert bad(signer, token + extra)
        assert bad(signer, extra + token)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for index in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[index // 8] ^= 1 << index % 8
        assert bad(signer, base64.urlsafe_b64encode(flipped).rstrip(b"=").decode())


@pytest.mark.parametrize("length", [1, 2, 3])
def test_one_token_has_one_spelling(length: int) -> None:
    """Padding, spare bits, the other base64 alphabet and stray characters are all refused."""
    signer = Signer(NEW, "session")
    token = next(
        token
        for token in (signer.sign(bytes([255, 254, number])[:length] * 2) for number in range(256))
        if "-" in token or "_" in token
    )
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    spellings = {token + "=" * (-len(token) % 4), token.replace("-", "+").replace("_", "/")}
    spellings |= {token[:4] + stray + token[4:] for stray in "\n\r\t .!\0=~"}
    spellings |= {token[:-1] + last for last in ALPHABET}
    same = [other for other in spellings - {token} if base64.urlsafe_b64decode(other + "==") == raw]
    assert same
    assert all(bad(signer, other) for other in spellings - {token})
    assert signer.unsign(token)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "=",
        "a",
        "A" * 1_000_000,
        "A" * 999_997,
        "é" * 40,
        "\ud800" * 54,
        "\0" * 54,
        "\uff21\uff22\uff23" * 20,
        None,
        b"AAAA",
        7,
    ],
    ids=lambda token: repr(token)[:12],
)
def test_nonsense_is_bad_and_nothing_else(token: Any) -> None:
    """Empty, one character, a megabyte, non-ASCII, control characters, no text at all."""
    assert bad(Signer(NEW, "session"), token)


@given(st.one_of(st.text(max_size=200), st.text(ALPHABET, max_size=200)))
def test_no_text_makes_another_exception(token: str) -> None:
    """Whatever a visitor sends is BadSignature."""
    signer = Signer(NEW, "session")
    assert bad(signer, token)
    with pytest.raises(BadSignature):
        signer.loads(token)


def test_keys_rotate() -> None:
    """B128: the first key signs, the others verify, a key that is gone does neither (CVE-2025-47278)."""
    both = Signer([NEW, OLD], "session")
    assert Signer(NEW, "session").unsign(both.sign("a")) == b"a"
    old_token = Signer(OLD, "session").sign("b")
    assert both.unsign(old_token) == b"b"
    assert bad(Signer(NEW, "session"), old_token)
    assert bad(Signer(OLD, "session"), both.sign("a"))


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_purposes_are_apart(one: str, other: str) -> None:
    """A token is good for its own purpose only, whatever the names (CVE-2026-6873)."""
    token = Signer(NEW, one).sign("a")
    assert Signer(NEW, one).unsign(token) == b"a"
    if one != other:
        assert bad(Signer(NEW, other), token)


def test_purpose_and_key_do_not_run_together() -> None:
    """The end of a key moved to the beginning of the purpose, or of the payload, is another signer."""
    assert bad(Signer(NEW[:-2], NEW[-2:] + "session"), Signer(NEW, "session").sign("a"))
    assert bad(Signer(NEW, "sessiona"), Signer(NEW, "session").sign("a"))


def test_tokens_expire() -> None:
    """A token is good up to and at `max_age`, then expired, with its time; without `max_age` for ever."""
    clock = Clock()
    signer = Signer(NEW, "session", clock=clock)
    token = signer.sign("a")
    clock.now += 60
    assert signer.unsign(token, max_age=60) == b"a"
    assert signer.unsign(token, max_age=timedelta(minutes=1)) == b"a"
    clock.now += 1
    for max_age in (60, 60.9, timedelta(minutes=1), 0, -1, float("nan")):
        with pytest.raises(SignatureExpired) as caught:
            signer.unsign(token, max_age=max_age)
        assert caught.value.signed_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert issubclass(SignatureExpired, BadSignature)
    assert signer.unsign(token) == b"a"


def test_a_forged_token_is_never_called_expired() -> None:
    """The age is looked at after the signature: a stranger learns nothing from old forgeries."""
    clock = Clock()
    token = Signer(OLD, "session", clock=clock).sign("a")
    clock.now += 1000
    assert bad(Signer(NEW, "session", clock=clock), token)


def test_clocks_may_differ_by_a_minute() -> None:
    """A token from a server whose clock runs a little ahead is good, one from the far future is not."""
    clock = Clock()
    signer = Signer(NEW, "session", clock=clock)
    token = signer.sign("a")
    clock.now -= 59
    assert signer.unsign(token, max_age=0) == b"a"
    clock.now -= 10
    assert bad(signer, token)


@pytest.mark.parametrize("value", [None, 1, "é", [1, {"a": [True, 2.5]}], {}])
def test_json_values_come_back(value: Any) -> None:
    """`loads` gives what `dumps` was given, and looks at the age."""
    clock = Clock()
    signer = Signer(NEW, "session", clock=clock)
    token = signer.dumps(value)
    assert signer.loads(token, max_age=1) == value
    clock.now += 2
    with pytest.raises(SignatureExpired):
        signer.loads(token, max_age=1)


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff", b'"\xff"', b"[" * 100_000])
def test_signed_but_no_json_is_bad(payload: bytes) -> None:
    """A token of `sign` is not read by `loads` as something else, nor does it crash."""
    signer = Signer(NEW, "session")
    with pytest.raises(BadSignature):
        signer.loads(signer.sign(payload))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "changeme",
        "changeme-" * 6,
        NEW[:31],
        NEW[:31].encode(),
        "a" * 64,
        "0123456" * 8,
        "django-insecure-8(x)2kd0e1z$7q!m4b^p3w5n6v9c",
        "YOUR-SECRET-KEY-GOES-HERE-AND-IS-LONG",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    ],
)
def test_weak_keys_are_refused(key: str | bytes) -> None:
    """B134: short, default, guessable and published keys stop the app, show the cure and not the key."""
    with pytest.raises(SetupError) as caught:
        Signer(key, "session")
    assert caught.value.code == "DMJ0610"
    assert NEW_KEY_COMMAND in str(caught.value)
    assert len(key) < 20 or str(key) not in str(caught.value)


def test_weak_fallbacks_are_refused_together() -> None:
    """Each weak key is told, by its place in the list."""
    with pytest.raises(SetupErrors) as caught:
        Signer([NEW, "short", OLD, "changeme"], "session")
    assert [error.what.partition(")")[0] for error in caught.value.errors] == [
        "The key to sign with (SECRET_KEY, fallback 1",
        "The key to sign with (SECRET_KEY, fallback 3",
    ]


def test_no_keys_and_no_purpose_are_refused() -> None:
    """A signer needs both."""
    with pytest.raises(SetupError, match="SECRET_KEY is not set"):
        Signer([], "session")
    with pytest.raises(SetupError, match="without a purpose"):
        Signer(NEW, "")


def test_the_advised_command_makes_good_keys() -> None:
    """What the message tells to run gives keys that pass, and so do hexadecimal keys."""
    assert "secrets.token_urlsafe(32)" in NEW_KEY_COMMAND
    for _ in range(200):
        assert key_problem(secrets.token_urlsafe(32)) is None
        assert key_problem(secrets.token_hex(32)) is None
        assert key_problem(secrets.token_bytes(32)) is None


def test_a_signer_does_not_show_its_keys() -> None:
    """`repr` is safe on a debug page."""
    assert repr(Signer([NEW, OLD], "session")) == "<Signer 'session', 2 keys>"


def test_every_key_is_compared_whole_whichever_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that time tells neither which key signed nor how much of a forgery was right (CVE-2019-16782)."""
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def counted(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    tokens = [Signer(NEW, "session").sign("a"), Signer(OLD, "session").sign("a"), Signer(OLD, "other").sign("a")]
    monkeypatch.setattr("demijohn.foundation.signing.hmac.compare_digest", counted)
    for token in tokens:
        compared.clear()
        with suppress(BadSignature):
            Signer([NEW, OLD], "session").unsign(token)
        assert compared == [(32, 32), (32, 32)]


def test_reading_a_token_unpickles_and_imports_nothing() -> None:
    """B126: whatever the payload says, good signature or bad."""
    code = f"""
import pickle, sys
from demijohn.foundation.signing import BadSignature, Signer
signer = Signer({NEW!r}, "session")
signer.loads(signer.dumps({{"a": 1}}))
seen, hostile = [], ("pickle.find_class", "import", "exec", "open")
sys.addaudithook(lambda event, _: seen.append(event) if event in hostile else None)
for payload in (pickle.dumps(print), b"c__builtin__\\nprint\\n(tR.", b'{{"py/object": "os.system"}}'):
    for token in (signer.sign(payload), signer.sign(payload)[:-1] + "A"):
        try:
            signer.loads(token)
        except BadSignature:
            pass
print(seen)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
