"""Look at the new version in the dark, with every check, before a user sees it.

Guide: « Vérification post-mise à jour ». Changes nothing. The checks in `checks/` are this stage.
"""

import pytest

from fixtures.inspection import Inspection
from fixtures.migration import Migration

pytestmark = pytest.mark.verification


def stage_migrated_data_is_still_at_the_head(migrated_database: Migration, inspection: Inspection) -> None:
    """Starting the new version did not migrate any further."""
    assert migrated_database.revisions == [inspection.head]
