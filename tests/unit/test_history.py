"""What earlier processes left: read from their journals, and settled before anything new begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.errors import NeedsOperator, Refused
from fixtures.inspection import Inspection
from fixtures.journal import Journal
from fixtures.maintenance import RollbackPoint
from fixtures.run import Run
from runbook import history
from tests.unit.runs import EMPTY, INSPECTION, make_run


def write_run(state: Path, name: str, *events: str, outcome: str = "") -> Journal:
    """The journal of an earlier run: stages begun, and how it ended if it did."""
    directory = state / "runs" / name
    directory.mkdir(parents=True)
    journal = Journal.open(directory / "journal.jsonl")
    journal.write("run-begun", plan="upgrade", requested="v2.0.0", waived={})
    for event in events:
        journal.write(*event.split())
    if outcome:
        journal.write("run-ended", outcome=outcome)
    return journal


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "shop.runbook"


CLOSED = ("stage-begun preflight", "stage-begun maintenance")


@pytest.mark.parametrize(
    ("events", "outcome", "refused"),
    [
        (CLOSED, "", True),
        (CLOSED, "interrupted", True),
        (CLOSED, "needs-operator", True),
        (CLOSED, "done", False),
        (CLOSED, "rolled-back", False),
        (("stage-begun backup",), "", False),
        (("stage-begun backup",), "refused", False),
        ((*CLOSED, "door-opening acceptance"), "needs-operator", False),
    ],
)
def test_an_upgrade_does_not_begin_on_top_of_a_run_that_left_something_to_decide(
    state: Path, events: tuple[str, ...], outcome: str, refused: bool
) -> None:
    journal = write_run(state, "20261122T021000Z-aaaa", *events, outcome=outcome)
    if refused:
        with pytest.raises(Refused, match="nothing was changed") as told:
            history.refuse_unfinished(state)
        assert told.value.found == str(journal.path)
        assert "pytest -m rollback" in told.value.next_step
    else:
        history.refuse_unfinished(state)


def test_a_deployment_that_was_never_upgraded_is_settled(state: Path) -> None:
    history.refuse_unfinished(state)
    assert history.last_that_changed(state) is None


def test_the_newest_run_that_closed_the_door_counts(state: Path) -> None:
    write_run(state, "20261122T021000Z-aaaa", *CLOSED, outcome="interrupted")
    newer = write_run(state, "20261122T031000Z-bbbb", *CLOSED, outcome="done")
    write_run(state, "20261122T041000Z-cccc", "stage-begun backup", outcome="done")
    found = history.last_that_changed(state)
    assert found is not None
    assert found.path == newer.path


def test_a_damaged_journal_is_not_passed_over(state: Path) -> None:
    journal = write_run(state, "20261122T021000Z-aaaa", *CLOSED)
    journal.path.write_bytes(b"x" + journal.path.read_bytes())
    with pytest.raises(Refused, match="damaged"):
        history.refuse_unfinished(state)


# rolling back what another process began -----------------------------------------------------------------------------


@pytest.fixture
def begun(tmp_path: Path) -> Run:
    """A run that inspected, took its rollback point, and was killed."""
    run = make_run(tmp_path)
    run.journal.write("run-begun", plan="upgrade", requested="v2.0.0", waived={})
    run.achieve("preflight", INSPECTION)
    run.journal.write("stage-begun", "maintenance")
    run.achieve("maintenance", RollbackPoint(snapshot="shop_before_x", directory=tmp_path, fingerprint=EMPTY, media={}))
    return run


def test_a_run_is_reopened_with_its_name_its_directory_and_all_that_it_achieved(begun: Run) -> None:
    again = history.reopen(begun.deployment, Journal.open(begun.journal.path))
    assert (again.name, again.plan, again.requested, again.directory) == (
        *(begun.name, "rollback", "v2.0.0"),
        begun.directory,
    )
    assert again.get(Inspection) == INSPECTION
    assert again.get(RollbackPoint) == begun.get(RollbackPoint)


def test_its_work_has_the_same_names_so_that_nothing_is_done_twice(begun: Run) -> None:
    again = history.reopen(begun.deployment, Journal.open(begun.journal.path))
    assert again.work.name("migration") == begun.work.name("migration")
    assert again.suffix == begun.suffix


@pytest.mark.parametrize("outcome", ["rolled-back", None], ids=["rolled back already", "never changed"])
def test_nothing_to_roll_back_is_refused(begun: Run, outcome: str | None) -> None:
    if outcome:
        begun.journal.write("run-ended", outcome=outcome)
    with pytest.raises(Refused, match="nothing to roll back; nothing was changed"):
        history.reopen(begun.deployment, begun.journal if outcome else None)


def test_a_run_whose_door_was_opened_needs_a_person(begun: Run) -> None:
    begun.journal.write("door-opening", "acceptance")
    with pytest.raises(NeedsOperator, match="not thrown away"):
        history.reopen(begun.deployment, begun.journal)


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
