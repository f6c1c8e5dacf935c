"""Open the door: users are served by what was verified. A smoke check looks through the public door.

Guide: « Informez les utilisateurs ». From here on users write, and what they write is never thrown away: no automatic
way back.
"""

import pytest

from fixtures.acceptance import Acceptance
from fixtures.restart import Restart

pytestmark = pytest.mark.acceptance


def stage_what_serves_is_what_was_verified(opened_deployment: Acceptance, dark_deployment: Restart) -> None:
    """The images behind the public door are the ones that passed in the dark."""
    assert opened_deployment.images == dark_deployment.images


def stage_a_plain_up_would_change_nothing(opened_deployment: Acceptance) -> None:
    """A person who types `docker compose up -d` in the directory changes nothing."""
    assert opened_deployment.would_be_recreated == []
