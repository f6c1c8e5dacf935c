"""Migrate the database, in a container of the run that outlives the runner.

Guide: « 4. Mettre à jour la base de données » (`flask db upgrade`). Undone by putting the rollback point back.
"""

import pytest

from fixtures.inspection import Inspection
from fixtures.migration import Migration

pytestmark = pytest.mark.migration


def stage_database_is_at_the_head(migrated_database: Migration, inspection: Inspection) -> None:
    """The database itself says that it is at the release's head."""
    assert migrated_database.revisions == [inspection.head]


def stage_no_index_is_left_invalid(migrated_database: Migration) -> None:
    """No index was left half built."""
    assert migrated_database.fingerprint.invalid_indexes == []
