"""A3, A4, A8, G3: a run may die at any record of its journal; what is typed next leads to the old or the new version.

With `FAULTS=all` in the environment (`make faults`), an upgrade, a rollback, and one after users were let in die before
and after every record that a real run has written, each time on a deployment as it was before; a table tells what came
of it. Otherwise one upgrade is interrupted by a signal in every stage and killed after it, and one rollback is killed
after each of its steps; so is one after users were let in, in test_late_rollback.py.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from queue import Empty, SimpleQueue

import pytest

from staging.deployment import PLACES, Rehearsal
from tests.faults import deployments, failpoint, killing
from tests.faults.interrupting import FORWARD, interrupt
from tests.faults.killing import AND_BACK, FORTH, KILLED, LATE, Finding, Journey, Point
from tests.rehearsal import gate, outside

# A long table can be gone on with: make faults FIRST=27
FIRST = int(os.environ.get("FAULTS_FROM") or 1)
IS_EVERYWHERE = os.environ.get("FAULTS") == "all"
SEED_VARIABLE = "KILL_SEED"
TABLE = PLACES / "faults.txt"
AT_ONCE = 3
# Users are told that the door is closed, however often the run dies meanwhile.
PAGED = '\n[targets.rehearsal.maintenance]\npage = "plain"\n'
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
# git runs it when a checkout has written its files: the one who holds the target's lock dies, and git goes on.
KILL_AFTER_CHECKOUT = """#!/bin/sh
[ "$(pwd -P)" = "{directory}" ] || exit 0
kill -9 "$(cut -d ' ' -f 2 {state}/lock | tr -d ,)"
"""
TWICE = """
import os, signal, time
from runbook.signals import Signals
signals = Signals()
signals.install()
try:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
except KeyboardInterrupt:
    print(signals.received, flush=True)
    os.kill(os.getpid(), signal.SIGHUP)
    time.sleep(60)
"""
BACKWARD = ["stage-begun", "intended", "achieved", "door-reopening", "stage-passed"]
everywhere = pytest.mark.skipif(not IS_EVERYWHERE, reason="make faults dies everywhere")
here = pytest.mark.skipif(IS_EVERYWHERE, reason="make faults dies everywhere, this only at the transitions")


def records_of(journey: Journey) -> list[Point]:
    """The points of a journey, from the journal of a real one."""
    seed = int(os.environ.get(SEED_VARIABLE) or random.SystemRandom().randrange(6))
    print(f"\n{journey.name}: points chosen with {SEED_VARIABLE}={seed}")
    with deployments.deployed(f"journey-{journey.name}", more=PAGED) as rehearsal:
        journey.prepare(rehearsal)
        ended = gate.call(*journey.command(rehearsal))
        assert ended.exit_code in (0, 11), ended.output
        chosen = killing.points(journey, outside.last_journal(rehearsal), seed)
        return [point for point in chosen if journey is not FORTH or point.number >= FIRST]


def travel(queue: SimpleQueue[Point], traveller: str) -> Iterator[Finding]:
    """Take points from a queue and live through each, on one deployment as long as its old version serves."""
    with ExitStack() as stack:
        rehearsal: Rehearsal | None = None
        while True:
            try:
                point = queue.get_nowait()
            except Empty:
                return
            if rehearsal is None or outside.version(rehearsal) != "1.4.0":
                stack.close()
                rehearsal = stack.enter_context(deployments.deployed(traveller, more=PAGED))
            try:
                finding = killing.live_through(rehearsal, point)
            except Exception as error:
                finding = Finding(point, "?", (), 0.0, (f"{type(error).__name__}: {error}",))
                rehearsal = None
            print(finding, flush=True)
            yield finding


@pytest.mark.engine
@everywhere
@pytest.mark.parametrize("journey", [FORTH, AND_BACK, LATE], ids=lambda journey: journey.name)
def test_a3_g3_it_may_die_at_every_record(journey: Journey) -> None:
    queue: SimpleQueue[Point] = SimpleQueue()
    for point in records_of(journey):
        queue.put(point)
    expected = queue.qsize()
    travellers = [f"traveller-{number}" for number in range(AT_ONCE)]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        told = [finding for found in pool.map(lambda name: list(travel(queue, name)), travellers) for finding in found]
    findings = sorted(told, key=lambda finding: (finding.point.number, finding.point.deed))
    with TABLE.open("a") as table:
        table.write("".join(f"{finding}\n" for finding in findings))
    assert len(findings) == expected
    assert [str(finding) for finding in findings if finding.violations] == []


def die_at(rehearsal: Rehearsal, point: str, deed: str, *command: str) -> None:
    """Have a command die at a point of a run."""
    ended = gate.call(*failpoint.PLUGIN, *command, f"--place={rehearsal.place}", extra=failpoint.at(point, deed))
    assert ended.exit_code == KILLED, f"{point}: exit code {ended.exit_code}\n{ended.output}"


@pytest.mark.engine
@here
@pytest.mark.beside(long=True)
@pytest.mark.thorough
def test_a3_a4_a8_an_upgrade_is_interrupted_in_every_stage_and_dies_after_it_and_is_gone_on_with() -> None:
    with deployments.deployed("dies-forth", more=PAGED) as rehearsal:
        before, command, wrong = outside.look(rehearsal), FORTH.command(rehearsal)[:-1], []
        for number, stage in enumerate(FORWARD):
            wrong += interrupt(rehearsal, stage, SIGNALS[number % len(SIGNALS)], *command).wrong()
            command = ("-m", "upgrade", "--resume")
            die_at(rehearsal, f"stage-passed {stage}", "torn" if number % 2 else "after", *command)
        ended = gate.call(*command, f"--place={rehearsal.place}")
        assert wrong == []
        assert ended.exit_code == 0, ended.output
        assert killing.judge(rehearsal, before, [ended]) == []


@pytest.mark.engine
@here
@pytest.mark.beside
@pytest.mark.parametrize(("then", "code"), [(killing.RESUME, 0), (killing.BACK, 11)])
@pytest.mark.thorough
def test_a3_an_upgrade_dies_in_the_middle_of_the_switch(then: str, code: int) -> None:
    with deployments.deployed(f"switch-{code}") as rehearsal:
        before, hook = outside.look(rehearsal), rehearsal.directory / ".git" / "hooks" / "post-checkout"
        hook.write_text(KILL_AFTER_CHECKOUT.format(directory=rehearsal.directory, state=rehearsal.state_directory))
        hook.chmod(0o755)
        died = gate.call(*FORTH.command(rehearsal))
        assert died.exit_code == KILLED, died.output
        hook.unlink()
        assert (rehearsal.directory / ".git" / "HEAD").read_text().strip() != "ref: refs/heads/main"
        assert outside.last_journal(rehearsal)[-1]["event"] == "intended"
        (ended,) = killing.settle(rehearsal, then)
        assert ended.exit_code == code, ended.output
        assert killing.judge(rehearsal, before, [ended]) == []


@pytest.mark.engine
@here
@pytest.mark.beside(long=True)
@pytest.mark.thorough
def test_g3_a_rollback_dies_between_all_its_steps_and_is_gone_on_with() -> None:
    with deployments.deployed("dies-back", more=PAGED) as rehearsal:
        before, command = outside.look(rehearsal), AND_BACK.command(rehearsal)[:-1]
        for number, event in enumerate(BACKWARD):
            die_at(rehearsal, f"{event} rollback", "torn" if number % 2 else "after", *command)
            command = ("-m", "upgrade", "--resume") if number % 2 else ("-m", "rollback")
        ended = gate.call(*command, f"--place={rehearsal.place}")
        assert ended.exit_code == 11, ended.output
        assert killing.judge(rehearsal, before, [ended]) == []


def test_a8_a_signal_that_whoever_started_it_ignores_stays_ignored() -> None:
    program = (
        "import signal; from runbook.signals import Signals; Signals().install(); signal.raise_signal(1); print(1)"
    )
    started = ["nohup", sys.executable, "-c", program]
    done = subprocess.run(started, cwd=gate.ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (0, "1\n")


def test_a8_a_second_signal_leaves_at_once() -> None:
    left = subprocess.run(
        [sys.executable, "-c", TWICE], cwd=gate.ROOT, stdout=subprocess.PIPE, text=True, timeout=30, check=False
    )
    assert (left.returncode, left.stdout) == (2, "SIGTERM\n")
