"""Interrupts a run by a signal, and looks at how it ended and at what its journal, its report and JUnit's file say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from runbook.plans import NAMES, label
from staging.deployment import Rehearsal
from tests.faults import failpoint
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended

FORWARD = [name for name in NAMES if name != "rollback"]


@dataclass(frozen=True)
class Interruption:
    """A run that a signal ended in a stage."""

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


def interrupt(rehearsal: Rehearsal, stage: str, name: str, *command: str) -> Interruption:
    """Have a run end by a signal as soon as its journal says that the stage has begun."""
    extra = failpoint.at(f"stage-begun {stage}", name)
    ended = gate.call(*failpoint.PLUGIN, *command, f"--place={rehearsal.place}", extra=extra)
    return Interruption(stage, ended, outside.last_journal(rehearsal), results(rehearsal))


def results(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    """What the newest report of the newest run says."""
    places = (gate.REPORTS / "runs").glob(f"{outside.newest_run(rehearsal).name}*")
    newest = max(places, key=lambda place: place.stat().st_mtime)
    return [json.loads(path.read_text("utf-8")) for path in newest.glob("allure-results/*-result.json")]
