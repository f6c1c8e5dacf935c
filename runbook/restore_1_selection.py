"""Choose the backup, read it in full, and compare it with what is live: nothing may be lost that nobody gave up.

Guide: « Sauvegarde complète ». Proves that the backup is what was written and that it fits the deployed version and
server. Needs neither the git remote nor a working application. Changes nothing, so there is nothing to undo.
"""

import pytest

from fixtures.inspection import Inspection
from fixtures.selection import Selection

pytestmark = pytest.mark.selection


def stage_backup_is_not_empty(selected_backup: Selection) -> None:
    """A restore of nothing is no restore."""
    assert selected_backup.manifest.holds


def stage_restore_loses_nothing_that_was_not_given_up(selected_backup: Selection) -> None:
    """What is live and not in the backup may be lost: a person gave a reason, or there is no such thing."""
    assert selected_backup.accepted or selected_backup.losses == []


def stage_disk_has_room(inspection: Inspection) -> None:
    """There is room for the clone, the database beside and the archive of what is replaced, and a reserve."""
    assert [line for disk in inspection.disks if not disk.has_room for line in disk.lines] == []
