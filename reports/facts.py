"""The one fact of each stage that matters to a person, and what the whole run did to the data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

from fixtures.acceptance import Acceptance
from fixtures.alteration import Alteration, Intention
from fixtures.attempt import Attempt
from fixtures.backup import Backup
from fixtures.backup_files import DATABASE, MEDIA
from fixtures.beside import Beside
from fixtures.configuration import Configuration
from fixtures.decision import ROLLBACK_POINT, Decision
from fixtures.drift import Drift
from fixtures.gates import ProductionGates
from fixtures.images import Images
from fixtures.inspection import Inspection
from fixtures.maintenance import Maintenance
from fixtures.maintenance_page import PageServer
from fixtures.migration import Migration
from fixtures.migration_sql import MigrationSql
from fixtures.off_host import OffHost
from fixtures.own_backup import OwnBackup
from fixtures.replacement import Replacement
from fixtures.restart import Restart
from fixtures.reversal import Reversal
from fixtures.rollback import Rollback
from fixtures.rollback_point import DUMP, RollbackPoint
from fixtures.run import Run
from fixtures.selection import Selection
from fixtures.source import Source
from fixtures.trial import Trial
from fixtures.watch import Watch
from reports import migrations
from reports.story import Story
from reports.words import count, duration, size
from runbook import tidying

# Enough of a commit for a person to recognise it.
SHORT = 12


def preflight(run: Run) -> str:
    """What the release brings."""
    found = run.get(Inspection)
    changed = [line for line in found.requirements if line.startswith("+")]
    warning = migrations.warning(found.pending)
    brings = [
        count(len(found.pending), "migration") + (f" ({warning})" if warning else ""),
        count(len(found.new_keys), "new setting"),
        count(len(changed), "changed requirement"),
    ]
    waived = "".join(f"; {line}" for line in run.get(ProductionGates).waived) if run.has(ProductionGates) else ""
    return f"{found.from_version} → {found.version}: {', '.join(brings)}{waived}"


def backup(run: Run) -> str:
    """What was saved, and that it came back."""
    found = run.get(Backup)
    if run.is_out_of_reach:
        return "restored and compared"
    manifest = found.manifest
    held = [count(number, what.removesuffix("s")) for what, number in manifest.holds.items()]
    return f"{size(manifest.size_bytes)}, restored and compared: {', '.join(held)}{off_host(run)}{own_backup(run)}"


def own_backup(run: Run) -> str:
    """What the deployment's own script wrote; empty where none is configured."""
    command = run.get(OwnBackup).command if run.has(OwnBackup) else ""
    return f"; {command} wrote the same data" if command else ""


def off_host(run: Run) -> str:
    """What became of the copy off the host; empty where none is wanted."""
    found = run.get(OffHost) if run.has(OffHost) else OffHost()
    if found.problem:
        return "; NOT copied off the host"
    if found.copy_made is None:
        return ""
    return f"; copied off the host{' and read back' if found.copy_made.read_back else ''}"


def source(run: Run) -> str:
    """Where both versions are in git."""
    found = run.get(Source)
    return f"{found.worktree_commit[:SHORT]} checked out beside; old version kept on {found.backup_branch}"


def dependencies(run: Run) -> str:
    """What was built, and what is kept."""
    found = run.get(Images)
    kept = "the running image is kept" if len(found.kept) == 1 else "the running images are kept"
    warning = migrations.sql_warning(run.get(MigrationSql)) if run.has(MigrationSql) else ""
    built = f"{', '.join(found.built)} built with {count(len(found.packages), 'package')}; {kept}"
    return f"{built}; {warning}" if warning else built


def configuration(run: Run) -> str:
    """What the new `.env` has that the old one had not."""
    found = run.get(Configuration)
    return f"{', '.join(found.added) or 'nothing'} added to .env, no value changed"


def trial(run: Run) -> str:
    """How the release did on a clone, and which ways back there would be after the opening."""
    found = run.get(Trial)
    served = f"a clone of the data migrated in {duration(found.migration_seconds)}, served by the release"
    parts = [served, ways_back(found), migrations.drift_warning(run.get(Drift)) if run.has(Drift) else ""]
    return "; ".join(part for part in parts if part)


def ways_back(found: Trial) -> str:
    """What the ways back came to, and the downtime to expect; empty where nothing is migrated."""
    if found.downgrade.verdict == "not needed":
        return ""
    old = f"old version {found.compatibility.verdict} with the new schema"
    predicted = f"{duration(found.predicted_downtime_seconds)} of downtime predicted"
    return f"downgrade {found.downgrade.verdict}, {old}; {predicted}"


def maintenance(run: Run) -> str:
    """What the way back consists of."""
    point, position = run.get(RollbackPoint), run.get(Maintenance).wal_when_stopped
    held = f"{count(point.fingerprint.rows, 'row')} and {count(len(point.media), 'file')}"
    held += f", a dump: {point.reason}" if point.kind == DUMP else ""
    stopped = f"nobody writes any more (WAL at {position})" if position else "nobody writes any more"
    is_told = run.has(PageServer) and bool(run.get(PageServer).image)
    return f"{stopped}{', users get the maintenance page' * is_told}; rollback point of {held}"


def migration(run: Run) -> str:
    """Where the database is now."""
    found, inspection = run.get(Migration), run.get(Inspection)
    revisions = count(len(inspection.pending), "revision")
    return f"{revisions} in {duration(found.seconds)}, now at {', '.join(found.revisions)}"


def restart(run: Run) -> str:
    """What runs in the dark."""
    found = run.get(Restart)
    return f"{' and '.join(sorted(found.images))} up, reachable from this machine only"


def acceptance(run: Run) -> str:
    """When users were let in."""
    return f"the door opened at {run.get(Acceptance).opened_at[11:19]} UTC"


def watch(run: Run) -> str:
    """What was seen with users in."""
    found = run.get(Watch)
    errors = count(len(found.error_lines), "error line")
    return f"{count(len(found.samples), 'look')} in {duration(found.samples[-1].at_seconds)}, {errors}"


def rollback(run: Run) -> str:
    """What was put back, and whether the data is what it was."""
    return f"put back: {', '.join(run.get(Rollback).put_back)}"


def selection(run: Run) -> str:
    """Which backup, and what stands in its place."""
    found = run.get(Selection)
    of = f"the backup of {found.manifest.version} at {found.manifest.taken_at[:19]}Z"
    if found.is_live_already:
        return f"what is live is {of} already"
    tables = sum(line.startswith("table ") for line in found.losses)
    newer = [f"of {count(tables, 'table')}"] if tables else []
    newer += ["of the uploaded files"] if len(found.losses) > tables else []
    return f"{of}; {'it lacks what is live ' + ' and '.join(newer) if newer else 'nothing that is live is lost'}"


def proof(run: Run) -> str:
    """That the backup came back, in a clone and beside the live data."""
    found = run.get(Beside)
    beside = f", and beside the live data as {found.name}" if found.name else ""
    made = f"; roles made: {', '.join(found.made_roles)}" if found.made_roles else ""
    return f"{backup(run)}{beside}{made}"


def replacement(run: Run) -> str:
    """What took the place of what."""
    found, selection = run.get(Replacement), run.get(Selection)
    put = [count(found.fingerprint.rows, "row")] if DATABASE in selection.parts else []
    put += [count(len(found.media), "file")] if MEDIA in selection.parts else []
    return f"nobody writes any more; put in place: {' and '.join(put)}"


def decision(run: Run) -> str:
    """Which ways back there are and why, and how much users have changed since the opening."""
    found = run.get(Decision)
    ways = " or ".join(found.ways) or "none"
    return f"way back: {ways} ({'; '.join(found.reasons)}); users changed {count(len(found.since), 'table')} since"


def attempt(run: Run) -> str:
    """Which way holds on the data of today."""
    found = run.get(Attempt)
    failed = f"; another was given up: {found.failed[0]}" if found.failed else ""
    return f"{found.way} loses nothing of today's data{failed}" if found.way != ROLLBACK_POINT else found.way


def intention(run: Run) -> str:
    """What the migration tool's command is going to do."""
    found = run.get(Intention)
    way = f"{', '.join(found.current) or 'base'} → {', '.join(found.wanted) or 'base'}"
    return f"{way}, {count(len(found.steps), 'migration')}" + (f", because {found.reason}" if found.reason else "")


def altered(run: Run) -> str:
    """Where the command left the database."""
    found = run.get(Alteration)
    lost = f"; given up: {'; '.join(found.lost[:3])}" if found.lost else ", no data was changed"
    return f"the database is at {', '.join(found.revisions) or 'base'}{lost}"


def reversal(run: Run) -> str:
    """What was done to the data, and that what users wrote is there."""
    found = run.get(Reversal)
    held = f"{count(found.fingerprint.rows, 'row')} and {count(len(found.media), 'file')}"
    return f"by {found.way}, now at {', '.join(found.revisions) or 'no revision'}: {held}"


# The result that a stage's fact is taken from, and how it is said.
FACTS: dict[str, tuple[type[BaseModel], Callable[[Run], str]]] = {
    "preflight": (Inspection, preflight),
    "backup": (Backup, backup),
    "source": (Source, source),
    "dependencies": (Images, dependencies),
    "configuration": (Configuration, configuration),
    "trial": (Trial, trial),
    "maintenance": (Maintenance, maintenance),
    "migration": (Migration, migration),
    "restart": (Restart, restart),
    "acceptance": (Acceptance, acceptance),
    "watch": (Watch, watch),
    "rollback": (Rollback, rollback),
    "selection": (Selection, selection),
    "proof": (Beside, proof),
    "replacement": (Replacement, replacement),
    "decision": (Decision, decision),
    "attempt": (Attempt, attempt),
    "reversal": (Reversal, reversal),
    "intention": (Intention, intention),
    "alteration": (Alteration, altered),
}


def fact(story: Story, stage: str) -> str:
    """The fact of a stage, and how many checks passed in it."""
    run = story.run
    kind, say = FACTS.get(stage, (None, None))
    said = say(run) if run and kind and say and run.has(kind) else ""
    passed = story.proofs_of(stage, "passed")
    checks = [proof for proof in passed if proof.subject]
    looked = f"{count(len(checks), 'check')} passed" if checks else ""
    proved = f"{count(len(passed), 'proof')} given" if passed else ""
    return "; ".join(part for part in (said, looked) if part) or proved


def removed_backups(run: Run | None) -> list[str]:
    """The older backups that were removed when the run was over."""
    return [Path(directory).name for directory in noted(run, tidying.REMOVED)]


def noted(run: Run | None, event: str) -> list[str]:
    """The directories of the backups that the run's end journalled something of, without repetition."""
    records = run.journal.records if run else []
    return list(dict.fromkeys(str(record.evidence["directory"]) for record in records if record.event == event))


def backups(story: Story) -> str:
    """What became of the older backups; empty when nothing did."""
    removed, damaged = removed_backups(story.run), noted(story.run, tidying.NOT_WHOLE)
    gone = f"{count(len(removed), 'older one')} removed: {', '.join(removed)}" if removed else "none removed"
    found = f"damaged, so they count no more: {', '.join(damaged)}" if damaged else ""
    return "; ".join(part for part in (found, gone) if part) if removed or damaged else ""


def data(story: Story) -> str:
    """What became of the data, in one sentence; empty for a plan that never changes any."""
    run = story.run
    if run is None or not story.is_changing:
        return ""
    if not run.has(RollbackPoint):
        return "not touched"
    before = run.get(RollbackPoint).fingerprint
    held = f"{count(before.rows, 'row')} in {count(len(before.tables), 'table')}"
    if run.has(Rollback):
        differences = before.differences(run.get(Rollback).fingerprint)
        return f"{held}: {'exactly as before' if not differences else count(len(differences), 'difference')}"
    if run.has(Replacement) and DATABASE in run.get(Selection).parts:
        after = run.get(Replacement).fingerprint
        restored = f"{count(after.rows, 'row')} in {count(len(after.tables), 'table')}"
        return f"{held} replaced by {restored}, as they were at {run.get(Selection).manifest.taken_at[:19]}Z"
    if run.has(Reversal):
        found = run.get(Reversal)
        now = f"{count(found.fingerprint.rows, 'row')} in {count(len(found.fingerprint.tables), 'table')}"
        return f"{held} when the door closed, {now} by {found.way}"
    if not run.has(Migration):
        return f"{held} at the rollback point"
    after = run.get(Migration).fingerprint
    now = f"{count(after.rows, 'row')} in {count(len(after.tables), 'table')}"
    lost = before.lost_rows(after)
    return f"{held} before, {now} after; {'none lost' if not lost else 'rows lost: ' + lost[0]}"
