"""Photos of the products.

Revision ID: c2905be71f38
Revises: 8d37e5a0b4c2
Create Date: 2025-03-24 11:03:51
"""

import sqlalchemy as sa
from alembic import op

revision = "c2905be71f38"
down_revision = "8d37e5a0b4c2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_photos"),
        sa.UniqueConstraint("name", name="uq_photos_name"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_photos_product_id_products"),
    )
    op.create_index("ix_photos_product_id", "photos", ["product_id"])


def downgrade() -> None:
    op.drop_table("photos")
