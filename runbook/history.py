"""What earlier processes left in the journals: read back, never assumed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from fixtures import backups, door, host_path, rollback
from fixtures.deployment import Deployment
from fixtures.errors import Refused
from fixtures.journal import Journal, Record
from fixtures.run import Run
from runbook import clearing
from runbook.actions import RESULTS
from runbook.outcome import Outcome
from runbook.plans import CHANGING, LATE_ROLLBACK, PLANS, RESTORE, UPGRADES
from runbook.resuming import ORPHAN_SECONDS

Result = TypeVar("Result", bound=BaseModel)


def journals(state: Path) -> list[Journal]:
    """The journals of a deployment's runs, the newest first; raise JournalDamaged at one that cannot be believed.

    Runs are ordered by their number, never by the clock. One that died before its first record has done nothing.
    """
    opened = (Journal.open(directory / "journal.jsonl") for directory in (state / "runs").glob("*/"))
    return sorted((journal for journal in opened if journal.records), key=place_in_order, reverse=True)


def place_in_order(journal: Journal) -> tuple[int, str]:
    """What runs are ordered by."""
    return int(journal.records[0].evidence.get("number", 0)), journal.path.parent.name


def next_number(state: Path) -> int:
    """The number of the run that begins now: after every run of which there is still a journal or a backup."""
    known = [place_in_order(journal)[0] for journal in journals(state)]
    known += [backup.place_in_order[0] for backup in backups.known(state)]
    return max(known, default=0) + 1


def numbers(state: Path) -> dict[str, int]:
    """The number of every run by its name."""
    return {journal.path.parent.name: place_in_order(journal)[0] for journal in journals(state)}


def plan_of(journal: Journal) -> str:
    """The plan that a run began as."""
    return str(journal.records[0].evidence["plan"])


def is_change(journal: Journal) -> bool:
    """Whether a run is one that others have to wait for: an upgrade, or another that had closed the door."""
    return plan_of(journal) in UPGRADES or (plan_of(journal) in CHANGING and door.was_closed(journal))


def last_change(state: Path) -> Journal | None:
    """The journal of the newest upgrade or restore; None when there was none."""
    return next((journal for journal in journals(state) if is_change(journal)), None)


def unfinished(state: Path) -> Journal | None:
    """The journal of the newest upgrade or restore if it has left something to decide."""
    journal = last_change(state)
    return journal if journal is not None and is_unfinished(journal) else None


def is_unfinished(journal: Journal) -> bool:
    """Whether a run can be gone on with: it was cut short, or stopped for a person before anybody was let in.

    Once the new version was seen through its open door, or the old one was let back in, something serves, and the way
    is forward with a new upgrade.
    """
    serves = journal.last("stage-passed", "acceptance") is not None or door.was_reopened(journal)
    stopped = journal.outcome == "needs-operator" and not serves
    return stopped or journal.outcome in ("", "interrupted")


def unfinished_runs(state: Path) -> set[str]:
    """The runs of any plan that are at work, died, or left something to decide: what is theirs is not touched."""
    return {
        journal.path.parent.name
        for journal in journals(state)
        if (is_unfinished(journal) if is_change(journal) else not journal.ending)
    }


def endings(state: Path) -> dict[str, datetime]:
    """When each run ended that has left nothing to decide, by its ending of names in PostgreSQL."""
    unsettled = unfinished_runs(state)
    return {
        journal.path.parent.name.lower().replace("-", "_"): datetime.fromisoformat(journal.ending.at)
        for journal in journals(state)
        if journal.ending and journal.path.parent.name not in unsettled
    }


def last_that_changed(state: Path) -> Journal | None:
    """The journal of the newest run that closed the door; None when no run ever did."""
    return next((journal for journal in journals(state) if door.was_closed(journal)), None)


def refuse_unfinished(state: Path) -> None:
    """Raise Refused when an upgrade or a restore did not come to its end: what it left must be settled first."""
    journal = unfinished(state)
    if journal is not None:
        last = journal.records[-1]
        raise Refused(
            f"The {told(journal)} did not finish; nothing was changed now.",
            expected=f"no unfinished {plan_of(journal)}",
            found=f"run {journal.path.parent.name}, last word: {last.event} {last.stage}".rstrip() + f" at {last.at}",
            next_step=ways(journal),
            evidence=str(journal.path),
        )


def told(journal: Journal) -> str:
    """What a run is, for a person: `upgrade to v2.0.0`, `restore of 20261122T021000Z-4f1a`."""
    plan, requested = plan_of(journal), journal.records[0].evidence["requested"]
    plan = "rollback" if plan == LATE_ROLLBACK else plan
    if not requested:
        return plan
    return f"{plan} {'of' if plan == RESTORE else 'to'} {requested}"


def ways(journal: Journal) -> str:
    """The two commands to choose from where a run did not finish."""
    plan = plan_of(journal)
    if plan == LATE_ROLLBACK:
        return "`pytest -m rollback` goes on with it"
    old = "the data it replaced" if plan == RESTORE else "the old version"
    return f"`pytest -m {plan} --resume` goes on with it, `pytest -m rollback` ends it with {old}"


def settle_dead_runs(deployment: Deployment) -> None:
    """Remove what runs left that died and had changed nothing, upgrades left out. Journal that they are over."""
    for journal in journals(deployment.target.state):
        if not is_change(journal) and not journal.ending:
            settle(run_of(deployment, journal), Outcome.INTERRUPTED)


def settle(run: Run, outcome: Outcome) -> None:
    """Remove what a run left that changed nothing of the deployment, and journal that it is over."""
    run.deployment.host.end_marked(ORPHAN_SECONDS)
    clearing.remove_leftovers(run)
    run.journal.write_ending(outcome=outcome.word, exit_code=outcome.exit_code, noticed_by="a later run")


def reopen(deployment: Deployment) -> Run:
    """The run that is to be rolled back, with what its stages achieved.

    Raise Refused when there is none, also after settling an unfinished one that had changed nothing; NeedsOperator
    when users may have written since.
    """
    newest = unfinished(deployment.target.state)
    if newest is not None and not door.was_closed(newest):
        settle(run_of(deployment, newest), Outcome.REFUSED)
        raise Refused(
            "The unfinished upgrade had changed nothing of the deployment, so there is nothing to roll back.",
            found=f"run {newest.path.parent.name} is over now; what it left beside the deployment is removed",
            next_step="pytest -m upgrade begins anew",
        )
    journal = last_that_changed(deployment.target.state)
    if journal is None or journal.outcome == "rolled-back":
        raise Refused(
            "There is nothing to roll back; nothing was changed.",
            found="no run has changed this deployment" if journal is None else "the last run was rolled back already",
        )
    run = taken_up(deployment, journal, "rollback")
    rollback.refuse_after_opening(run)
    return run


def resume(deployment: Deployment, plan: str, requested: str, waived: dict[str, str]) -> Run:
    """The unfinished upgrade or restore, with what its stages achieved, to be gone on with.

    Raise Refused when there is none, or when another release was asked for than the one it is of.
    """
    journal = unfinished(deployment.target.state)
    if journal is None:
        raise Refused(
            f"There is no unfinished {plan} to go on with; nothing was changed.",
            next_step=f"pytest -m {plan} begins one",
        )
    if plan_of(journal) != plan:
        raise Refused(f"What did not finish is the {told(journal)}; nothing was changed now.", next_step=ways(journal))
    run = taken_up(deployment, journal, plan)
    if requested not in ("", run.requested):
        raise Refused(
            "The unfinished upgrade is to another release; nothing was changed now.",
            expected=run.requested,
            found=requested,
            next_step=f"leave --to {requested} out, or end the unfinished upgrade first: pytest -m rollback",
        )
    run.waived |= waived
    return run


def run_of(deployment: Deployment, journal: Journal, plan: str = "") -> Run:
    """The run that a journal is of."""
    directory, begun = journal.path.parent, journal.records[0].evidence
    deployment.host.mark = directory.name
    waived = {
        str(stage): str(reason)
        for record in journal.records
        if record.event in ("run-begun", "run-resumed")
        for stage, reason in record.evidence.get("waived", {}).items()
    }
    requested, number = str(begun["requested"]), place_in_order(journal)[0]
    plan = plan or plan_of(journal)
    run = Run(directory.name, plan, deployment, journal, directory, requested, waived, number=number)
    run.stages = PLANS.get(plan, ())
    return run


def taken_up(deployment: Deployment, journal: Journal, plan: str) -> Run:
    """The run of a process that is gone, with all that its journal says was achieved."""
    run = run_of(deployment, journal, plan)
    run.is_resumed = True
    recall(run)
    return run


def recall(run: Run) -> None:
    """Give a run what its journal says that its stages achieved, by whichever process."""
    for record in run.journal.records:
        result = achieved(record, run.journal.path)
        if result is not None:
            run.put(result)


def achieved(record: Record, journal: Path) -> BaseModel | None:
    """The result that a record of a journal holds; None when it holds none. Its paths are on the journal's host."""
    kind = RESULTS.get(str(record.evidence.get("kind", "")))
    return kind.model_validate(record.evidence["result"], context=host_path.of(journal)) if kind else None


def last_achieved(state: Path, kind: type[Result]) -> Result | None:
    """The newest result of a kind in the journals of runs that began soundly; None when none has one."""
    for journal in journals(state):
        if not journal.last("stage-passed", "preflight"):
            continue
        record = next((r for r in reversed(journal.records) if r.evidence.get("kind") == kind.__name__), None)
        result = achieved(record, journal.path) if record else None
        if isinstance(result, kind):
            return result
    return None
