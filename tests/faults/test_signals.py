"""A8: SIGINT, SIGTERM and SIGHUP end a run in order, in every stage; what was cut short is never told as passed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import pytest

from runbook.plans import NAMES, label
from staging.deployment import Rehearsal
from tests.faults import deployments, failpoint, killing
from tests.faults.killing import FORTH
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended

FORWARD = [name for name in NAMES if name != "rollback"]
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
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


@dataclass(frozen=True)
class Interruption:
    """A run that a signal ended in a stage: how it ended, what its journal and its report say."""

    stage: str
    ended: Ended
    journal: list[dict[str, Any]]
    results: list[dict[str, Any]]

    def wrong(self) -> list[str]:
        """What is not as it must be, a line each."""
        last, verdicts = self.journal[-1], self.verdicts()
        said = {
            f"exit code {self.ended.exit_code}": self.ended.exit_code != 2,
            f"the journal's last word is {last}": last["evidence"].get("outcome") != "interrupted",
            "the two commands are not named": not {"--resume", "rollback"} <= set(self.ended.output.split()),
            f"the report says of the stage: {verdicts}": list(verdicts) != [f"Stage {label(self.stage)} · interrupted"],
            f"the report says of it: {set(verdicts.values())}": set(verdicts.values()) != {"unknown"},
            "what came after it passed": any(result["status"] == "passed" for result in self.later()),
            "JUnit shows nothing as interrupted": "interrupted" not in str(self.ended.failures),
        }
        return [f"{self.stage}: {what}" for what, is_so in said.items() if is_so]

    def verdicts(self) -> dict[str, str]:
        """The name and the status of the stage in the report."""
        return {r["name"]: r["status"] for r in self.results if r["fullName"] == f"stage {self.stage}"}

    def later(self) -> list[dict[str, Any]]:
        """The results of what comes after the stage."""
        later = {f"stage {name}" for name in FORWARD[FORWARD.index(self.stage) + 1 :]}
        return [result for result in self.results if result["fullName"] in later]


def interrupt(rehearsal: Rehearsal, stage: str, name: str, command: tuple[str, ...]) -> Interruption:
    """Have a run end by a signal as soon as its journal says that the stage has begun."""
    ended = gate.call(*failpoint.PLUGIN, *command, extra=failpoint.at(f"stage-begun {stage}", name))
    return Interruption(stage, ended, outside.last_journal(rehearsal), results(rehearsal))


def results(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    """What the newest report of the newest run says."""
    places = (gate.REPORTS / "runs").glob(f"{outside.newest_run(rehearsal).name}*")
    newest = max(places, key=lambda place: place.stat().st_mtime)
    return [json.loads(path.read_text("utf-8")) for path in newest.glob("allure-results/*-result.json")]


@pytest.mark.engine
def test_a8_a_signal_in_every_stage_ends_the_run_in_order_and_it_is_gone_on_with() -> None:
    with deployments.deployed("signals") as rehearsal:
        before, command = outside.look(rehearsal), FORTH.command(rehearsal)
        interruptions = []
        for stage, name in zip(FORWARD, cycle(SIGNALS), strict=False):
            interruptions.append(interrupt(rehearsal, stage, name, command))
            command = ("-m", "upgrade", "--resume", f"--place={rehearsal.place}")
        ended = gate.call(*command)
        assert [wrong for interruption in interruptions for wrong in interruption.wrong()] == []
        assert ended.exit_code == 0, ended.output
        assert killing.judge(rehearsal, before, [ended]) == []


def test_a8_a_second_signal_leaves_at_once() -> None:
    left = subprocess.run(
        [sys.executable, "-c", TWICE], cwd=gate.ROOT, stdout=subprocess.PIPE, text=True, timeout=30, check=False
    )
    assert (left.returncode, left.stdout) == (2, "SIGTERM\n")
