"""What `-m backups` says: the true state of each backup, because every byte of it was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.backup_files import MEDIA, MEDIA_NAME
from fixtures.deployment import Deployment
from fixtures.journal import Journal
from fixtures.settings import Target
from runbook import backups_text
from tests.unit.made_backups import DATA_NAME, damage, damage_manifest, halve, make, run_name
from tests.unit.recording import RecordingHost


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "shop.runbook"


def told(state: Path) -> list[str]:
    """The lines that are printed."""
    target = Target(name="shop", directory=state.with_name("shop"), url="http://127.0.0.1:1")
    return "\n".join(backups_text.render(Deployment(target, RecordingHost()))).splitlines()


def state_of(state: Path, number: int) -> str:
    """What is said beside a backup's name."""
    (line,) = [line for line in told(state) if line.startswith(f"  {run_name(number)}  ")]
    return line.removeprefix(f"  {run_name(number)}  ")


def test_the_newest_run_stands_first_whatever_its_name(state: Path) -> None:
    for number in (2, 1, 3):
        make(state, number)
    listed = [line.split()[0] for line in told(state) if line.startswith("  2026")]
    assert listed == [run_name(3), run_name(2), run_name(1)]


def test_a_backup_is_told_with_all_that_a_person_chooses_by(state: Path) -> None:
    make(state, 4)
    lines = told(state)
    assert state_of(state, 4) == "verified 04:11"
    assert "    taken    2026-11-22 04:10, v1.4.0 at revision 9c41d0" in lines
    assert "    holds    2 files, 0.0 MB" in lines
    assert lines[-1] == f"  next       pytest -m restore --backup {run_name(4)}"


def test_a_part_that_was_left_out_is_told(state: Path) -> None:
    make(state, 1, parts=[MEDIA])
    assert "    holds    2 files, no database, 0.0 MB" in told(state)


def test_a_backup_that_was_never_restored_says_so(state: Path) -> None:
    make(state, 1, verified=False)
    assert state_of(state, 1) == "never restored"
    assert told(state)[-1] == f"  next       {backups_text.NONE_TO_RESTORE}"


def test_damage_is_told_with_the_file_and_the_next_whole_one_is_named(state: Path) -> None:
    whole = make(state, 1)
    damage(make(state, 2))
    damage_manifest(make(state, 3))
    assert state_of(state, 2).startswith(f"damaged: {DATA_NAME}: ")
    assert state_of(state, 3).startswith("damaged: its manifest")
    assert told(state)[-1] == f"  next       pytest -m restore --backup {whole.name}"


def test_how_many_more_files_are_damaged_is_told(state: Path) -> None:
    (damage(make(state, 1)) / MEDIA_NAME).unlink()
    assert state_of(state, 1).endswith("(and 1 more)")


@pytest.mark.parametrize(
    ("plan", "outcome", "who"),
    [
        ("upgrade", "", "pytest -m upgrade --resume or pytest -m rollback"),
        ("backup", "", "the next run"),
        ("backup", "done", "the next pytest -m backup or upgrade that is done"),
    ],
)
def test_what_is_half_written_is_told_with_who_removes_it(state: Path, plan: str, outcome: str, who: str) -> None:
    partial = halve(state, 1)
    run = state / "runs" / run_name(1)
    run.mkdir(parents=True)
    journal = Journal.open(run / "journal.jsonl")
    journal.write("run-begun", number=1, plan=plan, requested="main", waived={})
    if outcome:
        journal.write("run-ended", outcome=outcome)
    assert f"  {partial.name}  half written (run {run_name(1)}, removed by {who})" in told(state)


def test_every_piece_is_told_as_soon_as_it_is_known(state: Path) -> None:
    make(state, 1)
    make(state, 2)
    target = Target(name="shop", directory=state.with_name("shop"), url="http://127.0.0.1:1")
    pieces = list(backups_text.render(Deployment(target, RecordingHost())))
    assert [run_name(2) in pieces[2], run_name(1) in pieces[3]] == [True, True]


def test_without_any_backup_it_says_how_to_take_one(state: Path) -> None:
    assert told(state)[1:] == [f"  {backups_text.NONE_YET}"]


def test_the_one_to_restore_has_both_parts_where_one_has(state: Path) -> None:
    both = make(state, 1)
    make(state, 2, parts=[MEDIA])
    assert told(state)[-1] == f"  next       pytest -m restore --backup {both.name}"
