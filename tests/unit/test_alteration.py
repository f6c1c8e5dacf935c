"""The migration tool's lone commands: where they lead, and what they would run, undo or pass over."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import alteration
from fixtures.alteration import Intention, steps, wanted_revisions
from fixtures.errors import Refused, StageFailed
from fixtures.release import Revision
from tests.unit.runs import make_run


def revision(name: str, *parents: str) -> Revision:
    """A revision by its name."""
    return Revision(revision=name, parents=parents, title=name.upper())


# a1 - b2 - c3 - e5
#        \- d4 -/
CARRIED = {
    one.revision: one
    for one in (
        revision("a1"),
        revision("b2", "a1"),
        revision("c3", "b2"),
        revision("d4", "b2"),
        revision("e5", "c3", "d4"),
    )
}
LINE = {name: CARRIED[name] for name in ("a1", "b2", "c3")}


@pytest.mark.parametrize(
    ("plan", "asked", "current", "found"),
    [
        ("downgrade", "-1", ["c3"], ["b2"]),
        ("downgrade", "-2", ["c3"], ["a1"]),
        ("downgrade", "-3", ["c3"], []),
        ("downgrade", "base", ["c3"], []),
        ("downgrade", "a1", ["c3"], ["a1"]),
        ("downgrade", "a", ["e5"], ["a1"]),
        ("stamp", "head", ["a1"], ["e5"]),
        ("stamp", "base", ["e5"], []),
        ("stamp", "c3", ["zz"], ["c3"]),
    ],
)
def test_a_revision_is_named_by_its_beginning_by_steps_or_by_a_word(
    plan: str, asked: str, current: list[str], found: list[str]
) -> None:
    assert wanted_revisions(plan, asked, CARRIED, current) == found


@pytest.mark.parametrize(
    ("plan", "asked", "current"),
    [
        ("downgrade", "-1", ["e5"]),
        ("downgrade", "-9", ["c3"]),
        ("downgrade", "-0", ["c3"]),
        ("downgrade", "-x", ["c3"]),
        ("downgrade", "-1", []),
        ("downgrade", "-1", ["zz"]),
        ("downgrade", "d4", ["c3"]),
        ("downgrade", "zz", ["c3"]),
        ("downgrade", "", ["c3"]),
        ("stamp", "zz", ["c3"]),
    ],
)
def test_a_revision_that_is_unknown_uncertain_or_not_on_the_way_is_refused(
    plan: str, asked: str, current: list[str]
) -> None:
    with pytest.raises(Refused, match="nothing was changed"):
        wanted_revisions(plan, asked, CARRIED, current)


def test_an_upgrade_leads_to_the_head_that_the_deployed_version_carries() -> None:
    assert wanted_revisions("database_upgrade", "", LINE, ["a1"]) == ["c3"]


@pytest.mark.parametrize(
    ("plan", "current", "aim", "told"),
    [
        ("database_upgrade", ["a1"], ["c3"], ["b2 (B2): is run", "c3 (C3): is run"]),
        ("downgrade", ["c3"], ["a1"], ["c3 (C3): is undone", "b2 (B2): is undone"]),
        ("stamp", ["b2"], ["c3"], ["c3 (C3): counts as applied, and is not run"]),
        ("stamp", ["c3"], ["b2"], ["c3 (C3): counts as not applied"]),
        ("stamp", ["c3"], ["d4"], ["c3 (C3): counts as not applied", "d4 (D4): counts as applied, and is not run"]),
        ("stamp", ["zz"], ["a1"], ["a1 (A1): counts as applied, and is not run"]),
        ("downgrade", ["c3"], ["c3"], []),
    ],
)
def test_every_step_is_told_in_its_order(plan: str, current: list[str], aim: list[str], told: list[str]) -> None:
    assert list(steps(plan, CARRIED, current, aim)) == told


def intention(accepted: str) -> Intention:
    """A downgrade that may lose data, or not."""
    return Intention(operation="downgrade", current=["b2"], wanted=[], steps=["b2"], reason="", accepted=accepted)


def test_what_is_lost_is_named_and_put_back_unless_a_person_gave_it_up(tmp_path: Path) -> None:
    run = make_run(tmp_path, plan="downgrade")
    run.requested = "-1"
    run.put(intention(""))
    alteration.refuse_loss(run, [])
    with pytest.raises(StageFailed, match="put back") as failed:
        alteration.refuse_loss(run, ["users.name: the column is gone"])
    assert "users.name: the column is gone" in failed.value.found
    assert "pytest -m downgrade --revision=-1 --accept-data-loss" in failed.value.next_step
    run.put(intention("nobody used it"))
    alteration.refuse_loss(run, ["users.name: the column is gone"])
