"""What the reports know of a run: noted while it goes, told when it is over."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from fixtures import door, finding
from fixtures.command import CommandResult
from fixtures.errors import Problem
from fixtures.prober import Timeline
from fixtures.run import Run
from reports import words
from reports.readings import Reading, reading
from reports.sending import Sent
from runbook import planned
from runbook.outcome import Outcome
from runbook.plans import BY_NAME, LATE_ROLLBACK, RESTORE
from runbook.record import StageRecord
from runbook.selection import STAGE

LAST_LINES = 15
CHANGING = ("maintenance", "replacement", "reversal", "alteration", "rollback")


@dataclass
class Proof:
    """One function of a stage or one check at one moment: what it proves, how it ended, and why not well.

    The verdict is `passed`, `failed`, `skipped` (with the reason), `interrupted`, or `not run` as long as nothing is
    known. `evidence` holds the lines of a finding below the reason: measured, expected, such as, look at.
    """

    key: str
    stage: str
    title: str
    moment: str = ""
    subject: str = ""
    description: str = ""
    verdict: str = "not run"
    reason: str = ""
    evidence: dict[str, str] = field(default_factory=dict)


@dataclass
class Chapter:
    """One stage as it was seen: its commands, their output and docker stats, how the runner judged it."""

    stage: str
    begun_at: float = 0.0
    seconds: float = 0.0
    verdict: str = "not run"
    reasons: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    stats: list[dict[str, Any]] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    diagnosis: dict[str, str] = field(default_factory=dict)
    earlier_at: str = ""


@dataclass(frozen=True)
class Command:
    """One command of a stage; of its output only the end is kept, and only where it failed."""

    text: str
    exit_code: int
    seconds: float
    ended_at: float
    said: str


@dataclass
class Story:
    """Everything that a report tells of one run."""

    plan: str
    begun_at: float = field(default_factory=time.time)
    ended_at: float = 0.0
    run: Run | None = None
    outcome: Outcome | None = None
    problem: Problem | None = None
    timeline: Timeline = field(default_factory=Timeline)
    chapters: dict[str, Chapter] = field(default_factory=dict)
    proofs: dict[str, Proof] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)
    announced: list[Sent] = field(default_factory=list)
    upgrade_log: str = ""

    def expect(self, item: pytest.Item) -> None:
        """Note what is going to be proved, so that what never ran is told as well."""
        callspec = getattr(item, "callspec", None)
        self.chapter(item.stash[STAGE])
        self.proofs[key(item)] = Proof(
            key=key(item),
            stage=item.stash[STAGE],
            title=words.title(getattr(item, "originalname", item.name)),
            moment=str(callspec.params["moment"]) if callspec else "",
            subject=words.subject(item.path) if callspec else "",
            description=" ".join((getattr(getattr(item, "function", None), "__doc__", "") or "").split()),
        )

    def chapter(self, stage: str) -> Chapter:
        """The chapter of a stage; a new one when nothing is known of it yet."""
        return self.chapters.setdefault(stage, Chapter(stage))

    def begin(self, run: Run) -> None:
        """Note that the run begins: what was made before, such as a rehearsal deployment, is not part of it."""
        self.run, self.begun_at = run, time.time()

    def begin_stage(self, stage: str) -> None:
        """Note that the first function of a stage is about to run."""
        self.chapter(stage).begun_at = time.time()

    def add_command(self, stage: str, result: CommandResult) -> None:
        """Note a command of a stage, and what docker stats answered."""
        chapter = self.chapter(stage)
        last = (result.stderr.strip() or result.stdout.strip()).splitlines()[-LAST_LINES:]
        said = "\n".join(last) if result.exit_code else ""
        chapter.commands.append(Command(result.command, result.exit_code, result.seconds, time.time(), said))
        output = output_of(result, self.run.name.lower()) if self.run else ""
        if output:
            chapter.outputs[output] = result.stdout + result.stderr
        if result.argv[:2] == ("docker", "stats") and not result.exit_code:
            chapter.stats = [json.loads(line) for line in result.stdout.splitlines()]
            found = [reading(time.time(), line) for line in chapter.stats]
            self.readings += [one for one in found if one is not None]

    def end_stage(self, record: StageRecord, problem: Problem | None) -> None:
        """Note how the runner judged a stage."""
        chapter = self.chapter(record.name)
        chapter.verdict = record.verdict
        chapter.begun_at, chapter.seconds, chapter.reasons = record.begun_at, record.seconds, list(record.reasons)
        chapter.earlier_at = record.earlier_at

    def interrupt(self, proof: Proof, reason: str) -> None:
        """Note that a proof was cut short, and its stage with it."""
        proof.verdict, proof.reason = "interrupted", reason
        chapter = self.chapter(proof.stage)
        chapter.verdict, chapter.reasons = "interrupted", [reason]
        chapter.seconds = time.time() - chapter.begun_at if chapter.begun_at else 0.0

    def end(self, outcome: Outcome, problem: Problem | None, timeline: Timeline) -> None:
        """Note how the run ended."""
        self.outcome, self.problem, self.timeline, self.ended_at = outcome, problem, timeline, time.time()

    def proofs_of(self, stage: str, verdict: str = "") -> list[Proof]:
        """The proofs of a stage, all of them or those with one verdict, in their order."""
        return [proof for proof in self.proofs.values() if proof.stage == stage and verdict in ("", proof.verdict)]

    def own_failures(self, stage: str) -> list[Proof]:
        """The proofs of a stage that failed for a reason of their own, not only because the stage's action did."""
        chapter = self.chapters.get(stage, Chapter(stage))
        actions = {reason.splitlines()[0] for reason in chapter.reasons}
        return [proof for proof in self.proofs_of(stage, "failed") if proof.reason not in actions]

    @property
    def failed_stage(self) -> str:
        """The first stage that failed; empty when none did."""
        return next((name for name, chapter in self.chapters.items() if chapter.verdict == "failed"), "")

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return self.ended_at - self.begun_at

    def served_by(self, stage: str) -> str:
        """Who serves users during a stage: `old`, `nobody` or `new`; a plan that changes nothing lets be who is."""
        return BY_NAME[stage].served_by if self.is_changing and stage in BY_NAME else "old"

    @property
    def serving(self) -> dict[str, str]:
        """What `old`, `nobody` and `new` mean in this run, also where it takes back what it began as."""
        run = self.run if self.plan == "rollback" else None
        return planned.serving(run.begun_as if run else self.plan)

    @property
    def has_changed(self) -> bool:
        """Whether a stage that changes the deployment has begun, in this part of the run or in an earlier one."""
        if self.is_changing and self.run is not None and door.was_closed(self.run.journal):
            return True
        return any(self.chapters[stage].begun_at for stage in CHANGING if stage in self.chapters)

    @property
    def has_release(self) -> bool:
        """Whether the plan is about a release, and not only about what runs."""
        return "preflight" in self.chapters

    @property
    def is_restore(self) -> bool:
        """Whether a backup is put in place, also where that is gone on with or taken back."""
        return self.plan == RESTORE or (self.run is not None and self.run.begun_as == RESTORE)

    @property
    def went_well(self) -> bool:
        """Whether the run came to what was asked for, which of a rollback after the opening is the old version."""
        reached = (Outcome.ROLLED_BACK,) if self.plan == LATE_ROLLBACK else (Outcome.DONE, Outcome.NOTHING_TO_DO)
        return self.outcome in reached

    @property
    def is_changing(self) -> bool:
        """Whether the plan is one that changes the deployment."""
        return any(proof.stage in CHANGING for proof in self.proofs.values())


def output_of(result: CommandResult, run_name: str) -> str:
    """What the output of a command is of: a build, or a piece of the run's work; empty when nobody will ask for it."""
    if "compose" in result.argv and "build" in result.argv:
        return "the build"
    if result.argv[:2] != ("docker", "logs") or not result.stdout + result.stderr:
        return ""
    work = result.argv[-1].partition(f"-{run_name}-")[2]
    return "" if work.startswith("media") else work


def key(item: pytest.Item) -> str:
    """What tells an item from all others of a plan, in pytest's items and in Allure's results."""
    return f"{item.path.stem}::{item.name}"


def note_report(
    proof: Proof, report: pytest.TestReport, raised: BaseException | None, mask: Callable[[str], str]
) -> None:
    """Note in a proof what one phase of its test says, masked before anything of it is cut.

    A problem is not cut, and stays as the runner knows it.
    """
    if report.failed:
        text = said(report, raised)
        proof.verdict, proof.evidence = "failed", finding.evidence(mask(text))
        proof.reason = text if isinstance(raised, Problem) else words.reason(mask(text))
    elif report.skipped:
        proof.verdict, proof.reason = "skipped", skip_reason(report)
    elif report.when == "call" and proof.verdict == "not run":
        proof.verdict = "passed"


def said(report: pytest.TestReport, raised: BaseException | None) -> str:
    """Why a test failed: a problem in its one line, anything else with all that pytest has to say."""
    if isinstance(raised, Problem):
        return raised.what.splitlines()[0]
    crash = getattr(report.longrepr, "reprcrash", None)
    return crash.message if crash else report.longreprtext


def skip_reason(report: pytest.TestReport) -> str:
    """Why a test was skipped."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return text.removeprefix("Skipped: ")
