"""Logging, set up where nobody else has: lines of text while one develops, lines of JSON in production.

It is Python's own logging throughout. An app that configures it itself (before the app starts) keeps what it has.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from collections.abc import Generator
from typing import Any

import msgspec

from ...foundation.current import current
from ...foundation.masking import mask
from ...kernel.failures import printable, shown_path
from .traces import trace_of

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMATS = ("auto", "text", "json")
ACCESS = "demijohn.access"

# Set by `demijohn dev`, which shows every request itself.
SHOWN = "_DEMIJOHN_SHOWS_REQUESTS"

# What every record has: the rest was given by whoever logged it.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CONTROL = re.compile(r"[^\n\t\x20-\x7e\xa0-\U0010ffff]|[\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def logging_set_up(*, level: str, as_text: bool) -> Generator[None, None, None]:
    """Write what is logged to standard output while the app runs, unless somebody else sees to it."""
    access = logging.getLogger(ACCESS)
    if access.level == logging.NOTSET:
        access.setLevel(logging.INFO)
    root = logging.getLogger()
    if root.handlers or logging.getLogger("demijohn").handlers:
        yield
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(TextFormatter() if as_text else JSONFormatter())
    if os.environ.get(SHOWN) == "1":
        handler.addFilter(lambda record: record.name != ACCESS)
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def safe(text: str) -> str:
    r"""A text of several lines without other control characters, and without passwords in URLs.

    >>> safe("postgresql://ann:S3CR3T@db\x1b[2J")
    'postgresql://ann:********@db\\x1b[2J'
    """
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}" if found[0] < "\u0100" else _escaped(found),
                        str(mask("", text)))  # fmt: skip


def _escaped(found: re.Match[str]) -> str:
    """As JSON and Python both read it."""
    return f"\\u{ord(found[0]):04x}"


class RequestFilter(logging.Filter):
    """For a logging configuration of one's own: gives each record `request_id`, `trace_id`, `method` and `path`.

    Outside of a request, and where no trace came, they are "-". Nothing in them can begin a line of its own.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, with what its request is called; what a caller gave stays."""
        request = current.get()
        ids = _ids(record)
        record.request_id = ids.get("request_id", "-")
        record.trace_id = ids.get("trace_id", "-")
        if not hasattr(record, "method"):
            record.method = "-" if request is None else printable(request.method[:32])
        if not hasattr(record, "path"):
            record.path = "-" if request is None else shown_path(request)
        return True


class TextFormatter(logging.Formatter):
    """One line for each record; what follows it, such as a traceback, is indented and can pose as no other line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, who, what, and the request it belongs to."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        if record.name == ACCESS:
            return f"{clock} {safe(record.getMessage())}"
        first, *rest = safe(record.getMessage()).split("\n")
        if record.exc_info:
            rest += safe(record.exc_text or self.formatException(record.exc_info)).split("\n")
        name = _request_id(record)
        head = f"{clock} {record.levelname} {record.name}: {first}{f' ({name})' if name and name not in first else ''}"
        return "\n  ".join([head, *rest])


class JSONFormatter(logging.Formatter):
    """One JSON object for each record, on one line: time, level, logger, message, and what else was given."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        members: dict[str, Any] = {
            "time": f"{seconds}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": "request" if record.name == ACCESS else safe(record.getMessage()),
        }
        members.update(_ids(record))
        if record.exc_info:
            members["exception"] = safe(record.exc_text or self.formatException(record.exc_info))
        for name, value in _extras(record).items():
            members.setdefault(name, value)  # What a caller adds cannot replace what the record itself says.
        try:
            line = msgspec.json.encode(members, enc_hook=repr)
        except Exception:  # Something given along is none of JSON's: the line is written all the same.
            line = msgspec.json.encode({safe(name): safe(str(value)) for name, value in members.items()})
        return _CONTROL.sub(_escaped, line.decode())


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {
        name: safe(value) if isinstance(value, str) else value
        for name, value in vars(record).items()
        if name not in _STANDARD
    }


def _request_id(record: logging.LogRecord) -> str:
    return safe(str(getattr(record, "request_id", "") or current.request_id or ""))


def _ids(record: logging.LogRecord) -> dict[str, str]:
    """The ids of the request that a record belongs to, and of its trace, as far as there are any."""
    request = current.get()
    trace = getattr(record, "trace_id", "") or ("" if request is None else trace_of(request))
    ids = {"request_id": _request_id(record), "trace_id": safe(str(trace))}
    return {name: value for name, value in ids.items() if value}
