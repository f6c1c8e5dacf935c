"""Which backups may go: whatever there is, the last good ones stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures import retention
from fixtures.backup_files import DATABASE, MEDIA, PARTS
from fixtures.retention import Candidate

BOTH = (DATABASE, MEDIA)


def good(number: int, parts: tuple[str, ...] = BOTH) -> Candidate:
    """A verified backup."""
    return Candidate(f"run-{number}", number, parts, counts=True)


def bad(number: int | None, parts: tuple[str, ...] = BOTH) -> Candidate:
    """One that was never restored, or is damaged."""
    return Candidate(f"run-{number}", number, parts, counts=False)


def test_a_kept_database_may_go_when_its_run_ended_so_many_days_ago_and_left_nothing_to_decide() -> None:
    kept = ["shop_before_20261101t021000z_aaaa", "shop_failed_20261110t021000z_bbbb", "shop_before_20261001t0_cccc"]
    ended = {
        "20261101t021000z_aaaa": datetime(2026, 11, 1, tzinfo=UTC),
        "20261110t021000z_bbbb": datetime(2026, 11, 10, tzinfo=UTC),
    }
    now = datetime(2026, 11, 16, tzinfo=UTC)
    assert retention.outdated(kept, ended, now, days=14) == kept[:1]
    assert retention.outdated(kept, ended, now, days=15) == []
    assert retention.outdated(kept, {}, now, days=1) == []


candidate = st.builds(
    Candidate,
    name=st.uuids().map(str),
    number=st.none() | st.integers(1, 50),
    parts=st.sampled_from([BOTH, (DATABASE,), (MEDIA,)]),
    counts=st.booleans(),
    is_bound=st.booleans(),
).map(lambda one: one if one.number is not None else replace(one, counts=False))
places = st.lists(candidate, max_size=20, unique_by=(lambda one: one.name, lambda one: one.number or one.name))
keeps = st.integers(1, 4)


@pytest.mark.parametrize(
    ("candidates", "keep", "gone"),
    [
        ([], 1, []),
        ([good(1)], 1, []),
        ([good(3), good(1), good(2)], 1, ["run-1", "run-2"]),
        ([good(1), good(2), good(3)], 2, ["run-1"]),
        ([good(1), bad(2), bad(3)], 1, []),
        ([bad(1), good(2)], 1, ["run-1"]),
        ([bad(1), good(2)], 2, []),
        ([bad(None), good(2), good(3)], 1, ["run-2"]),
        ([good(1, (DATABASE,)), good(2, (MEDIA,))], 1, []),
        ([good(1), good(2, (MEDIA,))], 1, []),
        ([good(1), good(2, (DATABASE,)), good(3, (MEDIA,))], 1, ["run-1"]),
        ([replace(good(1), is_bound=True), good(2)], 1, []),
    ],
)
def test_what_is_older_than_the_last_good_ones_goes(candidates: list[Candidate], keep: int, gone: list[str]) -> None:
    assert retention.may_go(candidates, keep) == gone


@given(places, keeps)
def test_the_newest_verified_ones_of_each_part_stay(candidates: list[Candidate], keep: int) -> None:
    gone = set(retention.may_go(candidates, keep))
    for part in PARTS:
        verified = sorted(
            (one for one in candidates if one.counts and part in one.parts), key=lambda one: -(one.number or 0)
        )
        assert [one.name for one in verified[:keep] if one.name in gone] == []


@given(places, keeps)
def test_what_does_not_count_goes_only_when_enough_that_counts_is_newer(candidates: list[Candidate], keep: int) -> None:
    gone = set(retention.may_go(candidates, keep))
    for one in (one for one in candidates if one.name in gone):
        newer = [other for other in candidates if other.counts and (other.number or 0) > (one.number or 0)]
        assert [part for part in one.parts if len([n for n in newer if part in n.parts]) < keep] == []


@given(places, keeps)
def test_what_is_bound_or_without_a_place_in_the_order_stays(candidates: list[Candidate], keep: int) -> None:
    gone = set(retention.may_go(candidates, keep))
    assert [one.name for one in candidates if (one.is_bound or one.number is None) and one.name in gone] == []


@given(places, keeps, candidate.map(lambda one: replace(one, counts=False)))
def test_one_more_that_does_not_count_changes_nothing_for_the_others(
    candidates: list[Candidate], keep: int, more: Candidate
) -> None:
    alone = set(retention.may_go(candidates, keep))
    assert set(retention.may_go([*candidates, more], keep)) - {more.name} == alone


@given(places, keeps)
def test_what_is_relied_on_stays_and_counts(candidates: list[Candidate], keep: int) -> None:
    relied_on, counting = retention.relied_on(candidates), {one.name for one in candidates if one.counts}
    assert set(relied_on) <= counting
    assert set(relied_on) & set(retention.may_go(candidates, keep)) == set()


@given(places, keeps)
def test_the_order_in_which_they_are_listed_is_nothing(candidates: list[Candidate], keep: int) -> None:
    assert retention.may_go(candidates, keep) == retention.may_go(list(reversed(candidates)), keep)
