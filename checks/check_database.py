"""Database: at the expected revision, whole, with all the data it had."""

import pytest

from fixtures.instance import Instance


def check_revision_is_the_expected_one(instance: Instance) -> None:
    """The database says that it is at the revision that this version of the application expects."""
    assert instance.database().revisions(instance.target.migrations.version_table) == instance.revisions


def check_no_index_is_invalid(instance: Instance) -> None:
    """No index was left half built."""
    assert instance.database().invalid_indexes() == []


@pytest.mark.moments("trial", "dark")
def check_only_declared_data_changed(instance: Instance) -> None:
    """Every row, column, sequence and constraint is what it was, but for what the release declares to change."""
    assert instance.undeclared_changes() == []
