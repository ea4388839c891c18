"""first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001_first_tables"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "continent",
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_continent")),
    )
    op.create_table(
        "country",
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("continent_code", sa.String(length=2), nullable=False),
        sa.Column("capital", sa.String(length=80), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("area", sa.Double(), nullable=False),
        sa.Column("currency", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["continent_code"], ["continent.code"], name=op.f("fk_country_continent_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_country")),
    )
    with op.batch_alter_table("country", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_country_continent_code"), ["continent_code"], unique=False)

    op.create_table(
        "city",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("country_code", sa.String(length=2), nullable=False),
        sa.Column("capital_of_code", sa.String(length=2), nullable=True),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("timezone", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["capital_of_code"], ["country.code"], name=op.f("fk_city_capital_of_code")),
        sa.ForeignKeyConstraint(["country_code"], ["country.code"], name=op.f("fk_city_country_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city")),
        sa.UniqueConstraint("capital_of_code", name=op.f("uq_city_capital_of_code")),
    )
    with op.batch_alter_table("city", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_city_country_code"), ["country_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_city_latitude"), ["latitude"], unique=False)
        batch_op.create_index(batch_op.f("ix_city_population"), ["population"], unique=False)

    op.create_table(
        "country_neighbours",
        sa.Column("from_country_code", sa.String(length=2), nullable=False),
        sa.Column("to_country_code", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_country_code"],
            ["country.code"],
            name=op.f("fk_country_neighbours_from_country_code"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["to_country_code"],
            ["country.code"],
            name=op.f("fk_country_neighbours_to_country_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("from_country_code", "to_country_code", name=op.f("pk_country_neighbours")),
    )
    with op.batch_alter_table("country_neighbours", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_country_neighbours_to_country_code"), ["to_country_code"], unique=False)

    op.create_table(
        "place",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("city_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "saved", sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"), nullable=False
        ),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_place_city_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
    )
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_place_city_id"), ["city_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_place_city_id"))

    op.drop_table("place")
    with op.batch_alter_table("country_neighbours", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_country_neighbours_to_country_code"))

    op.drop_table("country_neighbours")
    with op.batch_alter_table("city", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_city_population"))
        batch_op.drop_index(batch_op.f("ix_city_latitude"))
        batch_op.drop_index(batch_op.f("ix_city_country_code"))

    op.drop_table("city")
    with op.batch_alter_table("country", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_country_continent_code"))

    op.drop_table("country")
    op.drop_table("continent")
