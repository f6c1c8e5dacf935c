"""Restore the backup twice while the live data still serves: into a clone, and into a database beside the live one.

Guide: « Sauvegarde complète ». Proves that all of it comes back. Changes nothing that serves: the clone is thrown away,
and the database beside is dropped when the run ends without having put it in place.
"""

import pytest

from fixtures.backup import Backup
from fixtures.beside import Beside

pytestmark = pytest.mark.proof


def stage_backup_restores_to_the_same_data(proved_backup: Backup) -> None:
    """The dump, restored into a scratch server, is what was backed up: data, definitions, roles."""
    assert proved_backup.changes == []


def stage_backup_holds_every_uploaded_file(proved_backup: Backup) -> None:
    """The archive, unpacked into a scratch volume, holds every file that was backed up byte for byte."""
    assert proved_backup.restored_media == proved_backup.media


def stage_database_beside_is_what_was_backed_up(database_beside: Beside) -> None:
    """The database that will take the live one's place holds the data and the definitions of the backup."""
    assert database_beside.changes == []
