"""Try the way back on a clone of today's data, which holds what users wrote since. Changes only the clone.

Guide: « Rollback ». A downgrade is followed by the upgrade again: what the one dropped, the other does not bring back.
"""

import pytest

from fixtures.attempt import Attempt
from fixtures.decision import Decision

pytestmark = pytest.mark.attempt


def stage_a_way_back_holds_today(tried_way_back: Attempt, way_back: Decision) -> None:
    """One of the ways that were proved loses nothing of the data that there is now."""
    assert tried_way_back.way in way_back.ways
