"""Decide by which way the old version can come back though users were let in to the new one. Changes nothing.

Guide: « Rollback ». What users wrote is never thrown away: a downgrade that the trial proved lossless, or the old code
where the trial proved it compatible; else a person decides.
"""

import pytest

from fixtures.decision import Decision

pytestmark = pytest.mark.decision


def stage_a_way_back_was_proved(way_back: Decision) -> None:
    """The trial of the upgrade proved a way back, or a person gave up what users wrote since."""
    assert way_back.ways != []
