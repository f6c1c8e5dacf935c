"""What a run leaves beside the deployment is removed when it is over, or when a later run finds it dead."""

from __future__ import annotations

from fixtures import beside, leftovers, logins
from fixtures.errors import Problem
from fixtures.run import Run


def remove_leftovers(run: Run) -> None:
    """Remove a run's clone, worktree, containers, sessions, and the database that did not come to be put in place.

    A server that does not answer keeps that database; the next successful upgrade removes it.
    """
    leftovers.remove(run)
    run.deployment.host.empty(run.directory / logins.SESSIONS)
    if any(run.journal.last("intended", stage) for stage in ("proof", "reversal")):
        try:
            database = run.deployment.database()
            database.drop(beside.database_name(database.name, run.suffix))
        except Problem as problem:
            run.journal.write("left-behind", reason=run.mask(problem.what))
