"""SQL of one's own, as far as it can be judged by its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from . import safety
from .safety import SERVERS, Danger

_NAME: Final = r'(?:[`"\w.]+)'
_TABLE: Final = rf"(?:TABLE\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:ONLY\s+)?)({_NAME})"
_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_HARMLESS: Final = re.compile(
    r"ALTER INDEX \S+ RENAME|CREATE (?:TYPE|EXTENSION|SCHEMA|SEQUENCE|TABLE|TEMP)|DROP TYPE|ALTER TYPE \S+ ADD VALUE"
    r"|.*\b(?:VALIDATE|RENAME) CONSTRAINT|.*\bRENAME INDEX|.*\b(?:SET|DROP) DEFAULT|COMMENT ON|ANALYZE",
    re.IGNORECASE | re.DOTALL,
)

_Judge = Callable[[Any, str], Danger | None]


def _server(judge: Callable[[Any, str], Danger]) -> _Judge:
    return lambda found, dialect: judge(found, dialect) if dialect in SERVERS else None


def _postgresql(judge: Callable[[Any, str], Danger]) -> _Judge:
    return lambda found, dialect: judge(found, dialect) if dialect == "postgresql" else None


def _added_constraint(found: Any, dialect: str) -> Danger | None:
    table, kind, rest = found[1], found[2].upper(), found[3].upper()
    if "NOT VALID" in rest or "USING INDEX" in rest:
        return None
    if kind.startswith("FOREIGN"):
        return safety.foreign_key(table, dialect)
    if kind.startswith("PRIMARY"):
        return safety.primary_key(table)
    return (
        safety.check(table, dialect) if kind == "CHECK" else safety.unique(table) if dialect == "postgresql" else None
    )


_RULES: Final[list[tuple[str, _Judge]]] = [
    (rf"DROP\s+{_TABLE}", lambda found, _: safety.drop_table(found[1])),
    (rf"ALTER\s+{_TABLE}\s+DROP\s+COLUMN\s+(?:IF\s+EXISTS\s+)?({_NAME})",
     lambda found, _: safety.drop_column(f"{found[1]}.{found[2]}")),
    (rf"TRUNCATE\s+(?:TABLE\s+)?({_NAME})",
     lambda found, _: Danger("truncate", f"TRUNCATE deletes all rows of {found[1]}, and cannot be taken back "
                             "on MariaDB and MySQL.", "Delete what must go, in batches, after a copy was kept.")),
    (rf"ALTER\s+{_TABLE}\s+RENAME\s+COLUMN\s+({_NAME})\s+TO\s+({_NAME})",
     _server(lambda found, _: safety.rename_column(f"{found[1]}.{found[2]}", found[3]))),
    (rf"ALTER\s+{_TABLE}\s+RENAME\s+(?:TO|AS)\s+({_NAME})",
     _server(lambda found, _: safety.rename_table(found[1], found[2]))),
    (rf"RENAME\s+TABLE\s+({_NAME})\s+TO\s+({_NAME})",
     _server(lambda found, _: safety.rename_table(found[1], found[2]))),
    (rf"CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)(?:IF\s+NOT\s+EXISTS\s+)?({_NAME})\s+ON\s+(?:ONLY\s+)?({_NAME})",
     _postgresql(lambda found, _: safety.index(found[2], found[1]))),
    (rf"DROP\s+INDEX\s+(?!CONCURRENTLY)(?:IF\s+EXISTS\s+)?({_NAME})",
     _postgresql(lambda found, _: safety.drop_index(found[1]))),
    (rf"ALTER\s+{_TABLE}\s+ADD\s+(?:CONSTRAINT\s+{_NAME}\s+)?(FOREIGN\s+KEY|PRIMARY\s+KEY|CHECK|UNIQUE)\b(.*)",
     lambda found, dialect: _added_constraint(found, dialect) if dialect in SERVERS else None),
    (rf"ALTER\s+{_TABLE}\s+ALTER\s+(?:COLUMN\s+)?({_NAME})\s+(?:SET\s+DATA\s+)?TYPE\b",
     _server(lambda found, _: safety.change_type(f"{found[1]}.{found[2]}"))),
    (rf"ALTER\s+{_TABLE}\s+(?:MODIFY|CHANGE)\s+(?:COLUMN\s+)?({_NAME})",
     _server(lambda found, _: safety.change_type(f"{found[1]}.{found[2]}"))),
    (rf"ALTER\s+{_TABLE}\s+ALTER\s+(?:COLUMN\s+)?({_NAME})\s+SET\s+NOT\s+NULL",
     _server(lambda found, dialect: safety.set_not_null(f"{found[1]}.{found[2]}", dialect))),
    (rf"ALTER\s+TYPE\s+({_NAME})\s+RENAME\s+TO\s+\S+_old\b",
     _server(lambda found, _: Danger("enum", f"Members of {found[1]} go: its type is made anew, each table that has "
                                     "it is rewritten, and rows with these members make it fail.",
                                     "Change the rows first, in batches, and leave the members where they are."))),
    (rf"(?:UPDATE\s+(?:ONLY\s+)?|DELETE\s+FROM\s+)({_NAME})", _server(lambda found, _: safety.backfill(found[1]))),
    (rf"LOCK\s+TABLES?\s+({_NAME})|(?:VACUUM\s+FULL|CLUSTER|REINDEX\s+(?!.*CONCURRENTLY))\s*(.*)",
     _server(lambda found, _: Danger("lock", f"This locks {found[1] or found[2] or 'tables'} against all others.",
                                     "Do it when nobody works, by hand, with a lock_timeout; not in a migration."))),
]  # fmt: skip
_COMPILED: Final = [(re.compile(pattern, re.IGNORECASE | re.DOTALL), judge) for pattern, judge in _RULES]
_UNKNOWN: Final = re.compile(r"(?:ALTER|DROP)\b", re.IGNORECASE)


def made_tables(texts: Iterable[str]) -> set[str]:
    """The tables that statements make: what follows on them harms nobody."""
    made = re.compile(rf"\s*CREATE\s+(?:TEMP\w*\s+)?{_TABLE}", re.IGNORECASE)
    return {_plain(found[1]) for text in texts if (found := made.match(text))}


def judge(text: str, new: set[str], dialect: str) -> Iterator[Danger]:
    """The dangers of some SQL, each statement by itself."""
    for statement in _COMMENT.sub(" ", text).split(";"):
        words = " ".join(statement.split())
        if words:
            yield from _judge_one(words, new, dialect)


def _judge_one(words: str, new: set[str], dialect: str) -> Iterator[Danger]:
    known = False
    for pattern, rule in _COMPILED:
        found = pattern.match(words)
        if found is None:
            continue
        known = True
        danger = rule(found, dialect)
        if danger is not None and not {_plain(name) for name in found.groups() if name} & new:
            yield danger
    if not known and _UNKNOWN.match(words) and not _HARMLESS.match(words) and dialect in SERVERS:
        yield Danger("raw-sql", f"What this does cannot be judged: {words[:100]}",
                     "Read what it locks and for how long; then allow it, with the reason.")  # fmt: skip


def _plain(name: str) -> str:
    return re.sub(r'[`"]', "", name)
