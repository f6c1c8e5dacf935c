"""Bring the old version back with exactly the data it had. Runs only if a stage from maintenance on failed.

Guide: « Rollback ». Changes everything back: database, uploaded files, source, `.env`, images, services. After a
restore, only data, files and services: the version was never another one.
"""

import pytest

from fixtures.inspection import Inspection
from fixtures.rollback import Rollback

pytestmark = pytest.mark.rollback


def stage_old_source_is_back(rolled_back_deployment: Rollback, inspection: Inspection) -> None:
    """The deployment directory is at the commit it had before."""
    assert rolled_back_deployment.commit == inspection.from_commit


def stage_old_images_run(rolled_back_deployment: Rollback, inspection: Inspection) -> None:
    """The images that ran before run again."""
    assert rolled_back_deployment.images == inspection.images
