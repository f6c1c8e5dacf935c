"""Database: at the expected revision, whole, with every row it had."""

import pytest

from fixtures.instance import Instance


def check_revision_is_the_expected_one(instance: Instance) -> None:
    """The database says that it is at the revision that this version of the application expects."""
    assert instance.database().revisions(instance.target.migrations.version_table) == instance.revisions


def check_no_index_is_invalid(instance: Instance) -> None:
    """No index was left half built."""
    assert instance.database().fingerprint().invalid_indexes == []


@pytest.mark.moments("trial", "dark")
def check_no_row_was_lost(instance: Instance) -> None:
    """No table has fewer rows than before the migration."""
    assert instance.data_before is not None
    assert instance.data_before.lost_rows(instance.database().fingerprint()) == []
