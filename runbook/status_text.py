"""What is known of a deployment: the last run, how far it came, what serves now, what to do next."""

from __future__ import annotations

from fixtures.deployment import Deployment
from fixtures.errors import Problem
from fixtures.journal import Journal
from fixtures.settings import Target
from fixtures.web import Web
from runbook import history

NEXT = {
    "done": "nothing",
    "nothing-to-do": "nothing",
    "refused": "mend what was refused, then pytest -m upgrade",
    "rolled-back": "nothing; the old version serves with its data",
    "needs-operator": "remove the cause that the journal names, then pytest -m rollback",
    "interrupted": "nothing of the deployment was changed; pytest -m upgrade begins again",
    "unfinished": "nothing of the deployment was changed; pytest -m upgrade begins again",
}
# The same endings once the door had been closed.
NEXT_AFTER_CLOSING = {
    "interrupted": "pytest -m rollback brings the old version back",
    "unfinished": "pytest -m rollback brings the old version back",
}
OPENED = "users may have written, so the way is forward: pytest -m diagnose, then pytest -m upgrade to a mended release"


def render(deployment: Deployment) -> str:
    """The text that `-m status` prints; changes nothing."""
    state = deployment.target.state
    journal = history.unsettled(state) or next(history.journals(state), None)
    lines = [f"Target {deployment.target.name} ({deployment.target.directory})", *last_run(journal)]
    return "\n".join([*lines, *serving(deployment), f"  next       {next_step(journal)}"])


def last_run(journal: Journal | None) -> list[str]:
    """The last run, and the last thing its journal says."""
    if journal is None or not journal.records:
        return ["  last run   none"]
    begun, last = journal.records[0], journal.records[-1]
    what = f"{begun.evidence.get('plan', '')} {begun.evidence.get('requested', '')}"
    return [
        f"  last run   {journal.path.parent.name}: {what}, {ending(journal)}",
        f"  last word  {last.event} {last.stage} at {last.at}",
        f"  journal    {journal.path}",
    ]


def ending(journal: Journal) -> str:
    """The outcome in the journal; `unfinished` when it has none."""
    ended = journal.last("run-ended")
    return str(ended.evidence["outcome"]) if ended else "unfinished"


def serving(deployment: Deployment) -> list[str]:
    """What is deployed and what the database is at, measured now."""
    repository = deployment.repository
    lines = [
        f"  deployed   {repository.describe(repository.commit)} ({repository.commit[:12]})",
        door(deployment.target),
    ]
    try:
        container = deployment.compose().container(deployment.target.services.web)
        lines.append(f"  runs       {deployment.target.services.web}: {container['State']['Status']}")
        revisions = deployment.database().revisions(deployment.target.migrations.version_table)
        lines.append(f"  database   at revision {', '.join(revisions) or 'none'}")
    except Problem as problem:
        lines.append(f"  runs       not everything: {problem.what}")
    return lines


def door(target: Target) -> str:
    """Whether users are served: asked through the public door."""
    url = target.url + target.probe
    try:
        answer = f"open: {url} answers {Web(target.url).visitor().get(target.probe).status_code}"
    except Problem:
        answer = f"closed: {url} does not answer"
    return f"  door       {answer}"


def next_step(journal: Journal | None) -> str:
    """What a person should do next, by how far the run came and how it ended."""
    if journal is None:
        return "pytest -m upgrade --plan"
    ended = ending(journal)
    if journal.last("door-opening"):
        return NEXT["done"] if ended == "done" else OPENED
    if journal.last("stage-begun", "maintenance"):
        return NEXT_AFTER_CLOSING.get(ended, NEXT[ended])
    return NEXT[ended]
