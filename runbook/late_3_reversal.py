"""Take the data back to what the old version works on, with nobody writing.

Guide: « Rollback » (`flask db downgrade <previous-revision>`). Undone by the rollback point of this very moment: it
brings the new version back with all that users wrote to it.
"""

import pytest

from fixtures.reversal import Reversal

pytestmark = pytest.mark.reversal


def stage_data_is_at_the_expected_revision(reversed_data: Reversal) -> None:
    """The database is at the revision that the old version was proved to work on."""
    assert reversed_data.revisions == reversed_data.expected_revisions


def stage_nothing_that_users_wrote_is_missing(reversed_data: Reversal) -> None:
    """Rows and files are those of the moment when the door was closed, but for what a person gave up."""
    assert reversed_data.missing == []
