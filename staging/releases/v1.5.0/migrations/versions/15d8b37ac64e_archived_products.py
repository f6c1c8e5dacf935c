"""Products that are no longer sold can be archived.

Revision ID: 15d8b37ac64e
Revises: e6a41d92c0b7
Create Date: 2026-06-22 10:15:33
"""

import sqlalchemy as sa
from alembic import op

revision = "15d8b37ac64e"
down_revision = "e6a41d92c0b7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("products", sa.Column("archived", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_products_archived", "products", ["archived"])


def downgrade() -> None:
    op.drop_index("ix_products_archived", table_name="products")
    op.drop_column("products", "archived")
