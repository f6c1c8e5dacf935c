"""B1, B2, C1: a disk that is too small is refused with the figures; one that fills up leaves nothing half done."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from staging.deployment import Rehearsal
from tests.faults import deployments, disks, failpoint, living
from tests.faults.killing import FORTH
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

RESERVE_BYTES = 30_000_000
TOO_SMALL_BYTES, LARGE_ENOUGH_BYTES = 40 * disks.MIB, 96 * disks.MIB
# Room for the first files of a dump, not for its data.
LEFT_BYTES = 48 * 1024


@pytest.mark.beside
@disks.only_root
def test_b1_b2_c1_a_disk_that_is_too_small_or_fills_up_refuses_the_run() -> None:
    with deployments.deployed("disks") as rehearsal:
        before = outside.look(rehearsal)
        for judge in (b1_too_little_room, b2_too_few_inodes, c1_full_in_the_dump):
            judge(rehearsal)
            assert outside.look(rehearsal) == before, judge.__name__
            assert outside.leftovers(rehearsal) == [], judge.__name__


def b1_too_little_room(rehearsal: Rehearsal) -> None:
    """B1: the state directory's file system has room for its reserve, not for what the run makes on it."""
    with disks.small(TOO_SMALL_BYTES) as disk:
        refused = refusal(rehearsal, disk)
        assert re.search(rf"{disk}: \d\d MB and \d+ inodes free", refused.output), refused.output
        assert re.search(rf"{disk}: \d\d MB and \d+ inodes$", refused.output, re.MULTILINE), refused.output
        assert "too little room on the disk; nothing was changed" in refused.output
        for what in ("dump of the database", "uploaded files at the rollback point", "worktree of the release"):
            assert re.search(rf"\d+ [kM]B +\d+ inodes  {what}", refused.output), refused.output


def b2_too_few_inodes(rehearsal: Rehearsal) -> None:
    """B2: there is room, but hardly a file can be made."""
    with disks.small(LARGE_ENOUGH_BYTES, "-N", "64") as disk:
        refused = refusal(rehearsal, disk)
        assert "too few inodes; nothing was changed" in refused.output
        assert re.search(rf"{disk}: \d\d MB and \d\d inodes$", refused.output, re.MULTILINE), refused.output


def refusal(rehearsal: Rehearsal, disk: Path) -> Ended:
    """An upgrade that is refused by preflight, with the state on a disk; it has written no backup."""
    with disks.holding_the_state(rehearsal, disk, reserve_bytes=RESERVE_BYTES):
        refused = gate.call(*FORTH.command(rehearsal))
        assert refused.exit_code == 10, refused.output
        assert not (disk / "backups").exists()
    return refused


def c1_full_in_the_dump(rehearsal: Rehearsal) -> None:
    """C1: the budget was met, then another program took the room; with room again the same command works."""
    with (
        disks.small(LARGE_ENOUGH_BYTES) as disk,
        disks.holding_the_state(rehearsal, disk, reserve_bytes=RESERVE_BYTES),
    ):
        command = ("-m", "backup", "--keep", "--to", "v2.0.0", f"--place={rehearsal.place}")
        hog = filled_in(rehearsal, command, lambda: disks.fill(disk, but_bytes=LEFT_BYTES))
        assert whole(disk) == []
        assert outside.leftovers(rehearsal) == []
        hog.unlink()
        ended = gate.call(*command)
        assert ended.exit_code == 0, ended.output
        assert whole(disk) == [outside.newest_run(rehearsal).name]


def filled_in(rehearsal: Rehearsal, command: tuple[str, ...], fill: Callable[[], Path]) -> Path:
    """Have the disk filled when the backup has just begun; return the file that took the room."""
    stopping = failpoint.at("stage-begun backup", "SIGSTOP")
    with living.begun(*failpoint.PLUGIN, *command, extra=stopping) as runner:
        runner.until_stopped()
        hog = fill()
        runner.go_on()
        assert runner.wait() == 10, runner.said()
        assert "dump failed in container" in runner.said(), runner.said()
        assert "No space left on device" in runner.said()
    return hog


def whole(disk: Path) -> list[str]:
    """The backups that say by their name that they are whole."""
    return [path.name for path in (disk / "backups").glob("[!.]*")]
