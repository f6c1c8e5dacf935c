"""Propose the `.env` that the release needs. It is installed only when the door is closed.

Guide: « 3. Mettre à jour la configuration » (`.env.example` compared). Changes nothing of the deployment.
"""

import pytest

from fixtures.configuration import Configuration

pytestmark = pytest.mark.configuration


def stage_no_value_in_use_is_overwritten(configuration: Configuration) -> None:
    """The operator's own values all stay."""
    assert configuration.overwritten == []


def stage_same_volumes_are_mounted(configuration: Configuration) -> None:
    """The release mounts the volumes that hold the data, under the same names."""
    assert configuration.volumes_before.items() <= configuration.volumes_after.items()


def stage_database_image_stays(configuration: Configuration) -> None:
    """The release keeps the database's image: another major version could not read the data directory."""
    assert configuration.database_image_after == configuration.database_image_before
