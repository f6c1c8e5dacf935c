"""Start the version that will serve, in the dark: it runs, but only the runbook can reach it.

Guide: « 5. Redémarrer les services » (`docker-compose up -d`). Undone by putting the rollback point back.
"""

import pytest

from fixtures.images import Images
from fixtures.restart import Restart

pytestmark = pytest.mark.restart


def stage_built_images_run(dark_deployment: Restart, built_images: Images) -> None:
    """What runs are the images built in this run, and no others."""
    assert built_images.built.items() <= dark_deployment.images.items()


def stage_nothing_runs_the_old_version(dark_deployment: Restart) -> None:
    """No container of the project, of whatever service, is of the old version."""
    assert dark_deployment.of_old_version == []


def stage_nothing_restarted(dark_deployment: Restart) -> None:
    """No service died and came back while it started."""
    assert set(dark_deployment.restarts.values()) == {0}


def stage_only_this_machine_reaches_it(dark_deployment: Restart) -> None:
    """The door is closed to users: what was started answers on a loopback address only."""
    assert all(address.startswith("127.0.0.1:") for address in dark_deployment.published)
