"""What is to be known of a revision before it runs, read from its file alone."""

from __future__ import annotations

from textwrap import indent

import pytest

from fixtures.release import Revision, parse_revision
from fixtures.statement import statements

FILE = '''"""A change."""
import sqlalchemy as sa
from alembic import op

revision = "b"
down_revision = "a"
TABLE = "users"


def helper(column):
    op.drop_column(TABLE, column)


def upgrade():
{upgrade}


def downgrade():
{downgrade}
'''
BACK = 'op.drop_index("ix")'


def revision(upgrade: str, downgrade: str = BACK) -> Revision:
    """A revision whose functions have these bodies."""
    source = FILE.format(upgrade=indent(upgrade, "    "), downgrade=indent(downgrade, "    "))
    return parse_revision(source, "b.py")


def kinds(found: Revision) -> list[str]:
    """The kinds of hazards of a revision, each once."""
    return list(dict.fromkeys(hazard.kind for hazard in found.hazards))


@pytest.mark.parametrize(
    ("upgrade", "operations"),
    [
        ('op.add_column("users", sa.Column("age", sa.Integer()))', ["add_column users.age"]),
        ('op.drop_column(table_name="users", column_name="age")', ["drop_column users.age"]),
        ("for name in ('a', 'b'):\n    op.drop_column('users', name)", ["drop_column users.a", "drop_column users.b"]),
        ("for name in names():\n    op.drop_column('users', name)", ["drop_column users.{name}"]),
        ("helper('age')", ["drop_column users.age"]),
        (
            "with op.batch_alter_table('users') as batch:\n"
            "    batch.add_column(sa.Column('age', sa.Integer()))\n"
            "    batch.create_index('ix_age', ['age'])",
            ["batch_alter_table users", "add_column users.age", "create_index ix_age on users"],
        ),
        ('op.create_index(op.f("ix_age"), "users", ["age"])', ["create_index ix_age on users"]),
        ('op.alter_column("users", "age", new_column_name="years")', ["alter_column users.age (renamed years)"]),
        ('sql = "UPDATE a SET b = 1; DELETE FROM c"\nop.execute(sql)', ["execute UPDATE a", "execute DELETE FROM c"]),
        ('op.execute(f"UPDATE {TABLE} SET b = 1")', ["execute UPDATE users"]),
        ('op.execute(sa.text("ALTER TABLE a ADD b int"))', ["execute ALTER TABLE a ADD b int"]),
        ('op.drop_table("a" + "b")', ["drop_table ab"]),
        ("pass", []),
    ],
)
def test_the_operations_are_read_in_their_order(upgrade: str, operations: list[str]) -> None:
    assert list(revision(upgrade).operations) == operations


@pytest.mark.parametrize(
    "upgrade",
    [
        'op.alter_column("users", "age", type_=sa.BigInteger())',
        'op.alter_column("users", "age", nullable=False)',
        'op.alter_column("users", "age", existing_nullable=True, nullable=False)',
        'op.create_index("ix", "users", ["age"])',
        'op.create_unique_constraint("uq", "users", ["age"])',
        'op.create_foreign_key("fk", "users", "ages", ["age"], ["id"])',
        'op.create_check_constraint("ck", "users", "age > 0")',
        'op.add_column("users", sa.Column("key", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))',
        'op.execute("ALTER TABLE users ALTER COLUMN age TYPE bigint")',
        'op.execute("-- quick\\nCREATE INDEX ix ON users (age)")',
        'op.execute("LOCK TABLE users")',
    ],
)
def test_what_keeps_others_out_of_a_table_for_long_locks(upgrade: str) -> None:
    assert kinds(revision(upgrade)) == ["locks"]


@pytest.mark.parametrize(
    "upgrade",
    [
        'op.add_column("users", sa.Column("age", sa.Integer(), server_default="0"))',
        'op.alter_column("users", "age", server_default=None)',
        'op.alter_column("users", "age", nullable=True)',
        'op.create_foreign_key("fk", "users", "ages", ["age"], ["id"], postgresql_not_valid=True)',
        'op.create_table("t", sa.Column("id"))\nop.create_index("ix", "t", ["id"])\n'
        'op.alter_column("t", "id", nullable=False)',
        'op.execute("ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID")',
        'op.execute("ALTER TABLE users ALTER COLUMN age DROP NOT NULL")',
        'op.execute("CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN UPDATE a SET b = 1; END $$ LANGUAGE plpgsql")',
        "op.execute(\"COMMENT ON TABLE users IS 'update it; delete from it'\")",
        "op.rename_table('a', 'b')",
    ],
)
def test_what_is_quick_and_comes_back_is_no_hazard(upgrade: str) -> None:
    assert revision(upgrade).hazards == ()


@pytest.mark.parametrize(
    ("downgrade", "is_a_way_back"),
    [
        (BACK, True),
        ("pass", False),
        ("...", False),
        ('"""Not possible."""', False),
        ('raise NotImplementedError("never")', False),
        ('"""No."""\nraise NotImplementedError', False),
    ],
)
def test_a_downgrade_that_does_nothing_is_none(downgrade: str, is_a_way_back: bool) -> None:
    found = revision('op.add_column("users", sa.Column("age", sa.Integer()))', downgrade)
    assert found.of_kind("irreversible") == ([] if is_a_way_back else ["there is no downgrade"])


def test_a_file_without_downgrade_has_no_way_back() -> None:
    source = FILE.format(upgrade='    op.execute("SET x = 1")', downgrade="    pass").partition("def downgrade")[0]
    assert parse_revision(source, "b.py").of_kind("irreversible") == ["there is no downgrade"]


def test_a_revision_that_only_merges_needs_no_way_back() -> None:
    assert revision("pass", "pass").hazards == ()


@pytest.mark.parametrize(
    ("upgrade", "because"),
    [
        ('op.drop_column("users", "age")', "drops users.age and what is in it"),
        ('op.drop_table("ages")', "drops ages and what is in it"),
        ('op.execute("ALTER TABLE users DROP COLUMN age")', "ALTER TABLE users DROP COLUMN age"),
        ('op.execute("ALTER TABLE users DROP age")', "ALTER TABLE users DROP age"),
        ('op.execute("DELETE FROM users WHERE id % 7 = 0")', "DELETE FROM users"),
        ('op.execute("TRUNCATE users")', "TRUNCATE users"),
    ],
)
def test_what_is_dropped_or_deleted_does_not_come_back(upgrade: str, because: str) -> None:
    assert revision(upgrade).of_kind("irreversible") == [because]


@pytest.mark.parametrize(
    ("upgrade", "because"),
    [
        ('op.execute("UPDATE users SET age = 1")', "UPDATE users"),
        (
            'op.execute("WITH old AS (SELECT 1) INSERT INTO a SELECT * FROM old")',
            "WITH old AS (SELECT 1) INSERT INTO a",
        ),
        ("op.execute(\"SELECT setval('s', 1)\")", "SELECT setval('s', 1)"),
        ("op.execute(users.update().values(age=1))", "{users.update().values(age=1)}"),
        ("op.execute(put_together())", "{put_together()}"),
        ('op.execute("DO $$ BEGIN PERFORM 1; END $$")', "DO $$ BEGIN PERFORM 1; END $$"),
        ("op.bulk_insert(users, [])", "inserts rows into {users}"),
    ],
)
def test_what_touches_rows_moves_data(upgrade: str, because: str) -> None:
    (found,) = revision(upgrade).of_kind("data")
    assert found.startswith(because)


@pytest.mark.parametrize(
    "upgrade",
    [
        'op.create_index("ix", "users", ["age"], postgresql_concurrently=True)',
        'op.execute("CREATE INDEX CONCURRENTLY ix ON users (age)")',
        'op.execute("COMMIT")',
    ],
)
def test_what_runs_in_no_transaction_is_said(upgrade: str) -> None:
    assert kinds(revision(upgrade)) == ["outside a transaction"]


def test_an_autocommit_block_is_seen_with_what_is_in_it() -> None:
    found = revision("with op.get_context().autocommit_block():\n    op.execute(\"ALTER TYPE mood ADD VALUE 'calm'\")")
    assert found.operations == ("autocommit_block", "execute ALTER TYPE mood ADD VALUE 'calm'")
    assert found.of_kind("outside a transaction") == ["an autocommit block"]


READING = "connection = op.get_bind()\nfor row in connection.execute(sa.text('SELECT 1')):\n    print(row)"


def test_what_asks_the_database_cannot_be_rendered() -> None:
    assert kinds(revision(READING)) == ["data", "cannot be rendered"]


def test_what_looks_whether_it_is_rendered_can_be() -> None:
    assert kinds(revision(f"if not context.is_offline_mode():\n{indent(READING, '    ')}")) == ["data"]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("a; b;", ["a", "b"]),
        ("a 'x;y'; b", ["a 'x;y'", "b"]),
        ("do $f$ a; b; $f$; c", ["do $f$ a; b; $f$", "c"]),
        ("-- one; two\na /* x; y */ b", ["a b"]),
        (" ; ", []),
    ],
)
def test_statements_are_parted_where_they_end(sql: str, found: list[str]) -> None:
    assert statements(sql) == found
