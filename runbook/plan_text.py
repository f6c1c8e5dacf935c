"""The plan as an operator reads it: what is known of the release, then the numbered stages with their commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from textwrap import wrap

from fixtures.backup_files import Manifest
from fixtures.certificate import Certificate
from fixtures.comparison import Comparison
from fixtures.hazard import KINDS
from fixtures.release import Revision
from fixtures.settings import Target
from runbook.plans import BY_NAME, LATE_ROLLBACK, NAMES, PLANS, RESTORE
from runbook.preview import Preview
from runbook.restore_preview import RestorePreview

# Who serves users in an upgrade, and where the words of an upgrade would mislead.
SERVED_BY = {"old": "the old version serves", "nobody": "nobody is served", "new": "the new version serves"}
SERVED_OTHERWISE = {
    RESTORE: {"old": "the data that is live serves", "new": "the restored data serves"},
    LATE_ROLLBACK: {"old": "the new version serves", "new": "the old version serves"},
}
CHANGELOG_LINES = 40
MOST_ERRORS = 5
WIDTH = 110


def render(plan: str, target: Target, preview: Preview | RestorePreview, known: list[str]) -> str:
    """Given a plan and the lines that say what is known, return the text that `--plan` prints."""
    served_by = SERVED_BY | SERVED_OTHERWISE.get(plan, {})
    stages = [line for name in PLANS[plan] for line in stage_lines(name, preview, served_by)]
    title = "rollback after the opening" if plan == LATE_ROLLBACK else plan
    heading = f"Plan {title} on target {target.name} ({target.directory}); nothing is executed."
    names = "RUN stands for the run's name."
    return "\n".join([heading, "", *known, "", f"Stages. {names}", *stages])


def stage_lines(name: str, preview: Preview | RestorePreview, served_by: dict[str, str]) -> list[str]:
    """A stage's number, name, what it changes, who is served meanwhile; below it its commands."""
    stage = BY_NAME[name]
    number = NAMES.index(name) + 1 if name in NAMES else ""
    head = f"{number:>3} {name:<14} changes {stage.changes}; {served_by[stage.served_by]}"
    return [head, *(f"      $ {command}" for command in preview.commands(name))]


def known_lines(known: Comparison) -> list[str]:
    """What is known of the release: what it brings, compared with what is deployed."""
    migrations = [line for revision in known.pending for line in revision_lines(revision)]
    return [
        f"From {known.from_version} ({known.from_commit[:12]}) to {known.version} ({known.commit[:12]})",
        *(section("⚠ what breaks, in the changelog", known.breaking) if known.breaking else []),
        *section("pending migrations", migrations),
        *section("requirements", known.requirements),
        *section("package.json", known.front_end),
        *section("new .env keys", known.new_keys),
        *section(".env keys no longer used", known.removed_keys),
        *section(".env keys with another example value (yours stays)", known.changed_keys),
        *section("changelog", known.changelog.splitlines()[:CHANGELOG_LINES]),
    ]


def certificate_lines(found: Certificate | None, known: Comparison, days: int, errors: Sequence[float]) -> list[str]:
    """What an earlier trial of this release found out, as far as that still holds of this deployment.

    Given are the certificate, what is known of the release, how many days it counts, and by how many seconds earlier
    predictions were out.
    """
    if found is None or not found.is_valid(known.commit, known.revisions, datetime.now(UTC), days):
        return ["  trial: none yet of this release on this data"]
    seconds = f"{found.predicted_downtime_seconds:.0f} s, {found.migration_seconds:.0f} s of it migration"
    return [
        f"  trial: passed at {found.made_at}, on {found.rows} rows (run {found.run})",
        f"    downtime predicted: {seconds}{out_by(errors)}",
        f"    ways back: downgrade {found.downgrade.verdict}, old version {found.compatibility} with the new schema",
    ]


def out_by(errors: Sequence[float]) -> str:
    """By how much the newest predictions were out, `+` where it took longer; empty when there was none."""
    told = ", ".join(f"{seconds:+.0f} s" for seconds in errors[:MOST_ERRORS])
    return f"; earlier predictions were out by {told}" if told else ""


def backup_lines(directory: Path, manifest: Manifest) -> list[str]:
    """What is known of a backup that is to be restored."""
    held = ", ".join(f"{number} {what}" for what, number in manifest.holds.items())
    return [
        f"Backup {directory}",
        f"  of {manifest.version} ({manifest.commit[:12]}), taken at {manifest.taken_at}",
        f"  {held}; revision {', '.join(manifest.revisions) or 'none'}, PostgreSQL {manifest.postgres_version}",
    ]


def revision_lines(revision: Revision) -> list[str]:
    """A pending revision: what it is for, what it does, and what is to be known before it runs."""
    does = wrap(", ".join(revision.operations), WIDTH, initial_indent="    ", subsequent_indent="    ")
    warnings = [f"    ⚠ {kind}: {'; '.join(why)}" for kind in KINDS if (why := revision.of_kind(kind))]
    return [f"{revision.revision} {revision.title}", *does, *warnings]


def section(title: str, lines: list[str]) -> list[str]:
    """A titled list, or that there is none."""
    return [f"  {title}:", *(f"    {line}" for line in lines)] if lines else [f"  {title}: none"]
