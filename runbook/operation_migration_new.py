"""Generate a migration from what the models and the database do not have in common; nothing is applied.

Guide: « Créer une nouvelle migration » (`flask db migrate`). Changes the deployment directory: one new, untracked file.
Undone by removing that file. Autogenerate cannot see everything: what to look for is told.
"""

import pytest

from fixtures.new_migration import NewMigration

pytestmark = pytest.mark.migration_new


def operation_file_builds_on_the_head(new_migration: NewMigration) -> None:
    """The new revision comes after the one that was the head."""
    assert list(new_migration.revision.parents) == new_migration.heads


def operation_directory_has_nothing_else_new(new_migration: NewMigration) -> None:
    """`git status` shows the new file alone, as untracked."""
    assert new_migration.changes == [f"?? {new_migration.path}"]
