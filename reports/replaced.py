"""What became of data that a run replaced or gave up: where it is kept, why it was given up, what users wrote since."""

from __future__ import annotations

from fixtures import snapshot_point
from fixtures.backup_files import DATABASE
from fixtures.decision import ROLLBACK_POINT, Decision
from fixtures.replacement import Replacement
from fixtures.reversal import Reversal
from fixtures.rollback import Rollback
from fixtures.rollback_point import RollbackPoint
from fixtures.run import Run
from fixtures.selection import Selection


def since(run: Run) -> str:
    """What users changed after the opening of the upgrade that is undone; empty for any other run."""
    return ("; ".join(run.get(Decision).since) or "nothing") if run.has(Decision) else ""


def kept(run: Run) -> str:
    """Where what was replaced is kept; empty where nothing was replaced, or where it is back."""
    if run.has(Reversal) and not run.has(Rollback):
        return f"{run.get(RollbackPoint).name}, as it was when the door closed"
    if run.has(Rollback) and run.has(RollbackPoint) and "database" in run.get(Rollback).put_back:
        return replaced(run)
    if not run.has(Replacement) or run.has(Rollback):
        return ""
    point, parts = run.get(RollbackPoint), run.get(Selection).parts
    database = [f"database {point.snapshot}"] if DATABASE in parts else []
    return " and ".join([*database, *([str(point.directory / point.archive.name)] if point.archive else [])])


def given_up(run: Run) -> str:
    """What of the live data was given up, and why; empty where nothing was, or where it is back."""
    if run.plan == "rollback":
        return run.accepted_loss
    if run.has(Reversal) and run.get(Reversal).way == ROLLBACK_POINT and not run.has(Rollback):
        return f"{run.get(Decision).accepted} ({'; '.join(run.get(Decision).since)})"
    if run.has(Rollback) or not run.has(Selection) or not run.get(Selection).losses or not run.get(Selection).accepted:
        return ""
    return f"{run.get(Selection).accepted} ({'; '.join(run.get(Selection).losses)})"


def replaced(run: Run) -> str:
    """The database whose place the rollback point has taken; by a dump nothing of it is kept."""
    name = snapshot_point.failed(run.deployment.target.database.name, run.suffix)
    return f"database {name}, which was replaced" if run.get(RollbackPoint).snapshot else ""
