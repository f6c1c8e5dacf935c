"""Close the door, prove that nobody writes any more, take the rollback point, switch the deployment directory.

Guide: « Arrêter les conteneurs ». From here until the door opens a failure is undone by putting the rollback point
back: nobody has written, so nothing is lost.
"""

import pytest

from fixtures.inspection import Inspection
from fixtures.maintenance import Maintenance

pytestmark = pytest.mark.maintenance


def stage_users_are_out(closed_deployment: Maintenance) -> None:
    """Whoever asks at the public door is not served: nothing answers, or the maintenance page does."""
    assert closed_deployment.door_status == 0 or closed_deployment.door_status >= 400


def stage_writers_are_stopped(closed_deployment: Maintenance) -> None:
    """No container that could change data runs."""
    assert closed_deployment.running_writers == []


def stage_nobody_uses_the_database(closed_deployment: Maintenance) -> None:
    """No session but ours is left in the database."""
    assert closed_deployment.foreign_sessions == []


def stage_directory_is_the_release(closed_deployment: Maintenance, inspection: Inspection) -> None:
    """The deployment directory is at the release's commit."""
    assert closed_deployment.directory_commit == inspection.commit
