"""How far earlier predictions of the downtime were out: what a closed door costs beside what the trial can measure."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from fixtures import door
from fixtures.journal import Journal, Record
from fixtures.trial import Trial
from runbook import history
from runbook.outcome import Outcome
from runbook.plans import LATE_ROLLBACK, UPGRADES


def remainders(state: Path) -> list[float]:
    """Seconds for which the doors of earlier upgrades were closed beside what their trials measured, the newest first.

    Only upgrades count that went through in one go: what a person waited in between is no measure.
    """
    found = (remainder(journal) for journal in history.journals(state) if is_measure(journal))
    return [seconds for seconds in found if seconds is not None]


def errors(state: Path, *, but: str = "") -> list[float]:
    """By how many seconds earlier upgrades kept users out longer than predicted, the newest first; negative: shorter.

    One run can be left out, by its name.
    """
    journals = [one for one in history.journals(state) if is_measure(one) and one.path.parent.name != but]
    found = [(remainder(journal), trial_of(journal)) for journal in journals]
    return [
        trial.measured_seconds + seconds - trial.predicted_downtime_seconds
        for seconds, trial in found
        if seconds is not None and trial is not None
    ]


def stage_seconds(state: Path) -> dict[str, float]:
    """How many seconds each stage took when it last passed in one go, by its name."""
    found: dict[str, float] = {}
    for journal in history.journals(state):
        found = passed_seconds(journal) | found
    return found


def passed_seconds(journal: Journal) -> dict[str, float]:
    """How many seconds the stages of one run took that passed in the process that began them."""
    begun: dict[str, float] = {}
    found: dict[str, float] = {}
    for record in journal.records:
        if record.event == "run-resumed":
            begun.clear()
        elif record.event == "stage-begun":
            begun.setdefault(record.stage, moment(record))
        elif record.event == "stage-passed" and record.stage in begun:
            found[record.stage] = moment(record) - begun[record.stage]
    return found


def last_downtime(state: Path, plans: Sequence[str] = UPGRADES) -> float | None:
    """For how many seconds the newest run of some plans kept its door closed; None without one done in one go."""
    for journal in history.journals(state):
        closed, opened = journal.last(door.CLOSING), journal.last("stage-passed", "acceptance")
        if is_measure(journal, plans) and closed is not None and opened is not None:
            return moment(opened) - moment(closed)
    return None


def source(called: str, seconds: float | None) -> str:
    """Where the downtime of the newest run of a plan is known from, for a person; empty where it is not known."""
    return f"the newest earlier {called.replace('_', ' ')}" if seconds is not None else ""


def is_measure(journal: Journal, plans: Sequence[str] = UPGRADES) -> bool:
    """Whether a run is one of some plans, upgrades unless others are named, that was done in one go."""
    plan = history.plan_of(journal)
    done = Outcome.ROLLED_BACK if plan == LATE_ROLLBACK else Outcome.DONE
    return plan in plans and journal.outcome == done.word and not journal.last("run-resumed")


def remainder(journal: Journal) -> float | None:
    """What the closed door of one run cost beside what its trial had measured; None when it never closed one."""
    closed, opened = journal.last(door.CLOSING), journal.last("stage-passed", "acceptance")
    trial = trial_of(journal)
    if closed is None or opened is None or trial is None:
        return None
    return moment(opened) - moment(closed) - trial.measured_seconds


def trial_of(journal: Journal) -> Trial | None:
    """What the trial of a run found out; None when it had none, or one that this version cannot read."""
    for record in journal.records:
        if record.evidence.get("kind") == Trial.__name__:
            with suppress(ValidationError):
                return Trial.model_validate(record.evidence["result"])
    return None


def moment(record: Record) -> float:
    """When a record was written, as a Unix time."""
    return datetime.fromisoformat(record.at).timestamp()
