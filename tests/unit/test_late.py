"""Which rollback is meant: the plain one, or the one that has to reckon with what users wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.decision import DOWNGRADE, ROLLBACK_POINT
from fixtures.errors import Refused
from runbook import history, late, status_text
from runbook.outcome import Outcome
from runbook.plans import LATE_ROLLBACK, PLANS
from runbook.record import StageRecord
from runbook.runner import Runner
from tests.unit.runs import make_run
from tests.unit.test_history import write_run

CLOSED = ("stage-begun preflight", "door-closing maintenance")
OPENED = (*CLOSED, "door-opening acceptance", "stage-passed acceptance")
TAKING_BACK = ("stage-begun decision", "door-closing maintenance")
UPGRADE, NEXT = "20261122T021000Z-aaaa", "20261122T031000Z-bbbb"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "shop.runbook"


@pytest.mark.parametrize(
    ("events", "outcome", "is_due"),
    [
        (OPENED, "done", True),
        (OPENED, "needs-operator", True),
        (OPENED, "interrupted", False),
        (OPENED, "", False),
        (CLOSED, "needs-operator", False),
        ((*CLOSED, "door-reopening rollback"), "rolled-back", False),
        (("stage-begun preflight",), "refused", False),
    ],
)
def test_it_is_due_once_users_were_let_in_by_an_upgrade_that_is_over(
    state: Path, events: tuple[str, ...], outcome: str, is_due: bool
) -> None:
    write_run(state, UPGRADE, *events, outcome=outcome)
    assert late.is_due(state) is is_due


@pytest.mark.parametrize(
    ("plan", "events", "outcome", "is_due"),
    [
        ("backup", ("stage-begun backup",), "done", True),
        ("restore", (*CLOSED, "door-opening acceptance"), "done", False),
        (LATE_ROLLBACK, ("stage-begun decision",), "needs-operator", True),
        (LATE_ROLLBACK, (*TAKING_BACK, "door-opening acceptance"), "rolled-back", False),
        (LATE_ROLLBACK, (*TAKING_BACK, "door-reopening rollback"), "needs-operator", True),
        (LATE_ROLLBACK, TAKING_BACK, "", True),
    ],
)
def test_what_came_after_the_upgrade_decides_too(
    state: Path, plan: str, events: tuple[str, ...], outcome: str, is_due: bool
) -> None:
    write_run(state, UPGRADE, *OPENED, outcome="done", number=1)
    write_run(state, NEXT, *events, outcome=outcome, plan=plan, number=2)
    assert late.is_due(state) is is_due


def test_one_that_was_cut_short_with_the_door_closed_stands_in_the_way_and_names_its_command(state: Path) -> None:
    write_run(state, UPGRADE, *OPENED, outcome="done", number=1)
    journal = write_run(state, NEXT, *TAKING_BACK, plan=LATE_ROLLBACK, number=2)
    assert late.unfinished(state) is not None
    assert history.ways(journal) == "`pytest -m rollback` goes on with it"
    with pytest.raises(Refused, match=r"The rollback to v2\.0\.0 did not finish"):
        history.refuse_unfinished(state)


@pytest.mark.parametrize(("way", "told"), [(ROLLBACK_POINT, "was given up"), (DOWNGRADE, "what users wrote since")])
def test_status_says_whether_what_users_wrote_was_given_up(state: Path, way: str, told: str) -> None:
    write_run(state, UPGRADE, *OPENED, outcome="done", number=1)
    journal = write_run(state, NEXT, *TAKING_BACK, plan=LATE_ROLLBACK, number=2)
    journal.write("achieved", "reversal", kind="Reversal", result={"way": way})
    journal.write("run-ended", outcome="rolled-back")
    assert told in status_text.next_step(journal)


@pytest.mark.parametrize(
    ("plan", "told"), [(LATE_ROLLBACK, "then pytest -m rollback"), ("verification", "what is wrong with what serves")]
)
def test_after_a_refusal_status_names_what_that_plan_needs(state: Path, plan: str, told: str) -> None:
    write_run(state, UPGRADE, *OPENED, outcome="done", number=1)
    journal = write_run(state, NEXT, "stage-begun backup", outcome="refused", plan=plan, number=2)
    assert told in status_text.next_step(journal)


def test_its_own_way_back_ends_with_a_person_and_its_success_with_11(tmp_path: Path) -> None:
    runner = Runner(make_run(tmp_path, plan=LATE_ROLLBACK), PLANS[LATE_ROLLBACK])
    for stage in PLANS[LATE_ROLLBACK][:-1]:
        runner.records[stage] = StageRecord(stage, 0.0)
        runner.records[stage].end("passed")
    assert runner.outcome() is Outcome.ROLLED_BACK
    runner.records["rollback"] = StageRecord("rollback", 0.0)
    runner.records["rollback"].end("passed")
    assert runner.outcome() is Outcome.NEEDS_OPERATOR
