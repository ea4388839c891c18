"""Each rule: what it catches in operations and in SQL of one's own, on which databases, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import ops

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.migrations import History, Maker
from demijohn.batteries.database.migrations.safety import find_dangers
from demijohn.batteries.database.model import BareModel

ALL = {"sqlite", "postgresql", "mariadb", "mysql"}
SERVERS = ALL - {"sqlite"}
POSTGRESQL = {"postgresql"}


def add(*arguments: Any, **options: Any) -> ops.AddColumnOp:
    return ops.AddColumnOp("post", sa.Column("x", *arguments, **options))


def alter(**options: Any) -> ops.AlterColumnOp:
    return ops.AlterColumnOp("post", "x", **options)


def sql(text: str) -> ops.ExecuteSQLOp:
    return ops.ExecuteSQLOp(text)


CASES = [
    (ops.DropTableOp("post"), "drop-table", ALL),
    (ops.DropColumnOp("post", "x"), "drop-column", ALL),
    (add(sa.Integer, nullable=False), "not-null", ALL),
    (add(sa.Integer, sa.Computed("1", persisted=True)), "stored", SERVERS),
    (add(sa.Integer, sa.Identity()), "counted", SERVERS),
    (add(sa.Uuid, server_default=sa.text("gen_random_uuid()")), "volatile-default", POSTGRESQL),
    (alter(modify_type=sa.Integer(), existing_type=sa.String(9)), "change-type", SERVERS),
    (alter(modify_type=sa.String(5), existing_type=sa.String(9)), "change-type", SERVERS),
    (alter(modify_type=sa.String(99), existing_type=sa.String(9)), "change-type", SERVERS - POSTGRESQL),
    (alter(modify_nullable=False), "set-not-null", SERVERS),
    (alter(modify_name="y"), "rename-column", SERVERS),
    (ops.RenameTableOp("post", "page"), "rename-table", SERVERS),
    (ops.CreateIndexOp("ix", "post", ["x"]), "index", POSTGRESQL),
    (ops.DropIndexOp("ix", "post"), "drop-index", POSTGRESQL),
    (ops.CreateForeignKeyOp("fk", "post", "page", ["x"], ["id"]), "foreign-key", SERVERS),
    (ops.CreateCheckConstraintOp("ck", "post", "x > 0"), "check", SERVERS),
    (ops.CreateUniqueConstraintOp("uq", "post", ["x"]), "unique", POSTGRESQL),
    (ops.CreatePrimaryKeyOp("pk", "post", ["x"]), "primary-key", SERVERS),
    (ops.DropConstraintOp("pk", "post", "primary"), "primary-key", SERVERS),
    (sql("DROP TABLE IF EXISTS post"), "drop-table", ALL),
    (sql('ALTER TABLE "post" DROP COLUMN x'), "drop-column", ALL),
    (sql("truncate post"), "truncate", ALL),
    (sql("ALTER TABLE post RENAME TO page"), "rename-table", SERVERS),
    (sql("RENAME TABLE post TO page"), "rename-table", SERVERS),
    (sql("ALTER TABLE post RENAME COLUMN x TO y"), "rename-column", SERVERS),
    (sql("-- soon\nCREATE UNIQUE INDEX ix ON post (x)"), "index", POSTGRESQL),
    (sql("DROP INDEX ix"), "drop-index", POSTGRESQL),
    (sql("ALTER TABLE post ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES page (id)"), "foreign-key", SERVERS),
    (sql("ALTER TABLE post ADD CONSTRAINT c CHECK (x > 0)"), "check", SERVERS),
    (sql("ALTER TABLE post ADD UNIQUE (x)"), "unique", POSTGRESQL),
    (sql("ALTER TABLE post ALTER COLUMN x TYPE bigint"), "change-type", SERVERS),
    (sql("ALTER TABLE post MODIFY x bigint"), "change-type", SERVERS),
    (sql("ALTER TABLE post ALTER x SET NOT NULL"), "set-not-null", SERVERS),
    (sql("UPDATE post SET x = 1"), "backfill", SERVERS),
    (sql("SELECT 1; DELETE FROM post"), "backfill", SERVERS),
    (sql("LOCK TABLE post"), "lock", SERVERS),
    (sql("VACUUM FULL"), "lock", SERVERS),
    (sql("ALTER TYPE state RENAME TO state_old"), "enum", SERVERS),
    (sql("ALTER TABLE post CLUSTER ON ix"), "raw-sql", SERVERS),
]


@pytest.mark.parametrize(("step", "code", "where"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_each_rule_on_each_database(step: Any, code: str, where: set[str]) -> None:
    """With what happens and another way, both of them whole sentences or code."""
    for dialect in sorted(ALL):
        dangers = find_dangers([step], dialect)
        assert [danger.code for danger in dangers] == ([code] if dialect in where else []), dialect
        assert all(danger.what.endswith((".", "post", "ix")) and danger.instead for danger in dangers)


@pytest.mark.parametrize(
    "step",
    [
        add(sa.Integer),
        add(sa.Integer, nullable=False, server_default="0"),
        add(sa.DateTime, server_default=sa.func.now()),
        alter(modify_nullable=True),
        ops.CreateIndexOp("ix", "post", ["x"], postgresql_concurrently=True),
        ops.DropIndexOp("ix", "post", postgresql_concurrently=True),
        ops.CreateForeignKeyOp("fk", "post", "page", ["x"], ["id"], postgresql_not_valid=True),
        sql("CREATE INDEX CONCURRENTLY ix ON post (x)"),
        sql("ALTER TABLE post ADD CONSTRAINT c CHECK (x > 0) NOT VALID"),
        sql("ALTER TABLE post ADD CONSTRAINT u UNIQUE USING INDEX ix"),
        sql("ALTER TABLE post VALIDATE CONSTRAINT c"),
        sql("ALTER INDEX a RENAME TO b"),
        sql("ALTER TYPE state ADD VALUE 'new'"),
        sql("INSERT INTO post VALUES (1)"),
        sql("CREATE VIEW v AS SELECT 1"),
    ],
)
def test_the_ways_that_are_shown_are_no_dangers(step: Any) -> None:
    """As are those that lock nothing for long."""
    assert find_dangers([step], "postgresql") == []


@pytest.mark.parametrize(
    "made",
    [ops.CreateTableOp("post", [sa.Column("id", sa.Integer)]), sql("CREATE TABLE IF NOT EXISTS post (id INTEGER)")],
)
def test_a_table_of_the_same_migration_is_nobodys_yet(made: Any) -> None:
    """Whatever is done to it."""
    steps = [made, ops.CreateIndexOp("ix", "post", ["x"]), sql("UPDATE post SET x = 1"), alter(modify_nullable=False)]
    assert find_dangers(steps, "postgresql") == []


HAND = '''"""by hand"""
import sqlalchemy as sa
from alembic import op

revision = "0001_hand"
down_revision = None
{allowed}

def upgrade():
    op.execute("CREATE TABLE old (id INTEGER PRIMARY KEY, x INTEGER)")


def downgrade():
    pass
'''


def test_files_written_by_hand_are_judged_until_they_say_why_not(tmp_path: Path) -> None:
    """By what they do, also inside of a table that SQLite rebuilds; a reason is needed."""
    engines = Engines(f"sqlite:///{tmp_path / 'x.sqlite'}")
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_hand.py").write_text(HAND.format(allowed=""))
    second = HAND.replace("0001_hand", "0002_hand").replace("down_revision = None", 'down_revision = "0001_hand"')
    body = 'with op.batch_alter_table("old") as batch:\n        batch.drop_column("x")'
    second = second.replace('op.execute("CREATE TABLE old (id INTEGER PRIMARY KEY, x INTEGER)")', body)
    maker = Maker(History(engines, BareModel.metadata, folder))
    cases = {
        "": ["drop-column"],
        "# allow drop-column:": ["drop-column"],
        "# allow drop-table: no": ["drop-column"],
        "# allow drop-column: nobody reads it": [],
    }
    for line, codes in cases.items():
        (folder / "0002_hand.py").write_text(second.format(allowed=line))
        found = maker.judge()
        assert [each.danger.code for each in found] == codes
        assert all(each.file.name == "0002_hand.py" for each in found)
    engines.close()
