"""Performs the stages of a plan in their order, journals them, and knows the way back. Plain Python, no pytest."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel

from fixtures import clone, leftovers
from fixtures.baseline import Baseline, measure
from fixtures.errors import NeedsOperator, Problem, StageFailed
from fixtures.inspection import Inspection
from fixtures.instance import Instance
from fixtures.run import Run
from runbook.actions import ACTIONS, INSTANCES
from runbook.history import last_achieved
from runbook.outcome import Outcome
from runbook.plans import LIVE_MOMENT, MOMENTS, NAMES

Result = TypeVar("Result", bound=BaseModel)


@dataclass
class StageRecord:
    """How one stage went: `passed`, `failed`, `waived`, or still `running`; its seconds; why it failed."""

    name: str
    begun_at: float
    verdict: str = "running"
    seconds: float = 0.0
    reasons: list[str] = field(default_factory=list)


@dataclass
class Runner:
    """The runner of one run. A stage is performed once, in its turn, and passes when all its proofs do."""

    run: Run
    stages: tuple[str, ...]
    records: dict[str, StageRecord] = field(default_factory=dict)
    problem: Problem | None = None
    interrupted: bool = False

    def begin(self) -> None:
        """Journal that the run begins, by whom it was asked for and for which release."""
        self.run.journal.write("run-begun", plan=self.run.plan, requested=self.run.requested, waived=self.run.waived)

    def ensure(self, stage: str, kind: type[Result]) -> Result:
        """Perform a stage if that has not been done, by this or an earlier process, and return what it achieved.

        Raise the stage's Problem when it fails, and StageFailed when it is not the stage's turn.
        """
        if stage not in self.records and not self.run.has(kind):
            self._perform(stage)
        return self.run.get(kind)

    def baseline(self) -> Baseline:
        """What to compare with: measured in this run's preflight, else by the last run, else just now."""
        if "preflight" in self.stages or self.run.has(Baseline):
            return self.ensure("preflight", Baseline)
        known = last_achieved(self.run.deployment.target.state, Baseline)
        return known or measure(self.instance(LIVE_MOMENT))

    def instance(self, moment: str) -> Instance:
        """The running copy of the application that the checks of a moment look at."""
        stage = MOMENTS.get(moment, "verification")
        if stage not in self.records:
            self._perform(stage)
        return INSTANCES[moment](self.run)

    def _perform(self, stage: str) -> None:
        self._refuse_out_of_turn(stage)
        self.records[stage] = StageRecord(stage, time.time())
        self.run.journal.write("stage-begun", stage)
        try:
            for action in ACTIONS[stage]:
                self.run.achieve(stage, action(self.run))
        except Problem as problem:
            self.fail(stage, str(problem), problem)
            raise
        except Exception as error:
            self.fail(stage, f"{type(error).__name__}: {error}")
            raise

    def _refuse_out_of_turn(self, stage: str) -> None:
        if stage == "rollback":
            return
        before = self.stages[: self.stages.index(stage)]
        lacking = [name for name in before if self.verdict(name) not in ("passed", "waived")]
        if lacking:
            raise StageFailed(f"It is not the turn of {stage}: {lacking[0]} has not passed.")

    def verdict(self, stage: str) -> str:
        """`passed`, `failed`, `waived`, `running`, or `not run`."""
        return self.records[stage].verdict if stage in self.records else "not run"

    def fail(self, stage: str, reason: str, problem: Problem | None = None) -> None:
        """Note that a stage failed, with the reason; a waived stage is noted as waived."""
        record = self.records.setdefault(stage, StageRecord(stage, time.time()))
        record.reasons.append(reason)
        record.verdict = "waived" if stage in self.run.waived and stage == "trial" else "failed"
        record.seconds = time.time() - record.begun_at
        if record.verdict == "failed" and self.problem is None:
            self.problem = problem or StageFailed(f"{stage} failed: {reason.splitlines()[0]}")

    def stage_over(self, stage: str, failures: list[str]) -> None:
        """Judge a stage when its last proof has been given: passed only if none of them failed."""
        record = self.records.get(stage)
        if record is None and stage in NAMES:
            return
        record = self.records.setdefault(stage, StageRecord(stage, time.time()))
        if record.verdict == "running" and not failures:
            record.verdict = "passed"
            record.seconds = time.time() - record.begun_at
        elif record.verdict == "running":
            self.fail(stage, "\n".join(failures))
        self.run.journal.write(f"stage-{record.verdict}", stage, seconds=record.seconds, reasons=record.reasons)
        if stage == "trial":
            clone.remove(self.run)

    @property
    def has_nothing_to_do(self) -> bool:
        """Whether an upgrade was asked for to the release that is deployed already."""
        known = self.run.plan == "upgrade" and self.run.has(Inspection)
        return known and self.run.get(Inspection).is_deployed_already

    @property
    def failed_stage(self) -> str:
        """The first stage that failed; empty when none did."""
        return next((name for name, record in self.records.items() if record.verdict == "failed"), "")

    @property
    def is_rollback_due(self) -> bool:
        """Whether a stage that changed the deployment failed, and the way back has not been gone."""
        changed = "maintenance" in self.records
        return changed and bool(self.failed_stage) and "rollback" not in self.records

    def roll_back(self) -> None:
        """Go the way back if it is due; what goes wrong on it is kept as the run's problem, not raised."""
        if not self.is_rollback_due:
            return
        try:
            self._perform("rollback")
            self.stage_over("rollback", [])
        except KeyboardInterrupt:
            self.interrupted = True
        except Exception as error:
            self.problem = error if isinstance(error, Problem) else NeedsOperator(f"The rollback failed: {error}")

    def outcome(self) -> Outcome:
        """How the run ended, from what was recorded."""
        if self.interrupted:
            return Outcome.INTERRUPTED
        if "rollback" in self.records:
            return Outcome.ROLLED_BACK if self.verdict("rollback") == "passed" else Outcome.NEEDS_OPERATOR
        if self.failed_stage:
            return Outcome.NEEDS_OPERATOR if "maintenance" in self.records else Outcome.REFUSED
        if self.has_nothing_to_do:
            return Outcome.NOTHING_TO_DO
        return Outcome.DONE if self.is_complete else Outcome.REFUSED

    @property
    def is_complete(self) -> bool:
        """Whether every stage of the plan but the rollback has passed or was waived."""
        required = [stage for stage in self.stages if stage != "rollback"]
        return all(self.verdict(stage) in ("passed", "waived") for stage in required)

    def end(self) -> Outcome:
        """Go the way back if it is due, remove what the run no longer needs, journal the outcome, return it.

        A run that something else than a person cut short with the door closed has failed, and goes back as well.
        """
        if not self.interrupted:
            if "maintenance" in self.records and not self.is_complete and not self.failed_stage:
                self.fail(list(self.records)[-1], "the run was cut short")
            self.roll_back()
        outcome = self.outcome()
        if outcome is not Outcome.INTERRUPTED or "maintenance" not in self.records:
            self._tidy(outcome)
        self.run.journal.write("run-ended", outcome=outcome.word, exit_code=outcome.exit_code)
        return outcome

    def _tidy(self, outcome: Outcome) -> None:
        """Remove the run's clone, worktree and containers; after a success also the snapshots of earlier runs.

        What cannot be removed is journalled and left: it harms nobody and changes no outcome.
        """
        try:
            leftovers.remove(self.run)
            if outcome is Outcome.DONE and "maintenance" in self.stages:
                drop_older_snapshots(self.run)
        except Exception as error:
            self.run.journal.write("left-behind", reason=f"{type(error).__name__}: {error}")


def drop_older_snapshots(run: Run) -> None:
    """CHANGES the server: remove the databases that runs before this one kept; this run's stay until the next."""
    database = run.deployment.database()
    for name in database.kept_by_runs():
        if not name.endswith(run.suffix):
            database.drop(name)
