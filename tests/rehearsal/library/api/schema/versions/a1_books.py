"""Books and readers."""

from alembic import op

revision = "a1b2c3d4e5f6"
down_revision = None


def upgrade() -> None:
    op.execute("create table readers (id serial primary key, card text not null unique, pin text not null)")
    op.execute("create table books (id serial primary key, title text not null)")
    op.execute("insert into readers (card, pin) values ('R-1', 'first-pin'), ('R-2', 'second-pin')")
    op.execute("insert into books (title) select 'Book ' || n from generate_series(1, 40) n")


def downgrade() -> None:
    op.execute("drop table books, readers")
