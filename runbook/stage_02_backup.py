"""Back up database and uploaded files while the old version serves, and prove the backup by restoring it.

Guide: « Sauvegarde complète » (`--db-only`, `--media-only`). Writes only to the backup directory; nothing to undo.
"""

import pytest

from fixtures.backup import Backup

pytestmark = pytest.mark.backup


def stage_backup_restores_to_the_same_data(backup: Backup) -> None:
    """The dump, restored into a scratch database, is the very data that was dumped."""
    assert backup.fingerprint_in_dump_snapshot.differences(backup.restored_fingerprint) == []


def stage_backup_holds_every_uploaded_file(backup: Backup) -> None:
    """The archive, unpacked into a scratch volume, holds every uploaded file byte for byte."""
    assert backup.archived_media == backup.media


def stage_backup_is_not_empty(backup: Backup) -> None:
    """A backup of nothing is no backup."""
    assert backup.fingerprint_in_dump_snapshot.rows > 0


def stage_backup_is_only_for_its_owner(backup: Backup) -> None:
    """Neither the directory nor a file of the backup can be read by anyone but its owner."""
    assert {path.stat().st_mode & 0o077 for path in [backup.directory, *backup.directory.iterdir()]} == {0}
