"""Close the door, keep the database as it is, then run the migration tool's command.

Guide: « Migrations de base de données » (`flask db upgrade`, `downgrade`), « Problèmes de migration » (`stamp`). From
here until the door opens a failure is undone by putting the kept database back: nobody has written, so nothing is lost.
"""

import pytest

from fixtures.alteration import Alteration, Intention

pytestmark = pytest.mark.alteration


def stage_writers_are_stopped(altered_database: Alteration) -> None:
    """No container that could change data runs."""
    assert altered_database.running_writers == []


def stage_database_is_at_the_wanted_revision(altered_database: Alteration, intention: Intention) -> None:
    """The database says that it is where the command was to take it."""
    assert altered_database.revisions == intention.wanted
