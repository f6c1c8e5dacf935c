"""C10: whatever bad backups are newer, the last good one stays; and a removal that dies leaves nothing half there."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import backup_files, backups
from fixtures.backup_files import DATABASE, MEDIA
from fixtures.journal import Journal
from fixtures.run import Run
from runbook import tidying
from runbook.outcome import Outcome
from tests.unit.made_backups import damage, damage_manifest, halve, make, run_name
from tests.unit.runs import make_run

# More than any backup here.
THIS_RUN = 9


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A backup that is being ended; nothing of its own was written, and one verified backup is kept."""
    run = make_run(tmp_path, plan="backup", backups={"keep": 1})
    run.journal.write("run-begun", number=THIS_RUN, plan="backup", requested="main", waived={})
    return run


def state(run: Run) -> Path:
    return run.deployment.target.state


def taken(run: Run, number: int, *, outcome: str = "done", plan: str = "backup", **how: object) -> Path:
    """A backup, with the journal of the run that took it."""
    journalled(run, number, outcome=outcome, plan=plan)
    return make(state(run), number, **how)  # type: ignore[arg-type]


def journalled(run: Run, number: int, *, outcome: str = "done", plan: str = "backup") -> None:
    """The journal of an earlier run."""
    directory = state(run) / "runs" / run_name(number)
    directory.mkdir(parents=True)
    journal = Journal.open(directory / "journal.jsonl")
    journal.write("run-begun", number=number, plan=plan, requested="main", waived={})
    if outcome:
        journal.write("run-ended", outcome=outcome)


def kept(run: Run) -> set[str]:
    """What stands among the backups."""
    return {path.name for path in backups.place(state(run)).iterdir()}


def noted(run: Run, event: str) -> list[str]:
    """The backups that an event was journalled of."""
    return [Path(r.evidence["directory"]).name for r in run.journal.records if r.event == event]


def test_c10_newer_bad_backups_leave_the_last_good_one(run: Run) -> None:
    old, good = taken(run, 1), taken(run, 2)
    for number, spoil in ((3, damage), (4, damage_manifest), (5, lambda directory: directory)):
        spoil(taken(run, number, verified=number != 5))
    journalled(run, 6, outcome="interrupted", plan="upgrade")
    half = halve(state(run), 6)
    tidying.tidy(run, Outcome.DONE)
    assert kept(run) == {good.name, run_name(3), run_name(4), run_name(5), half.name}
    assert noted(run, tidying.NOT_WHOLE) == [run_name(3)]
    assert noted(run, tidying.REMOVED) == [old.name]
    assert backup_files.verify_files(good).number == 2


def test_c10_with_no_whole_one_left_nothing_is_removed(run: Run) -> None:
    for number in (1, 2, 3):
        damage(taken(run, number))
    tidying.tidy(run, Outcome.DONE)
    assert kept(run) == {run_name(number) for number in (1, 2, 3)}
    assert noted(run, tidying.REMOVED) == []
    assert noted(run, tidying.NOT_WHOLE) == [run_name(3), run_name(2)]


def test_c10_a_backup_that_lost_a_file_pushes_nothing_out(run: Run) -> None:
    good, cut = taken(run, 1), taken(run, 2)
    (cut / backup_files.MEDIA_NAME).write_bytes(b"")
    tidying.tidy(run, Outcome.DONE)
    assert kept(run) == {good.name, cut.name}


def test_c10_a_backup_of_one_part_pushes_no_other_part_out(run: Run) -> None:
    both, database = taken(run, 1), taken(run, 2, parts=[DATABASE])
    tidying.tidy(run, Outcome.DONE)
    assert kept(run) == {both.name, database.name}
    media = taken(run, 3, parts=[MEDIA])
    tidying.tidy(run, Outcome.DONE)
    assert kept(run) == {database.name, media.name}


@pytest.mark.parametrize(("outcome", "plan"), [("", "upgrade"), ("needs-operator", "upgrade"), ("", "backup")])
def test_c10_the_backup_of_an_unfinished_run_stays(run: Run, outcome: str, plan: str) -> None:
    unfinished, newer = taken(run, 1, outcome=outcome, plan=plan), taken(run, 2)
    tidying.tidy(run, Outcome.DONE)
    assert kept(run) == {unfinished.name, newer.name}


def test_c10_what_this_suite_did_not_put_there_stays(run: Run) -> None:
    place = backups.place(state(run))
    renamed = taken(run, 1).rename(place / "before-the-big-change")
    stranger = make(state(run), 2)
    (place / run_name(3)).symlink_to(renamed)
    (place / "notes").mkdir()
    newer = taken(run, 4)
    tidying.tidy(run, Outcome.DONE)
    assert kept(run) == {renamed.name, stranger.name, run_name(3), "notes", newer.name}


@pytest.mark.parametrize(("plan", "outcome"), [("backup", Outcome.REFUSED), ("trial", Outcome.DONE)])
def test_a_run_that_is_not_done_or_is_of_another_plan_removes_nothing(run: Run, plan: str, outcome: Outcome) -> None:
    old, newer = taken(run, 1), taken(run, 2)
    run.plan = plan
    tidying.tidy(run, outcome)
    assert kept(run) == {old.name, newer.name}


def test_a_removal_that_dies_in_the_middle_leaves_no_half_backup_under_its_name(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, newer = taken(run, 1), taken(run, 2)

    def die(partial: Path) -> None:
        if partial.exists():
            raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(backup_files, "remove", die)
        with pytest.raises(KeyboardInterrupt):
            tidying.tidy(run, Outcome.DONE)
    assert kept(run) == {backup_files.partial_name(old.name), newer.name}
    tidying.tidy(run, Outcome.DONE)
    assert kept(run) == {newer.name}
