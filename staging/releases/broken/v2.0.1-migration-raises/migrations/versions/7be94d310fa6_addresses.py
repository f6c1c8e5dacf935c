"""Move the delivery address of each account to a table of its own.

Going back keeps the default address of each account and drops any other.

Revision ID: 7be94d310fa6
Revises: 2f7ac1e05d93
Create Date: 2026-09-21 15:06:50
"""

import sqlalchemy as sa
from alembic import op

revision = "7be94d310fa6"
down_revision = "2f7ac1e05d93"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(200), nullable=True),
        sa.Column("postal_code", sa.String(10), nullable=True),
        sa.Column("city", sa.String(80), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_addresses"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_addresses_user_id_users", ondelete="CASCADE"),
    )
    op.execute(
        """
        INSERT INTO addresses (user_id, line, postal_code, city, is_default)
        SELECT id, address_line, postal_code, city, true
        FROM users
        WHERE num_nonnulls(address_line, postal_code, city) > 0
        ORDER BY id
        """
    )
    op.alter_column("addresses", "city", nullable=False)
    op.create_index("ix_addresses_user_id", "addresses", ["user_id"])
    op.create_index(
        "uq_addresses_default", "addresses", ["user_id"], unique=True, postgresql_where=sa.text("is_default")
    )
    for column in ("address_line", "postal_code", "city"):
        op.drop_column("users", column)


def downgrade() -> None:
    op.add_column("users", sa.Column("address_line", sa.String(200), nullable=True))
    op.add_column("users", sa.Column("postal_code", sa.String(10), nullable=True))
    op.add_column("users", sa.Column("city", sa.String(80), nullable=True))
    op.execute(
        """
        UPDATE users
        SET address_line = addresses.line, postal_code = addresses.postal_code, city = addresses.city
        FROM addresses
        WHERE addresses.user_id = users.id AND addresses.is_default
        """
    )
    op.drop_table("addresses")
