"""Split the full name at its first space.

A name without a space has no last name (NULL), so that joining gives back exactly what was there.

Revision ID: 2f7ac1e05d93
Revises: 15d8b37ac64e
Create Date: 2026-09-14 09:41:08
"""

import sqlalchemy as sa
from alembic import op

revision = "2f7ac1e05d93"
down_revision = "15d8b37ac64e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("first_name", sa.String(200), nullable=True))
    op.add_column("users", sa.Column("last_name", sa.String(200), nullable=True))
    op.execute(
        """
        UPDATE users SET
            first_name = split_part(full_name, ' ', 1),
            last_name = CASE WHEN strpos(full_name, ' ') > 0
                             THEN substr(full_name, strpos(full_name, ' ') + 1) END
        """
    )
    op.alter_column("users", "first_name", nullable=False)
    op.drop_column("users", "full_name")


def downgrade() -> None:
    op.add_column("users", sa.Column("full_name", sa.String(200), nullable=True))
    op.execute("UPDATE users SET full_name = first_name || coalesce(' ' || last_name, '')")
    op.alter_column("users", "full_name", nullable=False)
    op.drop_column("users", "last_name")
    op.drop_column("users", "first_name")
