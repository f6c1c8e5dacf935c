"""A generated migration: what a person is warned of."""

from __future__ import annotations

import pytest

from fixtures import release
from fixtures.new_migration import BLIND, warnings

HEAD = 'from alembic import op\nimport sqlalchemy as sa\n\nrevision = "b2"\ndown_revision = "a1"\n\ndef upgrade():\n'


def warned(*operations: str) -> list[str]:
    """The warnings of a revision that does this, without those that every revision has."""
    text = HEAD + "".join(f"    op.{one}\n" for one in operations)
    found = warnings(text, release.parse_revision(text, "b2.py"))
    assert found[-len(BLIND) :] == [f"autogenerate does not see everything: {line}" for line in BLIND]
    return found[: -len(BLIND)]


@pytest.mark.parametrize(
    ("operations", "named"),
    [
        (
            ('drop_column("users", "name")', 'add_column("users", sa.Column("full_name", sa.Text()))'),
            "drop_column users.name and add_column users.full_name",
        ),
        (('drop_table("people")', 'create_table("users")'), "drop_table people and create_table users"),
    ],
)
def test_what_may_be_a_rename_is_named(operations: tuple[str, ...], named: str) -> None:
    assert any(line.startswith(f"{named}: if that is a rename") for line in warned(*operations))


def test_columns_of_different_tables_are_no_rename() -> None:
    told = warned('drop_column("users", "name")', 'add_column("orders", sa.Column("name", sa.Text()))')
    assert not any("rename" in line for line in told)


def test_what_is_lost_is_named_as_in_preflight() -> None:
    assert any(line.startswith("irreversible: ") for line in warned('drop_table("people")'))


def test_a_new_table_is_warned_of_in_general_and_for_its_missing_downgrade() -> None:
    assert warned('create_table("tags")') == ["irreversible: there is no downgrade"]
