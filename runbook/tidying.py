"""What is removed when a run is over. What cannot be removed harms nobody and changes no outcome."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from fixtures import backup_files, backups, retention, rollback_point
from fixtures.journal import JournalNotWritten
from fixtures.retention import Candidate
from fixtures.run import Run, suffix
from runbook import clearing, history
from runbook.outcome import Outcome
from runbook.plans import UPGRADES

REMOVED, NOT_WHOLE = "backup-removed", "backup-not-whole"


def tidy(run: Run, outcome: Outcome) -> None:
    """Remove the run's clone, worktree and containers; after success also what earlier runs kept for too long.

    What cannot be removed is journalled and left, and keeps nothing else from being removed.
    """
    for remove in due(run, outcome):
        try:
            remove(run)
        except Exception as error:
            with suppress(JournalNotWritten):
                run.journal.write("left-behind", reason=run.mask(f"{type(error).__name__}: {error}"))


def due(run: Run, outcome: Outcome) -> list[Callable[[Run], None]]:
    """What is to be removed after a run that ended like that, in this order."""
    steps: list[Callable[[Run], None]] = [clearing.remove_leftovers]
    if outcome is Outcome.DONE and run.plan in UPGRADES:
        steps.append(drop_older_snapshots)
    if outcome is Outcome.DONE and run.plan in (*UPGRADES, "backup"):
        steps += [drop_outdated, thin_out_backups]
    return steps


def drop_older_snapshots(run: Run) -> None:
    """CHANGES the server: remove the databases and files that earlier runs kept; its own stay until the next."""
    database = run.deployment.database()
    for name in database.kept_by_runs():
        if not name.endswith(run.suffix):
            database.drop(name)
    for place in rollback_point.kept_files(run.deployment.target.state):
        if suffix_of(place) != run.suffix:
            remove_kept(run, place)


def drop_outdated(run: Run) -> None:
    """CHANGES the server: remove the databases and files that runs kept which ended too many days ago."""
    database, target = run.deployment.database(), run.deployment.target
    ended = history.endings(target.state)
    for name in retention.outdated(database.kept_by_runs(), ended, datetime.now(UTC), target.rollback_points.keep_days):
        run.intend("", "drop a database that is kept no longer", database=name)
        database.drop(name)
    files = rollback_point.kept_files(target.state)
    known = [suffix_of(place) for place in files]
    old = retention.outdated(known, ended, datetime.now(UTC), target.rollback_points.keep_days)
    for place in files:
        if suffix_of(place) in old:
            remove_kept(run, place)


def remove_kept(run: Run, place: Path) -> None:
    """Remove a dump or an archive of a rollback point that is kept no longer; a death leaves it a partial name."""
    run.intend("", "remove what a rollback point has kept", place=str(place))
    backup_files.discard(backup_files.set_aside(place))


def suffix_of(place: Path) -> str:
    """By what ending of names in PostgreSQL the run is known that keeps something in its rollback point."""
    return suffix(place.parents[1].name)


def thin_out_backups(run: Run) -> None:
    """Remove the backups that are too old to be kept, and what earlier runs left half written or half removed.

    Those that stay in their place are read in full before; the ones that are not whole are journalled, and count no
    more. With none that is whole nothing is removed.
    """
    target, damaged = run.deployment.target, set[str]()
    while going := retention.may_go(candidates(run, damaged), target.backups.keep):
        found = [name for name in retention.relied_on(candidates(run, damaged)) if not is_whole(run, name)]
        if not found:
            break
        damaged.update(found)
    for name in going:
        remove_backup(run, backups.place(target.state) / name)
    unfinished = history.unfinished_runs(target.state)
    for partial in backups.partial(target.state):
        run_name = backup_files.final_name(partial.name)
        if run_name in history.numbers(target.state) and run_name not in unfinished:
            backup_files.discard(partial)


def candidates(run: Run, damaged: set[str]) -> list[Candidate]:
    """The backups as retention sees them now."""
    state = run.deployment.target.state
    numbers, unfinished = history.numbers(state), history.unfinished_runs(state)
    return [retention.candidate(known, numbers, unfinished, damaged) for known in backups.known(state)]


def is_whole(run: Run, name: str) -> bool:
    """Read a backup in full; one that is not what was written is journalled."""
    known = backups.look(backups.place(run.deployment.target.state) / name)
    found = list(backup_files.damages(known.directory, known.manifest)) if known.manifest else ["its manifest"]
    if found:
        run.journal.write(NOT_WHOLE, directory=str(known.directory), damaged=found)
    return not found


def remove_backup(run: Run, directory: Path) -> None:
    """Remove a whole backup: the only place that does. A death in the middle leaves it under a partial name."""
    run.intend("", "remove a backup", directory=str(directory))
    backup_files.discard(backup_files.set_aside(directory))
    run.journal.write(REMOVED, directory=str(directory), keep=run.deployment.target.backups.keep)
