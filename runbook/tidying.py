"""What is removed when a run is over. What cannot be removed harms nobody and changes no outcome."""

from __future__ import annotations

from contextlib import suppress

from fixtures import leftovers
from fixtures.journal import JournalNotWritten
from fixtures.run import Run
from runbook.outcome import Outcome


def tidy(run: Run, outcome: Outcome) -> None:
    """Remove the run's clone, worktree and containers; after a successful upgrade also the snapshots of earlier runs.

    What cannot be removed is journalled and left.
    """
    try:
        leftovers.remove(run)
        if outcome is Outcome.DONE and run.plan == "upgrade":
            drop_older_snapshots(run)
    except Exception as error:
        with suppress(JournalNotWritten):
            run.journal.write("left-behind", reason=f"{type(error).__name__}: {error}")


def drop_older_snapshots(run: Run) -> None:
    """CHANGES the server: remove the databases that runs before this one kept; this run's stay until the next."""
    database = run.deployment.database()
    for name in database.kept_by_runs():
        if not name.endswith(run.suffix):
            database.drop(name)
