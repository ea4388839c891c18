"""index cities by country and size"""

from alembic import op

revision = "0002_index_cities_by_country"
down_revision = "0001_first_tables"
branch_labels = None
depends_on = None

# allow index: nobody writes to the cities
# allow drop-index: a moment is no harm here


def upgrade() -> None:
    with op.batch_alter_table("city", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_city_country_code"))
        batch_op.create_index(
            batch_op.f("ix_city_country_code_population"), ["country_code", "population"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("city", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_city_country_code_population"))
        batch_op.create_index(batch_op.f("ix_city_country_code"), ["country_code"], unique=False)
