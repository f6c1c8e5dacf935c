"""The plan as an operator reads it: what is known of the release, then the numbered stages with their commands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from textwrap import wrap

from fixtures.backup_files import Manifest
from fixtures.certificate import Certificate
from fixtures.comparison import Comparison
from fixtures.gates import Gate
from fixtures.hazard import KINDS
from fixtures.release import Revision
from runbook.planned import Plan, PlannedStage
from runbook.plans import LATE_ROLLBACK, MINOR_NO_RESTART, OPERATIONS, UPGRADES

CHANGELOG_LINES = 40
# Plans that nobody asks for by their name.
TITLES = {LATE_ROLLBACK: "rollback after the opening", MINOR_NO_RESTART: "minor --no-restart"}
# The stages that close the door.
CLOSING = ("maintenance", "replacement", "alteration")
MOST_ERRORS = 5
WIDTH = 110
NEWEST = "the newest earlier runs"


def render(plan: Plan) -> str:
    """The text that `--plan` prints: what is known, what to expect, and the tree of stages."""
    title = TITLES.get(plan.name, plan.name)
    heading = f"Plan {title} on target {plan.target.name} ({plan.target.where}); nothing is executed."
    groups = [(served_by, list(stages)) for served_by, stages in groupby(plan.stages, lambda stage: stage.served_by)]
    tree = [
        line
        for position, (served_by, stages) in enumerate(groups, start=1)
        for line in branch(served_by, stages, is_last=position == len(groups))
    ]
    return "\n".join(
        [heading, "", *plan.lines, *predicted_lines(plan), "", "Stages. RUN stands for the run's name.", *tree]
    )


def branch(served_by: str, stages: list[PlannedStage], *, is_last: bool) -> list[str]:
    """A part of the tree: who is served, then the stages meanwhile, each with its commands below it."""
    head, side = ("└─", "  ") if is_last else ("├─", "│ ")
    lines = [line for stage in stages for line in stage_lines(stage)]
    return [f"{head} {served_by}", *(f"{side}{line}" for line in lines)]


def stage_lines(stage: PlannedStage) -> list[str]:
    """A stage's number, name, what it changes, how long it took before; below it its commands."""
    took = "" if stage.seconds is None else f"; about {stage.seconds:.0f} s"
    head = f"{stage.number:>3} {stage.name:<14} changes {stage.changes}{took}"
    return [head, *(f"      $ {command}" for command in stage.commands)]


def predicted_lines(plan: Plan) -> list[str]:
    """How long the run may take and how long nobody is served, and where that is known from."""
    if plan.name in OPERATIONS:
        return []
    took = f"not known: {untimed(plan)}" if plan.seconds is None else f"about {plan.seconds:.0f} s, by {NEWEST}"
    closes = any(stage.name in CLOSING for stage in plan.stages)
    if not closes:
        return [f"  time: {took}", "  downtime: none"]
    if plan.downtime_seconds is None:
        untried = "no trial of this release, and " * ("trial" in {stage.name for stage in plan.stages})
        return [f"  time: {took}", f"  downtime: not known: {untried}no earlier {spoken(plan)} in one go"]
    return [f"  time: {took}", f"  downtime: about {plan.downtime_seconds:.0f} s, by {plan.downtime_from}"]


def untimed(plan: Plan) -> str:
    """Which stages no earlier run has timed; that there was no such run where it is none of them."""
    lacking = [stage.name for stage in plan.foreseen if stage.seconds is None]
    if len(lacking) == len(plan.foreseen):
        return f"no earlier {spoken(plan)}"
    return f"no earlier {spoken(plan)} that timed {', '.join(lacking)}"


def spoken(plan: Plan) -> str:
    """What a plan is called in a sentence; all that go through every stage are upgrades."""
    names = TITLES | dict.fromkeys(UPGRADES, "upgrade") | {LATE_ROLLBACK: "rollback"}
    return names.get(plan.name, plan.name.replace("_", " "))


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


def certificate_lines(found: Certificate | None, errors: Sequence[float]) -> list[str]:
    """What an earlier trial of this release found out, where its certificate still counts for this deployment.

    Given is also by how many seconds earlier predictions were out.
    """
    if found is None:
        return ["  trial: none yet of this release on this data"]
    seconds = f"{found.predicted_downtime_seconds:.0f} s, {found.migration_seconds:.0f} s of it migration"
    return [
        f"  trial: passed at {found.made_at}, on {found.rows} rows (run {found.run})",
        f"    downtime predicted: {seconds}{out_by(errors)}",
        f"    ways back: downgrade {found.downgrade.verdict}, old version {found.compatibility} with the new schema",
    ]


def gate_lines(found: Sequence[Gate]) -> list[str]:
    """The gates of a production target, as they are now; nothing for another target."""
    return section("gates before production, now", [line for gate in found for line in gate.lines]) if found else []


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
