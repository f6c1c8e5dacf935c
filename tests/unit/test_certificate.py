"""What the trial found out, kept: for one commit, from one revision, for a while."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures import certificate
from fixtures.backup import Backup
from fixtures.compatibility import Compatibility
from fixtures.downgrade import Downgrade
from fixtures.images import Images
from fixtures.migration_watch import Observed
from fixtures.run import Run
from fixtures.trial import Trial
from tests.unit import made_backups
from tests.unit.runs import INSPECTION, make_run

TRIAL = Trial(
    revisions=["3f2a91"],
    copy_seconds=0.5,
    migration_seconds=4.0,
    start_seconds=2.0,
    predicted_downtime_seconds=16.5,
    started_at=datetime(2026, 11, 22, 2, 10, tzinfo=UTC),
    networks_are_internal=True,
    weight=Observed(exclusive_seconds={"orders": 3.0}, rewritten=["orders"], changed_rows={"orders": 9}, most_bytes=1),
    downgrade=Downgrade(verdict="lossy", seconds=1.0, lost=["public.users.phone: the column is gone"]),
    compatibility=Compatibility(problems=["/orders: status 500"]),
)
IMAGES = Images(built={"web": "sha256:new"}, built_names={}, commits={}, kept={}, kept_names={}, packages=[])


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run whose trial is over."""
    made = make_run(tmp_path)
    directory = made_backups.make(made.deployment.target.state, 1)
    for result in (INSPECTION, TRIAL, IMAGES, Backup(directory=directory, restored=None, restored_media="")):
        made.put(result)
    return made


def test_it_is_read_back_as_it_was_written_and_by_its_owner_only(run: Run) -> None:
    made, state = certificate.perform(run), run.deployment.target.state
    assert certificate.read(state, INSPECTION.commit) == made
    assert certificate.place(state, INSPECTION.commit).stat().st_mode & 0o077 == 0
    assert (made.downgrade.verdict, made.compatibility, made.images) == ("lossy", "not compatible", IMAGES.built)


def test_there_is_none_of_another_release_and_none_that_is_damaged(run: Run) -> None:
    certificate.perform(run)
    state = run.deployment.target.state
    certificate.place(state, INSPECTION.commit).write_text("{")
    assert certificate.read(state, INSPECTION.commit) is None
    assert certificate.read(state, "c" * 40) is None


@pytest.mark.parametrize(
    ("commit", "revisions", "day", "is_valid"),
    [
        (INSPECTION.commit, INSPECTION.revisions, 29, True),
        (INSPECTION.commit, INSPECTION.revisions, 30, False),
        ("c" * 40, INSPECTION.revisions, 2, False),
        (INSPECTION.commit, ["d9135e"], 2, False),
    ],
)
def test_it_is_valid_for_its_commit_its_revision_and_some_days(
    run: Run, commit: str, revisions: list[str], day: int, is_valid: bool
) -> None:
    made = certificate.of(run).model_copy(update={"made_at": "2026-10-30T12:00:00.000Z"})
    assert made.is_valid(commit, revisions, datetime(2026, 11, day, tzinfo=UTC), days=30) is is_valid
