"""A migration as the text of its file: plain Alembic, without a line of the app in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, Final

from alembic.autogenerate import render_python_code
from alembic.autogenerate.render import _repr_type
from sqlalchemy import Boolean, Enum, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

from .enums import EnumChange
from .renaming import Rename

_TEMPLATE: Final = '''"""{title}"""

import sqlalchemy as sa
from alembic import op
{imports}
revision = "{revision}"
down_revision = {parents}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
'''
EMPTY: Final = "pass  # write the steps here: op.execute(...), or a DataStep (see the documentation of migrations)"


class Text:
    """What a file is made of, for one kind of database."""

    def __init__(self, dialect: str, title: str, revision: str, parents: Sequence[str]) -> None:
        self.dialect = dialect
        self.title = title
        self.revision = revision
        self.parents = parents

    def empty(self) -> str:
        """A file to write steps into."""
        return self._fill(EMPTY, "pass", ())

    def render(self, script: Any, renamed: Sequence[Rename], enums: Sequence[EnumChange]) -> str:
        """A file with these changes."""
        imports: set[str] = set()
        before = [row.there for row in renamed]
        after: list[str] = []
        last = [row.back for row in reversed(renamed)]
        first: list[str] = []
        for change in enums:
            lines, ends = change.forwards()
            before, after = before + lines, after + ends
            lines, ends = change.backwards()
            first, last = first + lines, ends + last
        upgrade = self._body(script.upgrade_ops, before, after, imports)
        downgrade = self._body(script.downgrade_ops, first, last, imports)
        for dialect in ("postgresql", "mysql", "sqlite"):
            if f"{dialect}." in upgrade + downgrade:
                imports.add(f"from sqlalchemy.dialects import {dialect}")
        return self._fill(upgrade, downgrade, imports)

    def _fill(self, upgrade: str, downgrade: str, imports: Iterable[str]) -> str:
        names = [f'"{parent}"' for parent in self.parents]
        return _TEMPLATE.format(
            title=self.title.replace("\\", " ").replace('"', "'"),
            imports="".join(f"{line}\n" for line in sorted(imports)),
            revision=self.revision,
            parents=f"({', '.join(names)})" if len(names) > 1 else (names or ["None"])[0],
            upgrade=upgrade,
            downgrade=downgrade,
        )

    def _body(self, operations: Any, before: list[str], after: list[str], imports: set[str]) -> str:
        def item(kind: str, thing: Any, context: Any) -> Any:
            return self._plain_type(thing, context, imports) if kind == "type" else False

        code = render_python_code(operations, render_as_batch=self.dialect == "sqlite", render_item=item)
        code = "" if operations.is_empty() else re.sub(r"^ *# .*\n?", "", code, flags=re.MULTILINE).strip()
        lines = [[f"op.execute({statement!r})" for statement in some] for some in (before, after)]
        return "\n    ".join(part for part in (*lines[0], code, *lines[1]) if part) or "pass"

    def _plain_type(self, kind: Any, context: Any, imports: set[str]) -> Any:
        """Our own types as what they are in the database, so that a migration never needs the app's code."""
        if type(kind).__name__ == "UTCDateTime":
            imports.add("from sqlalchemy.dialects import mysql")
            return 'sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")'
        if isinstance(kind, Enum) and kind.native_enum and self.dialect == "postgresql":
            members = ", ".join(repr(one) for one in kind.enums)
            return f"postgresql.ENUM({members}, name={kind.name!r}, create_type=False)"
        if isinstance(kind, Boolean | Enum) and kind.create_constraint:
            plain: Any = copy(kind)
            plain.create_constraint = False  # its check is written by its name
            return _repr_type(plain, context, _skip_variants=True)
        if isinstance(kind, JSONB):  # its repr names another type, without the module that has it
            return f"postgresql.JSONB(none_as_null={kind.none_as_null})"
        if isinstance(kind, TypeDecorator):
            return _repr_type(kind.impl_instance, context)
        return False


def with_allowed(text: str, allowed: Mapping[str, str]) -> str:
    """The text with the dangers that were accepted, and why."""
    lines = "".join(f"# allow {code}: {why}\n" for code, why in sorted(allowed.items()))
    return text.replace("\nrevision = ", f"\n{lines}revision = ", 1) if lines else text


_ALLOWED: Final = re.compile(r"^# allow ([a-z-]+):[ \t]*(.*)$", re.MULTILINE)


def allowed_in(text: str) -> dict[str, str]:
    """The dangers that a file accepts, and why."""
    return {found[1]: found[2].strip() for found in _ALLOWED.finditer(text)}


def describe(operations: Iterable[Any], renamed: Iterable[Rename], enums: Iterable[EnumChange]) -> str:
    """A title from what is done first: `create post`, `create post and tag`, `create post and 5 more`."""
    words = [f"rename {row.old} to {row.new.rpartition('.')[2]}" for row in renamed if not row.follows]
    made: set[str] = set()
    for operation in operations:
        kind = type(operation).__name__
        verb = {"CreateTableOp": "create", "DropTableOp": "drop", "ModifyTableOps": "change"}.get(kind)
        if verb and not (verb == "change" and operation.table_name in made):  # An index belongs to its new table.
            words.append(f"{verb} {operation.table_name}")
        if verb == "create":
            made.add(operation.table_name)
    words += [f"change {change.name}" for change in enums]
    if len(words) > 2:
        words[1:] = [f"{len(words) - 1} more"]
    elif len(words) == 2 and words[0].partition(" ")[0] == words[1].partition(" ")[0] != "rename":
        words[1] = words[1].partition(" ")[2]
    return " and ".join(words) or "change indexes"


def slug(title: str) -> str:
    """The words of a title that fit into a name: Alembic's table takes 32 letters."""
    name = ""
    for word in re.findall(r"[a-z0-9]+", title.lower()):
        if len(name) + len(word) > 26:
            name = re.sub(r"_and(_(create|change|drop|rename|\d+))?$", "", name)
            break
        name += f"_{word}"
    return name.strip("_") or "migration"
