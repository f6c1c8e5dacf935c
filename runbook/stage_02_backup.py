"""Back up database and uploaded files while the old version serves, and prove the backup by restoring it.

Guide: « Sauvegarde complète » (`--db-only`, `--media-only`). Writes only to the backup directory; nothing to undo.
"""

import pytest

from fixtures import backup_files
from fixtures.backup import Backup

pytestmark = pytest.mark.backup


def stage_backup_restores_to_the_same_data(backup: Backup) -> None:
    """The dump, restored into a scratch server, is the very data that was dumped, with its definitions and roles."""
    assert backup.changes == []


def stage_backup_holds_every_uploaded_file(backup: Backup) -> None:
    """The archive, unpacked into a scratch volume, holds every uploaded file byte for byte."""
    assert backup.restored_media == backup.media


def stage_backup_is_not_empty(backup: Backup) -> None:
    """A backup of nothing is no backup."""
    assert backup.manifest.holds


def stage_backup_is_only_for_its_owner(backup: Backup) -> None:
    """Neither the directory nor anything in it can be read by anyone but its owner."""
    assert {path.stat().st_mode & 0o077 for path in [backup.directory, *backup.directory.rglob("*")]} == {0}


def stage_backup_is_marked_as_verified(backup: Backup) -> None:
    """What later decides which backups may be removed, or restored from, knows that this one was restored."""
    assert backup_files.read_proof(backup.directory) is not None
