"""What must not be shown: values whose name or shape says that they are secret, and characters that deceive.

A debug page ends up in screenshots, chats and issue trackers. Masking is by name (`password`, `api_key`, ...)
and by shape where a secret hides in a longer text (`postgres://user:password@host`, `Bearer ...`).
"""

from __future__ import annotations

import re

HIDDEN = "[hidden]"

_WORDS = "pass|secret|token|key|auth|cookie|dsn|cred|session|sign"
_SECRET_NAME = re.compile(_WORDS, re.IGNORECASE).search
# Everyday words with a secret one inside of them. `author_token` is secret still: its rest is looked at.
_HARMLESS = re.compile(
    r"(?i)(?<![a-z])(authors?|assign(ed|ment|ments)?|design(er|ers|s)?|keywords?|keyboards?|passages?|"
    r"passengers?|passed|compass|signals?)(?![a-z])"
)

# user:password@ in a URL, whatever its scheme.
_URL_PASSWORD = re.compile(r"(?<=://)([^\s/?#@:'\"]*):([^\s/?#'\"]*)@")
# A scheme of HTTP authentication and its credentials (RFC 9110, section 11.4).
_CREDENTIALS = re.compile(r"\b(Bearer|Basic|Digest|Token)\s+[\w.~+/=-]{6,}", re.IGNORECASE)
_PRIVATE_KEY = re.compile(r"-----BEGIN [^-\n]*PRIVATE KEY-----.*?(-----END [^-\n]*-----|\Z)", re.DOTALL)
# name=value, name: 'value', ('name', 'value') and {'name': value} inside of somebody's own repr.
_PAIR = re.compile(
    rf"""(?ix)
    (?P<name> [\w.-]{{0,40}} (?:{_WORDS}) [\w.-]{{0,40}} )
    (?P<between> ['"]? \s* [=:,] \s* )
    (?P<value>
        [bBrRuU]? (?: '(?:[^'\\\n]|\\.)*'? | "(?:[^"\\\n]|\\.)*"? )
      | (?![\w.-]+\s+=\s) [^\s,;&'"(){{}}\[\]<>]+ )
    """
)

# In source code only what is surely a secret is hidden: a text, assigned to a name that says so.
_IN_SOURCE = re.compile(
    r"""(?ix) (?:passw|secret|token|api_?key|private_?key|credential|dsn) [\w-]* (?:['"]\])?
    (?: ['"]? \s* : | \s* = ) \s* [rbfu]{0,2} (?P<quote>['"]) (?P<value> (?:(?!(?P=quote)).)+ )"""
)

_DECEIVING = re.compile(
    r"[^\t\n\x20-\x7e\xa0-\U0010ffff]|[\ud800-\udfff]|[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)


def is_secret(name: object) -> bool:
    """Whether a name says that its value is secret.

    >>> is_secret("SECRET_KEY"), is_secret("db_password"), is_secret("author"), is_secret(3)
    (True, True, False, False)
    """
    if isinstance(name, bytes):
        name = name.decode("latin-1")
    return isinstance(name, str) and bool(_SECRET_NAME(_HARMLESS.sub("", name[:200])))


def scrub(text: str) -> str:
    """Text without the secrets that show by their shape: passwords in URLs, credentials, private keys.

    >>> scrub("cannot connect to postgres://ann:hunter2@db/shop")
    'cannot connect to postgres://ann:[hidden]@db/shop'
    """
    if "://" in text:
        text = _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", text)
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(HIDDEN, text)
    return _CREDENTIALS.sub(rf"\1 {HIDDEN}", text)


def scrub_pairs(text: str) -> str:
    """Like `scrub`, and hides what stands beside a secret name: for the `repr` of things we cannot look into.

    >>> scrub_pairs("Settings(debug=True, api_token='abc', retries=3)")
    'Settings(debug=True, api_token=[hidden], retries=3)'
    """
    return _PAIR.sub(_hide_value, scrub(text))


def blanked(source: str) -> str:
    """A line of source with its secrets blanked, each as long as it was, so that columns stay true.

    >>> blanked("PASSWORD = 'hunter2'"), blanked("url = 'redis://:hunter2@cache'")
    ("PASSWORD = '•••••••'", "url = 'redis://:•••••••@cache'")
    """
    for pattern, group in ((_URL_PASSWORD, 2), (_IN_SOURCE, "value")):
        for match in pattern.finditer(source):
            start, end = match.span(group)
            source = source[:start] + "•" * (end - start) + source[end:]
    return source


def _hide_value(match: re.Match[str]) -> str:
    if not is_secret(match["name"]) or match["value"] in {"None", "True", "False", "''", '""'}:
        return match[0]
    return f"{match['name']}{match['between']}{HIDDEN}"


def printable(text: str) -> str:
    r"""Text that shows what is in it: control and bidi characters and lone surrogates become escapes.

    >>> printable("a\x00b\u202ec")
    'a\\x00b\\u202ec'
    """
    return _DECEIVING.sub(_escape, text.replace("\r\n", "\n"))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
