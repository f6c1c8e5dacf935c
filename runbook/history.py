"""What earlier processes left in the journals: read back, never assumed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from fixtures import leftovers, rollback
from fixtures.deployment import Deployment
from fixtures.errors import Refused
from fixtures.journal import Journal, Record
from fixtures.run import Run
from runbook.actions import RESULTS

Result = TypeVar("Result", bound=BaseModel)


def journals(state: Path) -> Iterator[Journal]:
    """The journals of a deployment's runs, the newest first; raise Refused at a damaged one."""
    for path in sorted((state / "runs").glob("*/journal.jsonl"), reverse=True):
        yield Journal.open(path)


def unsettled(state: Path) -> Journal | None:
    """The journal of the newest run that closed the door and left something to decide; None when all is settled."""
    journal = last_that_changed(state)
    return None if journal is None or is_settled(journal) else journal


def last_that_changed(state: Path) -> Journal | None:
    """The journal of the newest run that closed the door; None when no run ever did."""
    return next((journal for journal in journals(state) if journal.last("stage-begun", "maintenance")), None)


def refuse_unfinished(state: Path) -> None:
    """Raise Refused when a run closed the door and never came to its end: what it left must be settled first."""
    journal = unsettled(state)
    if journal is not None:
        raise Refused(
            "An earlier run closed the door and did not finish; nothing was changed.",
            found=str(journal.path),
            next_step="pytest -m status says what serves now; pytest -m rollback brings the old version back",
        )


def remove_leftovers_of_dead_runs(deployment: Deployment) -> None:
    """Remove what runs left that died before they changed anything, and journal that they are over."""
    for journal in journals(deployment.target.state):
        if journal.records and not journal.last("run-ended") and not journal.last("stage-begun", "maintenance"):
            leftovers.remove(run_of(deployment, journal))
            journal.write("run-ended", outcome="interrupted", exit_code=2, noticed_by="the next run")


def is_settled(journal: Journal) -> bool:
    """Whether a run left nothing to decide: it came to a good end, or its door was opened and the way is forward."""
    ended = journal.last("run-ended")
    is_at_rest = ended is not None and ended.evidence["outcome"] not in ("interrupted", "needs-operator")
    return is_at_rest or journal.last("door-opening") is not None


def reopen(deployment: Deployment, journal: Journal | None) -> Run:
    """The run that a journal is of, with what its stages achieved.

    Raise Refused when there is none to roll back, NeedsOperator when users may have written since.
    """
    ended = journal.last("run-ended") if journal else None
    if journal is None or (ended and ended.evidence["outcome"] == "rolled-back"):
        raise Refused(
            "There is nothing to roll back; nothing was changed.",
            found="no run has changed this deployment" if journal is None else "the last run was rolled back already",
        )
    run = run_of(deployment, journal)
    recall(run)
    rollback.refuse_after_opening(run)
    return run


def run_of(deployment: Deployment, journal: Journal) -> Run:
    """The run that a journal is of, as the way back needs it."""
    directory, begun = journal.path.parent, journal.records[0].evidence
    return Run(directory.name, "rollback", deployment, journal, directory, str(begun["requested"]))


def recall(run: Run) -> None:
    """Give a run what its journal says that its stages achieved, by whichever process."""
    for record in run.journal.records:
        result = achieved(record)
        if result is not None and not run.has(type(result)):
            run.put(result)


def achieved(record: Record) -> BaseModel | None:
    """The result that a record holds; None when it holds none."""
    kind = RESULTS.get(str(record.evidence.get("kind", "")))
    return kind.model_validate(record.evidence["result"]) if kind else None


def last_achieved(state: Path, kind: type[Result]) -> Result | None:
    """The newest result of a kind in the journals of runs that began soundly; None when none has one."""
    for journal in journals(state):
        if not journal.last("stage-passed", "preflight"):
            continue
        record = next((r for r in reversed(journal.records) if r.evidence.get("kind") == kind.__name__), None)
        result = achieved(record) if record else None
        if isinstance(result, kind):
            return result
    return None
