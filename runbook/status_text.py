"""What is known of a deployment: the last run, how far it came, what serves now, what to do next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fixtures import disk, door, lock, rollback_point
from fixtures.budget import amount
from fixtures.deployment import Deployment
from fixtures.errors import Problem
from fixtures.journal import Journal
from runbook import history, late, reality
from runbook.plans import ALTERATIONS, LATE_ROLLBACK, LOOKING, RESTORE

UNFINISHED = "unfinished"
OPENED = "users may have written, so the way is forward: pytest -m diagnose, then pytest -m upgrade to a mended release"
NEXT = {
    "done": "nothing",
    "nothing-to-do": "nothing",
    "refused": "mend what was refused, then pytest -m upgrade",
    "rolled-back": "nothing; the old version serves with its data",
    "needs-operator": OPENED,
    "interrupted": "nothing of the deployment was changed; start again whenever you like",
    UNFINISHED: "nothing of the deployment was changed; start again whenever you like",
}
AT_WORK = "wait for it; nothing else can begin meanwhile"
BACK = "the old version was let back in with its data: pytest -m rollback looks at it again, pytest -m diagnose as well"
FORWARD = "users may have written, so only forward: pytest -m {} --resume goes on with it"
# What is said otherwise where the last run was a restore.
NEXT_OF_A_RESTORE = {
    "refused": "nothing was changed; what was refused stands in its report, then pytest -m restore",
    "rolled-back": "nothing; the data that was to be replaced serves",
    "needs-operator": "users may have written to the restored data: pytest -m diagnose; the replaced database is kept",
}


GIVEN_UP = "nothing; the old version serves with the data of when the door closed: what users wrote since was given up"
NEXT_OF_A_LATE_ROLLBACK = {
    "refused": "nothing was changed, the new version serves; mend what was refused, then pytest -m rollback",
    "rolled-back": "nothing; the old version serves with what users wrote since",
    "needs-operator": "the new version serves with all its data: mend forward, or pytest -m rollback once more",
}
NEXT_OF_AN_ALTERATION = {
    "refused": "nothing was changed; what was refused stands in its report",
    "rolled-back": "nothing; the database serves as it was before",
    "needs-operator": "users may have written since: pytest -m diagnose; the database as it was before is kept",
}
NEXT_OF_A_LOOK = {"refused": "read in its report what is wrong with what serves, and mend that; it has changed nothing"}
OTHERWISE = (
    dict.fromkeys(ALTERATIONS, NEXT_OF_AN_ALTERATION)
    | dict.fromkeys(LOOKING, NEXT_OF_A_LOOK)
    | {
        RESTORE: NEXT_OF_A_RESTORE,
        LATE_ROLLBACK: NEXT_OF_A_LATE_ROLLBACK,
    }
)


def render(deployment: Deployment) -> str:
    """The text that `-m status` prints; changes nothing."""
    state = deployment.target.state
    journal = history.unfinished(state) or next(iter(history.journals(state)), None)
    at_work = lock.holder(state / lock.NAME)
    lines = [f"Target {deployment.target.name} ({deployment.target.where})", *last_run(journal)]
    lines += [f"  at work    {at_work}"] if at_work else []
    lines += serving(deployment)
    lines += [] if at_work else [f"  but        {line}" for line in by_hand(deployment, journal)]
    return "\n".join([*lines, f"  next       {AT_WORK if at_work else next_step(journal)}"])


def by_hand(deployment: Deployment, journal: Journal | None) -> list[str]:
    """What somebody else has done to the deployment of an unfinished run, as far as it can be seen at a glance."""
    if journal is None or not (history.is_change(journal) and history.is_unfinished(journal)):
        return []
    run = history.taken_up(deployment, journal, history.plan_of(journal))
    try:
        return reality.all_contradictions(run, reality.probe(run, with_data=False))
    except Problem as problem:
        return [f"what is there cannot be compared with the journal: {problem.what}"]


def last_run(journal: Journal | None) -> list[str]:
    """The last run, and the last thing its journal says."""
    if journal is None or not journal.records:
        return ["  last run   none"]
    last = journal.records[-1]
    what = history.told(journal)
    return [
        f"  last run   {journal.path.parent.name}: {what}, {ending(journal)}",
        f"  last word  {last.event} {last.stage} at {last.at}",
        f"  journal    {journal.path}",
    ]


def ending(journal: Journal) -> str:
    """The outcome in the journal; `unfinished` when it has none."""
    return journal.outcome or UNFINISHED


def serving(deployment: Deployment) -> list[str]:
    """What is deployed, what runs and what the database is at, each measured now and told whatever the others say."""
    repository = deployment.repository
    return [
        f"  deployed   {repository.describe(repository.commit)} ({repository.commit[:12]})",
        f"  door       {answer_at_the_door(deployment)}",
        f"  runs       {told(lambda: running(deployment))}",
        f"  database   {told(lambda: revision(deployment))}",
        f"  kept       {told(lambda: kept(deployment))}",
    ]


def kept(deployment: Deployment) -> str:
    """What is kept for a way back, and what that costs: databases, dumps, archives of the files."""
    database = deployment.database()
    databases = [(name, database.size_of(name)) for name in database.kept_by_runs()]
    files = [(str(place), size_of(place)) for place in rollback_point.kept_files(deployment.target.state)]
    return ", ".join(f"{what} ({amount(size_bytes)})" for what, size_bytes in [*databases, *files]) or "nothing"


def size_of(place: Path) -> int:
    """The size of a file, or of all files below a directory, in bytes."""
    return sum(disk.files(place).values()) if place.is_dir() else place.stat().st_size


def told(what: Callable[[], str]) -> str:
    """What could be found out, or why it could not."""
    try:
        return what()
    except Problem as problem:
        return f"not known: {problem.what}"


def running(deployment: Deployment) -> str:
    """How the service that serves pages is."""
    web, compose = deployment.target.services.web, deployment.compose()
    if not compose.container_ids(web):
        return f"{web}: no container of it runs"
    return f"{web}: {compose.container(web)['State']['Status']}"


def revision(deployment: Deployment) -> str:
    """The revision that the database says it is at."""
    revisions = deployment.database().revisions(deployment.target.migrations.version_table)
    return f"at revision {', '.join(revisions) or 'none'}"


def answer_at_the_door(deployment: Deployment) -> str:
    """Whether users are served: asked through the public door."""
    target = deployment.target
    url = target.url + target.probe
    try:
        return f"open: {url} answers {deployment.web().visitor().get(target.probe).status_code}"
    except Problem:
        return f"closed: {url} does not answer"


def next_step(journal: Journal | None) -> str:
    """What a person should do next, by how far the run came and how it ended."""
    if journal is None:
        return "pytest -m upgrade --plan"
    plan, is_change = history.plan_of(journal), history.is_change(journal)
    is_late = plan == LATE_ROLLBACK
    if is_late and history.is_unfinished(journal):
        return history.ways(journal)
    if is_change and not is_late and door.was_reopened(journal) and ending(journal) != "rolled-back":
        return BACK
    if is_change and history.is_unfinished(journal):
        return FORWARD.format(plan) if door.was_opened(journal) else history.ways(journal)
    if is_late and ending(journal) == "rolled-back" and late.gave_up(journal):
        return GIVEN_UP
    return (NEXT | OTHERWISE.get(plan, {}))[ending(journal)]
