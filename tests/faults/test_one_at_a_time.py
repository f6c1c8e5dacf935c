"""A1, A2, A4, A5: one run at a time on a target, whoever starts it from where, and whatever the clock says."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from staging import debian
from staging.deployment import Rehearsal
from tests.faults import barrier, deployments, failpoint, killing, living, ssh
from tests.faults.killing import KILLED
from tests.rehearsal import gate, outside

pytestmark = pytest.mark.engine

AHEAD, BACK = "+2h", "-2h"
LIBRARY = "*/faketime/libfaketime.so.1"


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    """A deployment of v1.4.0, which is also described as a target of the operator's."""
    with deployments.deployed("one-at-a-time") as made:
        settings = made.settings_file.read_text("utf-8")
        (made.place / "shop.toml").write_text(settings.replace("targets.rehearsal", "targets.shop"), "utf-8")
        yield made


def on_target(rehearsal: Rehearsal, plan: str, *options: str) -> tuple[str, ...]:
    """The options that name the deployment as an operator's target: no lock of the rehearsal is in the way."""
    return ("-m", plan, "--target", "shop", f"--settings={rehearsal.place}/shop.toml", *options)


def test_a1_of_two_runners_at_once_one_is_refused_and_told_who_holds_the_lock(
    rehearsal: Rehearsal, tmp_path: Path
) -> None:
    command, together = (*barrier.PLUGIN, *on_target(rehearsal, "verification")), barrier.at(tmp_path, 2)
    with living.begun(*command, extra=together) as one, living.begun(*command, extra=together) as other:
        ended = {one.process.pid: one, other.process.pid: other}
        codes = {pid: runner.wait() for pid, runner in ended.items()}
        assert sorted(codes.values()) == [0, 10], [runner.said() for runner in ended.values()]
        winner, loser = sorted(codes, key=lambda pid: codes[pid])
        assert "Another run is at work on this deployment; nothing was changed." in ended[loser].said()
        assert f"process {winner}, since" in ended[loser].said()


def test_a2_a_runner_that_came_through_ssh_and_one_that_did_not_keep_each_other_out(
    rehearsal: Rehearsal,
) -> None:
    before, command = outside.look(rehearsal), on_target(rehearsal, "verification")
    with ssh.server() as server:
        held = failpoint.at("run-begun", "SIGSTOP")
        remote = server.argv(gate.argv(*failpoint.PLUGIN, *command), gate.ROOT, held, terminal=False)
        with living.begun_as(remote) as through_ssh:
            through_ssh.until("its runner holds the lock and stands still", lambda: stands_still(holder(rehearsal)))
            local = gate.call(*command)
            assert local.exit_code == 10
            assert f"process {holder(rehearsal)}, since" in local.output
            os.kill(holder(rehearsal), signal.SIGCONT)
            assert through_ssh.wait() == 0, through_ssh.said()
        with living.begun(*failpoint.PLUGIN, *command, extra=held) as here:
            here.until_stopped()
            refused = living.begun_as(server.argv(gate.argv(*command), gate.ROOT, {}, terminal=False))
            with refused as through_ssh:
                assert through_ssh.wait() == 10, through_ssh.said()
                assert f"process {here.process.pid}, since" in through_ssh.said()
    assert outside.look(rehearsal) == before


def holder(rehearsal: Rehearsal) -> int:
    """The process that the lock says holds it."""
    path = rehearsal.state_directory / "lock"
    words = path.read_text("utf-8").split() if path.exists() else []
    return int(words[1].rstrip(",")) if words else 0


def stands_still(process: int) -> bool:
    """Whether a process is there and was stopped."""
    try:
        return living.state(process) == "T"
    except OSError:
        return False


def test_a4_an_old_lock_is_kept_by_the_living_and_freed_by_death(rehearsal: Rehearsal) -> None:
    command = on_target(rehearsal, "verification")
    with living.begun(*failpoint.PLUGIN, *command, extra=failpoint.at("run-begun", "SIGSTOP")) as alive:
        alive.until_stopped()
        os.utime(rehearsal.state_directory / "lock", (0, 0))
        refused = gate.call(*command)
        assert (refused.exit_code, f"process {alive.process.pid}" in refused.output) == (10, True)
        alive.kill()
    assert gate.call(*command).exit_code == 0


@pytest.mark.beside
@pytest.mark.thorough
def test_a5_a_clock_that_moves_changes_nothing_of_who_may_run_and_which_run_is_the_newest() -> None:
    with deployments.deployed("clock") as rehearsal:
        before, command = outside.look(rehearsal), killing.FORTH.command(rehearsal)
        on = ("-m", "upgrade", "--resume", f"--place={rehearsal.place}")
        ahead = [*failpoint.PLUGIN, *command]
        assert at_time(AHEAD, ahead, failpoint.at("achieved maintenance", "after")).exit_code == KILLED
        refused = at_time(BACK, command)
        assert (refused.exit_code, "did not finish" in refused.output) == (10, True), refused.output
        ended = at_time(BACK, on)
        assert ended.exit_code == 0, ended.output
        assert killing.judge(rehearsal, before, [ended]) == []
        again = gate.call(*command)
        assert (again.exit_code, "nothing to do" in again.output) == (0, True), again.output
        assert [record["evidence"]["number"] for record in outside.last_journal(rehearsal)[:1]] == [2]


def at_time(moved: str, command: Sequence[str], extra: dict[str, str] | None = None) -> gate.Ended:
    """Call the gate with a clock that was moved, for it and for all that it starts."""
    return gate.call(*command, extra={"FAKETIME": moved, "LD_PRELOAD": str(moved_clock()), **(extra or {})})


def moved_clock() -> Path:
    """The library that moves the clock of a process."""
    found = list(Path("/usr/lib").glob(LIBRARY))
    if not found:
        debian.update()
        debian.install(["libfaketime"])
    return next(Path("/usr/lib").glob(LIBRARY))
