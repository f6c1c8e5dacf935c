"""Find out what the migration tool's command would do to the database. Changes nothing.

Guide: « Migrations de base de données », « Problèmes de migration ». What would be run, undone or passed over is shown.
"""

import pytest

from fixtures.alteration import Intention

pytestmark = pytest.mark.intention


def stage_what_would_happen_is_known(intention: Intention) -> None:
    """Every step from the revision that the database is at to the wanted one is named."""
    assert bool(intention.steps) != intention.is_so_already
