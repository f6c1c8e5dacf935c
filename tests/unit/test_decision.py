"""Which ways back there are after the opening: decided by what the trial found out, and by nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fixtures import decision
from fixtures.compatibility import Compatibility
from fixtures.decision import DOWNGRADE, OLD_CODE, Way
from fixtures.downgrade import Downgrade
from fixtures.fingerprint import Fingerprint, TableContent
from fixtures.migration_watch import Observed
from fixtures.release import Revision
from fixtures.trial import Trial
from tests.unit.runs import EMPTY, INSPECTION

LOSSLESS = Downgrade(verdict="lossless")
LOSSY = Downgrade(verdict="lossy", lost=["public.users.phone: 3 rows have another value"])
IMPOSSIBLE = Downgrade(verdict="impossible", said="NotImplementedError")
COMPATIBLE, NOT_COMPATIBLE = Compatibility(), Compatibility(problems=["/orders: status 500"])
MIGRATING = INSPECTION.model_copy(update={"pending": [Revision.model_construct(revision="3f2a91")]})


def trial(back: Downgrade, works: Compatibility) -> Trial:
    return Trial(
        revisions=["3f2a91"],
        copy_seconds=0.5,
        migration_seconds=4.0,
        start_seconds=2.0,
        predicted_downtime_seconds=16.5,
        started_at=datetime(2026, 11, 22, 2, 10, tzinfo=UTC),
        networks_are_internal=True,
        weight=Observed(exclusive_seconds={}, rewritten=[], changed_rows={}, most_bytes=0),
        downgrade=back,
        compatibility=works,
    )


def held(**tables: tuple[int, str]) -> Fingerprint:
    found = {f"public.{name}": TableContent(rows=rows, digest=digest) for name, (rows, digest) in tables.items()}
    return EMPTY.model_copy(update={"tables": found})


@pytest.mark.parametrize(
    ("back", "works", "ways"),
    [
        (LOSSLESS, COMPATIBLE, [DOWNGRADE, OLD_CODE]),
        (LOSSLESS, NOT_COMPATIBLE, [DOWNGRADE]),
        (LOSSY, COMPATIBLE, [OLD_CODE]),
        (IMPOSSIBLE, COMPATIBLE, [OLD_CODE]),
        (LOSSY, NOT_COMPATIBLE, []),
        (IMPOSSIBLE, NOT_COMPATIBLE, []),
    ],
)
def test_g1_g5_only_what_the_trial_proved_is_a_way_back(back: Downgrade, works: Compatibility, ways: list[Way]) -> None:
    found, reasons = decision.possible(MIGRATING, trial(back, works))
    assert found == ways
    assert back.verdict in reasons[0]
    assert works.verdict in reasons[1]
    assert all(why in " ".join(reasons) for why in [*back.lost, back.said, *works.problems])


def test_without_a_trial_there_is_none_and_that_is_said() -> None:
    found, reasons = decision.possible(MIGRATING, None)
    assert found == []
    assert "no trial of this upgrade passed" in reasons[0]


def test_where_nothing_was_migrated_the_old_code_comes_back_trial_or_not() -> None:
    assert decision.possible(INSPECTION, None)[0] == [OLD_CODE]


def test_what_users_changed_is_told_by_the_rows_of_both_moments() -> None:
    opening = held(orders=(2100, "1"), users=(300, "2"), photos=(30, "3"))
    live = held(orders=(2103, "9"), users=(300, "8"), photos=(30, "3"), notes=(1, "4"))
    assert decision.changes_since(opening, live) == [
        "public.notes: 1 rows now, no such table at the opening",
        "public.orders: 2103 rows now, 2100 at the opening",
        "public.users: 300 rows now, 300 at the opening, other content",
    ]
