"""Keep the totals of the orders as exact amounts instead of floating point numbers.

Revision ID: a04c62f8e1b5
Revises: 7be94d310fa6
Create Date: 2026-10-05 11:22:37
"""

import sqlalchemy as sa
from alembic import op

revision = "a04c62f8e1b5"
down_revision = "7be94d310fa6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column(
        "orders",
        "total",
        type_=sa.Numeric(10, 2),
        postgresql_using="round(total::numeric, 2)",
        nullable=False,
    )


def downgrade() -> None:
    op.alter_column("orders", "total", type_=sa.Double(), postgresql_using="total::double precision", nullable=False)
