"""A rollback after users were let in: which upgrade it undoes, and the unfinished one that it goes on with."""

from __future__ import annotations

from pathlib import Path

from fixtures import door
from fixtures.decision import ROLLBACK_POINT, Decision
from fixtures.deployment import Deployment
from fixtures.errors import Refused
from fixtures.journal import Journal
from fixtures.reversal import Reversal
from fixtures.run import Run
from runbook import history
from runbook.plans import LATE_ROLLBACK, UPGRADES


def is_due(state: Path) -> bool:
    """Whether a rollback that is asked for now has to reckon with what users wrote to the new version."""
    return unfinished(state) is not None or to_be_undone(state) is not None


def unfinished(state: Path) -> Journal | None:
    """The journal of a late rollback that did not come to its end; None when the newest change is not one."""
    journal = history.unfinished(state)
    return journal if journal is not None and history.plan_of(journal) == LATE_ROLLBACK else None


def to_be_undone(state: Path) -> Journal | None:
    """The journal of the upgrade that users were let in by, if it is still what is deployed; else None.

    One that was cut short after the opening is gone on with first. A late rollback that did not succeed has brought
    the new version back, so its upgrade is deployed again.
    """
    for journal in history.journals(state):
        plan = history.plan_of(journal)
        if not door.was_closed(journal) or (plan == LATE_ROLLBACK and journal.outcome == "needs-operator"):
            continue
        is_over = journal.outcome in ("done", "needs-operator")
        return journal if plan in UPGRADES and door.was_opened(journal) and is_over else None
    return None


def gave_up(journal: Journal) -> bool:
    """Whether a late rollback has put the rollback point back, and so given up what users wrote since."""
    return any(
        record.evidence.get("kind") == Reversal.__name__ and record.evidence["result"]["way"] == ROLLBACK_POINT
        for record in journal.records
    )


def go_on(deployment: Deployment) -> Run | None:
    """The unfinished late rollback, with what its stages achieved; None when there is none."""
    journal = unfinished(deployment.target.state)
    if journal is None:
        return None
    run = history.taken_up(deployment, journal, LATE_ROLLBACK)
    undone = Journal.open(journal.path.parent.with_name(run.get(Decision).upgrade) / journal.path.name)
    run.undone = history.taken_up(deployment, undone, history.plan_of(undone))
    deployment.host.mark = run.name
    return run


def upgrade_to_undo(deployment: Deployment) -> Run:
    """The upgrade that is going to be undone, with all that it achieved. Raise Refused when there is none any more."""
    journal = to_be_undone(deployment.target.state)
    if journal is None:
        raise Refused("There is nothing to roll back any more; nothing was changed.", next_step="pytest -m status")
    return history.taken_up(deployment, journal, history.plan_of(journal))
