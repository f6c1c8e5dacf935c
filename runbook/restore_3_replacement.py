"""Close the door and put the backup in place; what it replaces is kept, the database by a rename, the files archived.

Guide: « Rollback ». From here until the door opens a failure is undone by putting back what was replaced: nobody has
written, so nothing is lost.
"""

import pytest

from fixtures.replacement import Replacement

pytestmark = pytest.mark.replacement


def stage_writers_are_stopped(replaced_data: Replacement) -> None:
    """No container that could change data runs."""
    assert replaced_data.running_writers == []


def stage_what_is_live_is_what_was_backed_up(replaced_data: Replacement) -> None:
    """The live data and files are those of the backup, row by row and byte for byte."""
    assert replaced_data.changes == []
