"""Performs the stages of a plan in their order, journals them, and knows the way back. Plain Python, no pytest."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from fixtures import certificate, clone, door
from fixtures.alteration import Intention
from fixtures.baseline import Baseline, measure
from fixtures.errors import NeedsOperator, Problem, StageFailed
from fixtures.inspection import Inspection
from fixtures.instance import Instance
from fixtures.journal import JournalDamaged, JournalNotWritten
from fixtures.run import Run
from fixtures.selection import Selection
from fixtures.trial import Trial
from runbook import resuming, tidying
from runbook.actions import ACTIONS, INSTANCES
from runbook.history import last_achieved
from runbook.outcome import Outcome
from runbook.plans import BY_NAME, CHANGING, LATE_ROLLBACK, LIVE_MOMENT, MINOR, MOMENTS
from runbook.reality import Reality
from runbook.record import StageRecord
from runbook.resuming import Earlier

Result = TypeVar("Result", bound=BaseModel)


@dataclass
class Runner:
    """The runner of one run. A stage is performed once, in its turn, and passes when all its proofs do.

    A run that is taken up from a process that died knows how that judged its stages (`earlier`): what had passed is
    proved or done again, what had failed stays failed. `is_mute` says that the journal could not be written: then
    nothing is changed any more.
    """

    run: Run
    stages: tuple[str, ...]
    records: dict[str, StageRecord] = field(default_factory=dict)
    earlier: dict[str, Earlier] = field(default_factory=dict)
    problem: Problem | None = None
    interrupted: bool = False
    is_mute: bool = False

    def begin(self) -> None:
        """Journal that the run begins, or is taken up, by whom it was asked for and for which release.

        Raise NeedsOperator when a run that is taken up is not as its journal says.
        """
        asked: dict[str, Any] = {"plan": self.run.plan, "requested": self.run.requested, "waived": self.run.waived}
        if not self.run.is_resumed:
            self.run.journal.write("run-begun", number=self.run.number, **asked)
            self.run.journal.keep_reserve()
            return
        found = self._take_up()
        self.run.journal.keep_reserve()
        self.run.journal.write("run-resumed", found=found.model_dump(mode="json"), **asked)
        if self.run.plan in CHANGING:
            self._go_on()

    def _take_up(self) -> Reality:
        """Take the run up; with the door closed, whatever stands in the way needs a person, as users are out."""
        try:
            return resuming.take_up(self.run)
        except NeedsOperator:
            raise
        except Exception as error:
            if not door.was_closed(self.run.journal):
                raise
            raise NeedsOperator(
                f"The run could not be taken up, and its door was closed: {str(error).splitlines()[0]}",
                found=getattr(error, "found", ""),
                next_step="remove the cause, then type the same command again",
                evidence=str(self.run.journal.path),
            ) from error

    def _go_on(self) -> None:
        """Know what earlier processes of this run judged, and whether they were on their way back."""
        self.earlier = resuming.judged(self.run.journal)
        for stage, known in self.earlier.items():
            if known.verdict != "passed" and stage not in resuming.TRIED_AGAIN:
                self.records[stage] = StageRecord(stage, time.time(), known.verdict, 0.0, known.reasons, known.at)
        reason = resuming.reason_to_go_back(self.run.journal)
        if self.failed_stage:
            reasons = self.records[self.failed_stage].reasons or ["no reason is known"]
            self.problem = StageFailed(f"{self.failed_stage} had failed: {reasons[0].splitlines()[0]}")
        elif reason:
            self.fail(resuming.last_begun(self.run.journal), reason)

    def is_recalled(self, stage: str) -> bool:
        """Whether a stage had passed in an earlier process and is not performed again."""
        known = self.earlier.get(stage)
        had_passed = known is not None and known.verdict == "passed" and stage != "rollback"
        return had_passed and not resuming.is_done_again(stage, self.run.journal)

    def ensure(self, stage: str, kind: type[Result]) -> Result:
        """Perform a stage of the plan if that has not been done, and return what it achieved.

        Raise the stage's Problem when it fails, and StageFailed when it is not the stage's turn.
        """
        if stage in self.stages and stage not in self.records:
            self._perform(stage)
        return self.run.get(kind)

    def baseline(self) -> Baseline:
        """What to compare with: measured in this run's preflight, else by the last run, else just now.

        What the last run measured holds but for the data, unless a person says that nobody has written since.
        """
        if "preflight" in self.stages or self.run.has(Baseline):
            return self.ensure("preflight", Baseline)
        known = last_achieved(self.run.deployment.target.state, Baseline)
        live = self.instance(LIVE_MOMENT)
        if known is None:
            return measure(live)
        return known if self.run.nobody_wrote else known.without_data(live.media_tree())

    def instance(self, moment: str) -> Instance:
        """The running copy of the application that the checks of a moment look at."""
        stage = MOMENTS.get(moment, "verification")
        if stage not in self.records:
            self._perform(stage)
        return INSTANCES[moment](self.run)

    def _perform(self, stage: str) -> None:
        self._refuse_out_of_turn(stage)
        self.records[stage] = StageRecord(stage, time.time())
        try:
            if self.is_recalled(stage):
                self._prove_again(stage)
            else:
                self._act(stage)
        except JournalNotWritten as problem:
            self._fall_silent(stage, problem)
            raise
        except Problem as problem:
            self.fail(stage, str(problem), problem)
            raise
        except Exception as error:
            self.fail(stage, f"{type(error).__name__}: {error}")
            raise

    def _act(self, stage: str) -> None:
        self.run.journal.write("stage-begun", stage)
        for action in ACTIONS[stage]:
            self.run.achieve(stage, action(self.run))

    def _prove_again(self, stage: str) -> None:
        self.records[stage].earlier_at = self.earlier[stage].at
        resuming.prove_again(self.run, stage)

    def _fall_silent(self, stage: str, problem: JournalNotWritten) -> None:
        """Change nothing any more: what cannot be journalled could not be understood after a death."""
        self.is_mute = True
        self.fail(stage, str(problem), problem)

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
        is_waived = stage in self.run.waived and stage == "trial" and not self.is_mute
        record.end("waived" if is_waived else "failed")
        # A way back that fails is what a person has to know, before why it was gone; there is none after the opening.
        is_worse = stage == "rollback" and not door.was_opened(self.run.journal)
        if record.verdict == "failed" and (self.problem is None or is_worse):
            self.problem = problem or StageFailed(f"{stage} failed: {reason.splitlines()[0]}")

    def stage_over(self, stage: str, failures: list[str]) -> None:
        """Judge a stage when its last proof has been given: passed only if none of them failed."""
        if stage not in self.records and self.is_recalled(stage):
            with suppress(Problem):
                self._perform(stage)  # Nobody asked for it: what its checks looked at is gone.
        record = self.records.get(stage)
        if record is None and stage in BY_NAME:
            return
        record = self.records.setdefault(stage, StageRecord(stage, time.time()))
        is_known = record.verdict != "running" and bool(record.earlier_at)
        if record.verdict == "running" and not failures:
            record.end("passed")
        elif record.verdict == "running":
            self.fail(stage, "\n".join(failures))
        if not is_known:
            self._journal_judgement(record)
        if stage == "trial":
            self._trial_over(record)
        if stage == "attempt":
            clone.remove(self.run)

    def _trial_over(self, record: StageRecord) -> None:
        """Certify what a trial found out, if it passed just now; its clone is not needed any more."""
        if record.verdict == "passed" and self.run.has(Trial) and not record.earlier_at:
            certificate.perform(self.run)
        clone.remove(self.run)

    def _journal_judgement(self, record: StageRecord) -> None:
        """Put on disk how a stage was judged; a stage that passed has not, when that cannot be put on disk."""
        if self.is_mute:
            return
        try:
            reasons = [self.run.mask(reason) for reason in record.reasons]
            self.run.journal.write(f"stage-{record.verdict}", record.name, seconds=record.seconds, reasons=reasons)
        except JournalNotWritten as problem:
            self._fall_silent(record.name, problem)

    @property
    def has_closed(self) -> bool:
        """Whether this run, by whichever process, has begun to close the door."""
        return self.run.plan in CHANGING and door.was_closed(self.run.journal)

    @property
    def is_late(self) -> bool:
        """Whether this run goes back after users were let in: then its own way back leads to the new version."""
        return self.run.plan == LATE_ROLLBACK

    @property
    def has_nothing_to_do(self) -> bool:
        """Whether what was asked for is there already: the release, or the data of the backup."""
        if self.run.has(Selection) and self.run.get(Selection).is_live_already:
            return not self.has_closed
        if self.run.has(Intention) and self.run.get(Intention).is_so_already:
            return not self.has_closed
        known = self.run.plan in ("upgrade", MINOR) and self.run.has(Inspection)
        return known and self.run.get(Inspection).is_deployed_already

    @property
    def failed_stage(self) -> str:
        """The first stage that failed; empty when none did."""
        return next((name for name, record in self.records.items() if record.verdict == "failed"), "")

    @property
    def is_rollback_due(self) -> bool:
        """Whether a stage that changed the deployment failed, and the way back has not been gone."""
        has_failed = bool(self.failed_stage) and not self.is_mute
        return self.has_closed and has_failed and "rollback" not in self.records

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
            has_succeeded = self.verdict("rollback") == "passed" and not self.is_late
            return Outcome.ROLLED_BACK if has_succeeded else Outcome.NEEDS_OPERATOR
        if self.failed_stage:
            is_for_a_person = self.has_closed or (self.is_late and isinstance(self.problem, NeedsOperator))
            return Outcome.NEEDS_OPERATOR if is_for_a_person else Outcome.REFUSED
        if self.run.plan == "rollback":
            return Outcome.NEEDS_OPERATOR
        if self.has_nothing_to_do:
            return Outcome.NOTHING_TO_DO
        if not self.is_complete:
            return Outcome.REFUSED
        return Outcome.ROLLED_BACK if self.is_late else Outcome.DONE

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
            if self.has_closed and not self.is_complete and not self.failed_stage:
                self.fail(door.closed_by(self.run.journal), "the run was cut short")
            self.roll_back()
        outcome = self.outcome()
        if self.run.deployment.host.is_gone:
            return outcome
        if not (door.was_closed(self.run.journal) and (self.interrupted or self.is_mute)):
            tidying.tidy(self.run, outcome)
        with suppress(JournalNotWritten, JournalDamaged):
            self.run.journal.write_ending(outcome=outcome.word, exit_code=outcome.exit_code)
        return outcome
