"""Delivery addresses, and accounts that can be disabled.

Revision ID: e6a41d92c0b7
Revises: c2905be71f38
Create Date: 2025-10-06 14:27:19
"""

import sqlalchemy as sa
from alembic import op

revision = "e6a41d92c0b7"
down_revision = "c2905be71f38"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.alter_column("users", "active", server_default=None)
    op.add_column("users", sa.Column("phone", sa.String(30), nullable=True))
    op.add_column("users", sa.Column("address_line", sa.String(200), nullable=True))
    op.add_column("users", sa.Column("postal_code", sa.String(10), nullable=True))
    op.add_column("users", sa.Column("city", sa.String(80), nullable=True))


def downgrade() -> None:
    for column in ("city", "postal_code", "address_line", "phone", "active"):
        op.drop_column("users", column)
