"""What is attached to a stage in the report: the things that a person would ask to see."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from fixtures import backup_files, certificate
from fixtures.backup import Backup
from fixtures.browsing import PICTURES
from fixtures.configuration import Configuration
from fixtures.decision import Decision
from fixtures.drift import Drift
from fixtures.fingerprint import Fingerprint
from fixtures.images import Images
from fixtures.inspection import Inspection
from fixtures.migration import Migration
from fixtures.migration_sql import MigrationSql
from fixtures.off_host import OffHost
from fixtures.own_backup import OwnBackup
from fixtures.replacement import Replacement
from fixtures.reversal import Reversal
from fixtures.rollback import Rollback
from fixtures.rollback_point import RollbackPoint
from fixtures.run import Run
from fixtures.selection import Selection
from fixtures.trial import Trial
from fixtures.watch import Watch
from reports import certified, migrations, tables
from reports.story import Chapter
from reports.words import MOMENTS, size
from runbook.plans import moments

HTML, TEXT, MARKDOWN = "text/html", "text/plain", "text/markdown"
EXTENSIONS = {HTML: "html", TEXT: "txt", MARKDOWN: "md", "image/svg+xml": "svg", "application/json": "json"}


@dataclass(frozen=True)
class Attachment:
    """One thing that is attached: its name for a person, its media type, its content."""

    name: str
    media_type: str
    content: str


def of_preflight(run: Run) -> Iterator[Attachment]:
    """What the release brings."""
    found = run.get(Inspection)
    breaking = "\n".join(["# ⚠ What breaks", "", *found.breaking, "", "# The rest", "", ""]) if found.breaking else ""
    changelog = found.changelog or "The release has no changelog."
    yield Attachment("Changelog since the version in use", MARKDOWN, f"{breaking}{changelog}")
    yield Attachment("Changed Python requirements", TEXT, "\n".join(found.requirements) or "none")
    yield Attachment("Changed front-end dependencies", TEXT, "\n".join(found.front_end) or "none")
    yield Attachment("Pending migrations", HTML, tables.page(migrations.pending(found.pending)))


def of_backup(run: Run) -> Iterator[Attachment]:
    """The files of the backup and the data in it."""
    found = run.get(Backup)
    files = [(file.name, size(file.size_bytes), file.sha256) for file in found.manifest.files]
    listed = tables.table(["file", "size", "sha256"], files)
    yield Attachment("Manifest", HTML, tables.page(f"<p>In <code>{found.directory}</code></p>{listed}"))
    if found.manifest.content and found.restored:
        dumped, restored = found.manifest.content.fingerprint, found.restored.fingerprint
        compared = tables.comparison(dumped, restored, ("dumped", "restored"))
        yield Attachment("Data as dumped and as restored", HTML, tables.page(compared))
    if run.has(OffHost) and run.get(OffHost) != OffHost():
        yield Attachment("Copy off the host", TEXT, off_host(run.get(OffHost)))

    if run.has(OwnBackup) and run.get(OwnBackup).files:
        wrote = run.get(OwnBackup)
        yield Attachment(f"Written by {wrote.command}", TEXT, "\n".join(map(str, wrote.files)))


def off_host(found: OffHost) -> str:
    """Where the copy is, or why there is none."""
    made = found.copy_made
    if made is None:
        return f"not copied: {found.problem}"
    proved = "read back in full" if made.read_back else "not read back"
    return "\n".join([made.where, *([f"snapshot {made.snapshot}"] if made.snapshot else []), made.copied_at, proved])


def of_selection(run: Run) -> Iterator[Attachment]:
    """What is live and what is in the backup, side by side."""
    found = run.get(Selection)
    if found.manifest.content:
        compared = tables.comparison(found.live, found.manifest.content.fingerprint, ("now", "in the backup"))
        yield Attachment("Data now and in the backup", HTML, tables.page(compared))
    yield Attachment("What differs", TEXT, "\n".join(found.differences) or "nothing")
    yield Attachment("What would be missed", TEXT, "\n".join(found.losses) or "nothing")


def of_dependencies(run: Run) -> Iterator[Attachment]:
    """The images of both versions, and what is installed in the new one."""
    found = run.get(Images)
    built = [("new", service, found.built_names[service], image) for service, image in found.built.items()]
    kept = [
        ("kept for the way back", service, found.kept_names[service], image) for service, image in found.kept.items()
    ]
    listed = tables.table(["", "service", "name", "image id"], [*built, *kept])
    yield Attachment("Images", HTML, tables.page(listed))
    yield Attachment("Python packages in the new image", TEXT, "\n".join(found.packages) or "none")
    if run.has(MigrationSql):
        yield from of_migration_sql(run.get(MigrationSql))


def of_migration_sql(found: MigrationSql) -> Iterator[Attachment]:
    """The pending migrations as SQL, and what squawk says of it."""
    sql = found.file.read_text("utf-8") if found.file else "none"
    yield Attachment("SQL of the pending migrations", TEXT, sql)
    yield Attachment("What squawk says of the pending migrations", HTML, tables.page(migrations.said_of_sql(found)))


def of_configuration(run: Run) -> Iterator[Attachment]:
    """The keys that change in `.env`; their values are nobody's business here."""
    found = run.get(Configuration)
    rows = [(key, "added") for key in found.added]
    rows += [(key, "no longer known to the release; stays") for key in found.removed]
    rows += [(key, "has another example value; yours stays") for key in found.changed_examples]
    yield Attachment("Keys of .env", HTML, tables.page(tables.table(["key", ""], rows) if rows else "No key changes."))


def of_trial(run: Run) -> Iterator[Attachment]:
    """What of the live definitions no migration has made."""
    found = run.get(Drift)
    lines = [f"not known: {found.unknown}"] if found.unknown else found.differences
    yield Attachment("Live definitions against the migrations", TEXT, "\n".join(lines) or "no difference")
    if run.has(Trial):
        yield from of_ways_back(run.get(Trial))
        yield from of_certificate(run)


def of_certificate(run: Run) -> Iterator[Attachment]:
    """The certificate that this run's trial earned; nothing where it did not pass."""
    target = run.deployment.target
    found = certificate.read(target.state, run.get(Inspection).commit)
    if found is not None and found.run == run.name:
        yield Attachment("Certificate", HTML, certified.page(found, target.trial.valid_days))


def of_ways_back(found: Trial) -> Iterator[Attachment]:
    """How the migration weighed on the clone, and what each way back came to."""
    weight = found.weight
    names = dict.fromkeys([*weight.exclusive_seconds, *weight.changed_rows, *weight.rewritten])
    rows = [
        (
            name,
            f"{weight.exclusive_seconds.get(name, 0.0):.1f} s",
            weight.changed_rows.get(name, 0),
            "yes" if name in weight.rewritten else "",
        )
        for name in names
    ]
    heads = ["table", "closed to everybody for", "rows changed or removed", "written anew as a whole"]
    yield Attachment("What the migration does to the tables", HTML, tables.page(tables.table(heads, rows)))
    back = [("downgrade", found.downgrade.verdict), *(("", line) for line in found.downgrade.lost)]
    back += [("", found.downgrade.said)] if found.downgrade.said else []
    back += [("old version, new schema", found.compatibility.verdict)]
    back += [("", line) for line in found.compatibility.problems]
    yield Attachment("Ways back after the opening", HTML, tables.page(tables.table(["", ""], back)))


def of_maintenance(run: Run) -> Iterator[Attachment]:
    """The data that a rollback brings back."""
    point = run.get(RollbackPoint)
    reason = [f"because {point.reason}"] if point.reason else []
    files = [f"{one.name}: {backup_files.tell(one)}" for one in point.dump]
    told = [f"kind    {point.kind}", f"kept as {point.name}", *reason, *files]
    yield Attachment("Rollback point", TEXT, "\n".join(told))
    yield Attachment("Data at the rollback point", HTML, tables.page(tables.contents(point.fingerprint)))


def of_migration(run: Run) -> Iterator[Attachment]:
    """What the migration made of tables, constraints and sequences."""
    if run.has(RollbackPoint):
        before, after = run.get(RollbackPoint).fingerprint, run.get(Migration).fingerprint
        yield Attachment(
            "Definitions before and after", TEXT, "\n".join(changed_definitions(before, after)) or "the same"
        )


def changed_definitions(before: Fingerprint, after: Fingerprint) -> list[str]:
    """What is defined in only one of two fingerprints, marked as gone or new; what was changed is both."""
    was, is_now = definitions(before), definitions(after)
    marked = [*(("-", one) for one in was - is_now), *(("+", one) for one in is_now - was)]
    return [f"{mark} {one}" for mark, one in sorted(marked, key=lambda pair: (pair[1].split(":")[0], pair[0] == "+"))]


def definitions(data: Fingerprint) -> set[str]:
    """Tables, constraints and sequences, a line each."""
    constraints = (f"constraint {name}: {definition}" for name, definition in data.constraints.items())
    return {*(f"table {name}" for name in data.tables), *constraints, *(f"sequence {name}" for name in data.sequences)}


def of_decision(run: Run) -> Iterator[Attachment]:
    """Why which way back may be gone, and what users have changed since the opening."""
    found = run.get(Decision)
    yield Attachment("Ways back, and why", TEXT, "\n".join([", ".join(found.ways), *found.reasons]))
    yield Attachment("Changed by users since the opening", TEXT, "\n".join(found.since) or "nothing")


def of_watch(run: Run) -> Iterator[Attachment]:
    """Every look at the new version while users were in."""
    found = run.get(Watch)
    services = sorted(found.samples[0].memory_bytes)
    rows = [
        (f"{s.at_seconds:.1f}", s.status, *(size(s.memory_bytes[name]) for name in services), sum(s.restarts.values()))
        for s in found.samples
    ]
    heads = ["seconds", "health", *(f"memory of {name}" for name in services), "restarts"]
    yield Attachment("Looks", HTML, tables.page(tables.table(heads, rows)))
    yield Attachment("Trend", TEXT, "\n".join([*found.trend, *(f"worse: {line}" for line in found.regressions)]))
    yield Attachment("Errors in the logs", TEXT, "\n".join(found.error_lines) or "none")


# The result that a stage must have achieved, and what is shown of it.
EVIDENCE: dict[str, tuple[type[BaseModel], Callable[[Run], Iterator[Attachment]]]] = {
    "preflight": (Inspection, of_preflight),
    "backup": (Backup, of_backup),
    "dependencies": (Images, of_dependencies),
    "configuration": (Configuration, of_configuration),
    "trial": (Drift, of_trial),
    "maintenance": (RollbackPoint, of_maintenance),
    "migration": (Migration, of_migration),
    "watch": (Watch, of_watch),
    "selection": (Selection, of_selection),
    "proof": (Backup, of_backup),
    "replacement": (RollbackPoint, of_maintenance),
    "decision": (Decision, of_decision),
}


def seen(run: Run, stage: str) -> Iterator[Attachment]:
    """The pictures of what was seen in a browser at the moments of a stage."""
    for file in sorted((run.directory / PICTURES).glob("*.png")):
        if moments(run.plan).get(file.stem) == stage:
            picture = base64.b64encode(file.read_bytes()).decode()
            image = f'<img alt="{file.stem}" style="max-width:100%" src="data:image/png;base64,{picture}">'
            yield Attachment(
                f"The main page in a browser, {MOMENTS.get(file.stem, file.stem)}", HTML, tables.page(image)
            )


def of_stage(run: Run, chapter: Chapter) -> Iterator[Attachment]:
    """Everything that is attached to a stage, the commands last."""
    kind, show = EVIDENCE.get(chapter.stage, (None, None))
    if kind and show and run.has(kind) and not run.is_out_of_reach:
        yield from show(run)
    if not run.is_out_of_reach:
        yield from seen(run, chapter.stage)
    for name, said in chapter.diagnosis.items():
        yield Attachment(f"Diagnosis: {name}", TEXT, said)
    for name, output in chapter.outputs.items():
        yield Attachment(f"Output of {name}", TEXT, output)
    if chapter.stats:
        keys = {"Name": "container", "CPUPerc": "CPU", "MemUsage": "memory", "MemPerc": "", "PIDs": "processes"}
        rows = [[line.get(key, "") for key in keys] for line in chapter.stats]
        yield Attachment("docker stats", HTML, tables.page(tables.table(list(keys.values()), rows)))
    if chapter.commands:
        yield Attachment("Commands", TEXT, commands_log(chapter))


def centrepiece(run: Run, stage: str) -> str:
    """What became of the data in a stage, as a table that is shown at once; empty where that is not the question."""
    if not run.has(RollbackPoint):
        return ""
    before = run.get(RollbackPoint).fingerprint
    if stage == "migration" and run.has(Migration):
        return tables.comparison(before, run.get(Migration).fingerprint, ("before", "after"))
    if stage == "replacement" and run.has(Replacement):
        return tables.comparison(before, run.get(Replacement).fingerprint, ("before", "restored"))
    if stage == "reversal" and run.has(Reversal):
        return tables.comparison(before, run.get(Reversal).fingerprint, ("when the door closed", "taken back"))
    if stage == "rollback" and run.has(Rollback):
        return tables.comparison(before, run.get(Rollback).fingerprint, ("before", "after the rollback"))
    return ""


def commands_log(chapter: Chapter) -> str:
    """Every command of a stage as a person would type it, with its exit code and seconds."""
    lines = []
    for command in chapter.commands:
        lines.append(f"exit {command.exit_code:<3} {command.seconds:7.2f} s  {command.text}")
        lines += [f"{'':20}{line}" for line in command.said.splitlines()]
    return "\n".join(lines) + "\n"
