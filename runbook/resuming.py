"""Going on with a run whose process is gone: what its journal and reality say, and what is proved or done again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fixtures import (
    alteration,
    backup,
    clone,
    door,
    images,
    maintenance,
    maintenance_page,
    migration,
    replacement,
    reversal,
)
from fixtures.journal import Journal, Record
from fixtures.run import Run
from runbook import reality
from runbook.plans import BY_NAME, NAMES
from runbook.reality import Reality

# Stages whose work is not done a second time: it is looked at instead, and must be what it was. The clone of a trial
# is gone when the trial is over; what it proved stands for the images and the data that the others prove again. A
# restore is gone on with only after the door was closed: what was selected and proved is proved again once in place.
PROVE_AGAIN: dict[str, Callable[[Run], None]] = {
    "backup": backup.prove_again,
    "dependencies": images.prove_again,
    "trial": lambda run: None,
    "maintenance": maintenance.prove_again,
    "migration": migration.prove_again,
    "selection": lambda run: None,
    "proof": lambda run: None,
    "replacement": replacement.prove_again,
    "decision": lambda run: None,
    "attempt": lambda run: None,
    "reversal": reversal.prove_again,
    "intention": lambda run: None,
    "alteration": alteration.prove_again,
}
# What a dead runner's clients may still need to come to an end: a start waits longest, for health.
ORPHAN_SECONDS = 180
# What is tried again though it had failed: the deployment cannot stay in the middle of it.
TRIED_AGAIN = ("acceptance", "watch", "rollback")
JUDGED = ("stage-passed", "stage-waived", "stage-failed")


@dataclass(frozen=True)
class Earlier:
    """How an earlier process judged a stage, when, and why."""

    verdict: str
    at: str
    reasons: list[str] = field(default_factory=list)


def take_up(run: Run) -> Reality:
    """Make a run ours whose process is gone, and return what was found. Its migration, if one runs, goes on.

    CHANGES the engine and the server only by ending what the dead process left: its sessions, its other work, a clone
    that is half there. Raise NeedsOperator when the deployment is not as the journal says.
    """
    run.deployment.host.end_marked(ORPHAN_SECONDS)
    maintenance.complete_switch(run)
    run.deployment.wake()
    run.deployment.database().take_over()
    found = reality.probe(run)
    reality.refuse_contradiction(run, found)
    run.work.forget(but=(migration.CONTAINER, maintenance_page.NAME))
    clone.remove(run)
    return found


def prove_again(run: Run, stage: str) -> None:
    """Look whether what a stage left is still so; once users were let in, what was only for the way back is let be."""
    if stage in PROVE_AGAIN and (stage == "migration" or not door.was_opened(run.journal)):
        PROVE_AGAIN[stage](run)


def served_by(journal: Journal) -> str:
    """Who serves users at this point of a run: `old`, `nobody` or `new`."""
    if not door.was_closed(journal):
        return "old"
    return "new" if door.was_opened(journal) else "nobody"


def judged(journal: Journal) -> dict[str, Earlier]:
    """The stages that earlier processes came to the end of, each with the last word on it."""
    found: dict[str, Earlier] = {}
    for record in journal.records:
        if record.event in JUDGED:
            found[record.stage] = earlier(record)
    return found


def earlier(record: Record) -> Earlier:
    """What a record that judges a stage says."""
    reasons = [str(reason) for reason in record.evidence.get("reasons", [])]
    return Earlier(record.event.removeprefix("stage-"), record.at, reasons)


def is_done_again(stage: str, journal: Journal) -> bool:
    """Whether a stage that had passed is performed once more: it is quick, and users are served as they were in it."""
    return stage not in PROVE_AGAIN and BY_NAME[stage].served_by == served_by(journal)


def reason_to_go_back(journal: Journal) -> str:
    """Why a run that is taken up goes back and not on, where no stage of it has failed; empty when it goes on."""
    is_going_back = journal.last("stage-begun", "rollback") and not door.was_opened(journal)
    return "the way back had begun" if is_going_back else ""


def last_begun(journal: Journal) -> str:
    """The stage that a run was in; the first one when none had begun."""
    begun = [record.stage for record in journal.records if record.event == "stage-begun" and record.stage != "rollback"]
    return begun[-1] if begun else NAMES[0]
