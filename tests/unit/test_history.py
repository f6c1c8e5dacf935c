"""What earlier processes left: read from their journals, and settled before anything new begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.errors import NeedsOperator, Refused
from fixtures.inspection import Inspection
from fixtures.journal import Journal
from fixtures.rollback_point import RollbackPoint
from fixtures.run import Run
from runbook import history
from tests.unit.runs import EMPTY, INSPECTION, make_run


def write_run(
    state: Path, name: str, *events: str, outcome: str = "", plan: str = "upgrade", number: int = 1
) -> Journal:
    """The journal of an earlier run: stages begun, and how it ended if it did."""
    directory = state / "runs" / name
    directory.mkdir(parents=True)
    journal = Journal.open(directory / "journal.jsonl")
    journal.write("run-begun", number=number, plan=plan, requested="v2.0.0", waived={})
    for event in events:
        journal.write(*event.split())
    if outcome:
        journal.write("run-ended", outcome=outcome)
    return journal


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "shop.runbook"


CLOSED = ("stage-begun preflight", "door-closing maintenance")


@pytest.mark.parametrize(
    ("events", "outcome", "refused"),
    [
        (CLOSED, "", True),
        (CLOSED, "interrupted", True),
        (CLOSED, "needs-operator", True),
        (CLOSED, "done", False),
        (CLOSED, "rolled-back", False),
        (("stage-begun backup",), "", True),
        (("stage-begun backup",), "interrupted", True),
        (("stage-begun backup",), "refused", False),
        ((*CLOSED, "door-opening acceptance"), "", True),
        ((*CLOSED, "door-opening acceptance"), "interrupted", True),
        ((*CLOSED, "door-opening acceptance"), "needs-operator", True),
        ((*CLOSED, "door-opening acceptance", "stage-passed acceptance"), "needs-operator", False),
        ((*CLOSED, "stage-begun rollback"), "needs-operator", True),
        ((*CLOSED, "stage-begun rollback", "door-reopening rollback"), "needs-operator", False),
        ((*CLOSED, "stage-begun rollback", "door-reopening rollback"), "", True),
    ],
)
def test_an_upgrade_does_not_begin_on_top_of_a_run_that_left_something_to_decide(
    state: Path, events: tuple[str, ...], outcome: str, refused: bool
) -> None:
    journal = write_run(state, "20261122T021000Z-aaaa", *events, outcome=outcome)
    if refused:
        with pytest.raises(Refused, match="nothing was changed") as told:
            history.refuse_unfinished(state)
        assert told.value.evidence == str(journal.path)
        assert "pytest -m upgrade --resume" in told.value.next_step
        assert "pytest -m rollback" in told.value.next_step
    else:
        history.refuse_unfinished(state)


def test_a_deployment_that_was_never_upgraded_is_settled(state: Path) -> None:
    history.refuse_unfinished(state)
    assert history.last_that_changed(state) is None


def test_the_newest_run_that_closed_the_door_counts(state: Path) -> None:
    write_run(state, "20261122T021000Z-aaaa", *CLOSED, outcome="interrupted", number=1)
    newer = write_run(state, "20261122T031000Z-bbbb", *CLOSED, outcome="done", number=2)
    write_run(state, "20261122T041000Z-cccc", "stage-begun backup", outcome="done", plan="backup", number=3)
    found = history.last_that_changed(state)
    assert found is not None
    assert found.path == newer.path


def test_a_damaged_journal_is_not_passed_over(state: Path) -> None:
    journal = write_run(state, "20261122T021000Z-aaaa", *CLOSED)
    journal.path.write_bytes(b"x" + journal.path.read_bytes())
    with pytest.raises(NeedsOperator, match="damaged"):
        history.refuse_unfinished(state)


def test_runs_are_ordered_by_their_number_whatever_the_clock_said(state: Path) -> None:
    write_run(state, "20261122T041000Z-aaaa", outcome="done", number=1)
    newer = write_run(state, "20261122T021000Z-bbbb", number=2)
    found = history.last_change(state)
    assert found is not None
    assert found.path == newer.path
    assert history.next_number(state) == 3


def test_a_run_that_died_before_its_first_record_has_done_nothing(state: Path) -> None:
    (state / "runs" / "20261122T021000Z-aaaa").mkdir(parents=True)
    assert history.journals(state) == []
    history.refuse_unfinished(state)


def test_a_run_without_a_journal_that_left_something_is_never_passed_over(state: Path) -> None:
    (state / "runs" / "20261122T021000Z-aaaa" / "rollback-point").mkdir(parents=True)
    with pytest.raises(NeedsOperator, match=r"lost; nothing was changed now\."):
        history.refuse_unfinished(state)


# rolling back what another process began -----------------------------------------------------------------------------


@pytest.fixture
def begun(tmp_path: Path) -> Run:
    """A run that inspected, took its rollback point, and was killed."""
    run = make_run(tmp_path)
    run.journal.write("run-begun", number=1, plan="upgrade", requested="v2.0.0", waived={"trial": "no licence"})
    run.achieve("preflight", INSPECTION)
    run.journal.write("door-closing", "maintenance")
    run.achieve("maintenance", RollbackPoint(snapshot="shop_before_x", directory=tmp_path, fingerprint=EMPTY, media={}))
    return run


def test_a_run_is_reopened_with_its_name_its_directory_and_all_that_it_achieved(begun: Run) -> None:
    again = history.reopen(begun.deployment)
    assert (again.name, again.plan, again.requested, again.directory) == (
        *(begun.name, "rollback", "v2.0.0"),
        begun.directory,
    )
    assert again.get(Inspection) == INSPECTION
    assert again.get(RollbackPoint) == begun.get(RollbackPoint)


def test_its_work_has_the_same_names_so_that_nothing_is_done_twice(begun: Run) -> None:
    again = history.reopen(begun.deployment)
    assert again.work.name("migration") == begun.work.name("migration")
    assert again.suffix == begun.suffix


@pytest.mark.parametrize("outcome", ["rolled-back", None], ids=["rolled back already", "never changed"])
def test_nothing_to_roll_back_is_refused(begun: Run, outcome: str | None) -> None:
    if outcome:
        begun.journal.write("run-ended", outcome=outcome)
    else:
        begun.journal.path.unlink()
    with pytest.raises(Refused, match="nothing to roll back; nothing was changed"):
        history.reopen(begun.deployment)


def test_a_run_whose_door_was_opened_needs_a_person(begun: Run) -> None:
    begun.journal.write("door-opening", "acceptance")
    with pytest.raises(NeedsOperator, match="not thrown away"):
        history.reopen(begun.deployment)


def test_an_unfinished_upgrade_that_changed_nothing_is_over_when_it_is_to_be_rolled_back(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    run.journal.write("run-begun", number=1, plan="upgrade", requested="v2.0.0", waived={})
    with pytest.raises(Refused, match="had changed nothing of the deployment"):
        history.reopen(run.deployment)
    ending = Journal.open(run.journal.path).ending
    assert ending is not None
    assert (ending.evidence["outcome"], ending.evidence["exit_code"]) == ("refused", 10)
    history.refuse_unfinished(run.deployment.target.state)


# going on with what another process began ----------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["", "v2.0.0"], ids=["no release", "the same release"])
def test_an_unfinished_upgrade_is_gone_on_with_as_it_was_asked_for(begun: Run, asked: str) -> None:
    again = history.resume(begun.deployment, "upgrade", asked, {})
    assert (again.name, again.plan, again.requested, again.is_resumed) == (begun.name, "upgrade", "v2.0.0", True)
    assert again.waived == {"trial": "no licence"}
    assert again.get(RollbackPoint) == begun.get(RollbackPoint)


def test_it_is_not_gone_on_with_to_another_release(begun: Run) -> None:
    with pytest.raises(Refused, match="to another release") as told:
        history.resume(begun.deployment, "upgrade", "v2.0.1", {})
    assert (told.value.expected, told.value.found) == ("v2.0.0", "v2.0.1")


def test_a_waiver_that_was_given_later_is_remembered_too(begun: Run) -> None:
    begun.journal.write("run-resumed", waived={"trial": "another reason"})
    assert history.resume(begun.deployment, "upgrade", "", {}).waived == {"trial": "another reason"}


@pytest.mark.parametrize("outcome", ["done", "rolled-back", "refused", "nothing-to-do"])
def test_what_came_to_its_end_is_not_gone_on_with(begun: Run, outcome: str) -> None:
    begun.journal.write("run-ended", outcome=outcome)
    with pytest.raises(Refused, match="no unfinished upgrade"):
        history.resume(begun.deployment, "upgrade", "", {})


def test_what_a_stage_achieved_last_is_what_counts(begun: Run) -> None:
    begun.achieve("preflight", INSPECTION.model_copy(update={"from_branch": "other"}))
    assert history.resume(begun.deployment, "upgrade", "", {}).get(Inspection).from_branch == "other"


def test_dead_runs_of_other_plans_are_settled_and_upgrades_are_not(begun: Run) -> None:
    state = begun.deployment.target.state
    other = write_run(state, "20261123T000000Z-bbbb", plan="backup", number=2)
    history.settle_dead_runs(begun.deployment)
    assert Journal.open(other.path).outcome == "interrupted"
    assert Journal.open(begun.journal.path).outcome == ""


def test_the_newest_result_of_a_kind_is_found_in_any_run(begun: Run) -> None:
    state = begun.deployment.target.state
    begun.journal.write("stage-passed", "preflight")
    write_run(state, "20261123T000000Z-bbbb", outcome="done")
    assert history.last_achieved(state, Inspection) == INSPECTION


def test_what_a_broken_deployment_was_like_is_no_baseline(begun: Run) -> None:
    begun.journal.write("stage-failed", "preflight")
    assert history.last_achieved(begun.deployment.target.state, Inspection) is None


def test_a_result_that_no_run_has_is_none(state: Path) -> None:
    write_run(state, "20261122T021000Z-aaaa")
    assert history.last_achieved(state, Inspection) is None
