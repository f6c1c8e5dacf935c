"""Give every order a reference that people can say: its year and its number.

Revision ID: d9135e7b80c4
Revises: a04c62f8e1b5
Create Date: 2026-10-19 16:58:21
"""

import sqlalchemy as sa
from alembic import op

revision = "d9135e7b80c4"
down_revision = "a04c62f8e1b5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("reference", sa.String(20), nullable=True))
    op.execute(
        """
        UPDATE orders SET reference =
            'PE-' || to_char(created_at AT TIME ZONE 'UTC', 'YYYY')
            || '-' || lpad(id::text, greatest(6, length(id::text)), '0')
        """
    )
    op.alter_column("orders", "reference", nullable=False)
    op.create_unique_constraint("uq_orders_reference", "orders", ["reference"])


def downgrade() -> None:
    op.drop_constraint("uq_orders_reference", "orders", type_="unique")
    op.drop_column("orders", "reference")
