"""Open the door: users are served by what was verified. A smoke check looks through the public door.

Guide: « Informez les utilisateurs ». What will serve is looked at first; what is wrong there still goes back. Once the
door opens users write, and what they write is never thrown away: no automatic way back.
"""

import pytest

from fixtures.acceptance import Acceptance
from fixtures.images import Images
from fixtures.restart import Restart

pytestmark = pytest.mark.acceptance


def stage_what_serves_is_what_was_verified(opened_deployment: Acceptance, dark_deployment: Restart) -> None:
    """The images behind the public door are the ones that passed in the dark."""
    assert dark_deployment.images.items() <= opened_deployment.images.items()


def stage_what_serves_differs_in_nothing_but_its_ports(opened_deployment: Acceptance) -> None:
    """Settings, mounts, networks and limits of every container are those that passed in the dark."""
    assert opened_deployment.differences == []


def stage_everything_serves_with_the_built_images(opened_deployment: Acceptance, built_images: Images) -> None:
    """What started only after the opening is of the images built in this run, too."""
    assert built_images.built.items() <= opened_deployment.images.items()


def stage_a_plain_up_would_change_nothing(opened_deployment: Acceptance) -> None:
    """A person who types `docker compose up -d` in the directory changes nothing."""
    assert opened_deployment.would_be_recreated == []
