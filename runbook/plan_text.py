"""The plan as an operator reads it: what is known of the release, then the numbered stages with their commands."""

from __future__ import annotations

from fixtures.comparison import Comparison
from fixtures.settings import Target
from runbook.plans import BY_NAME, NAMES, PLANS
from runbook.preview import Preview

SERVED_BY = {"old": "the old version serves", "nobody": "nobody is served", "new": "the new version serves"}
CHANGELOG_LINES = 40


def render(plan: str, target: Target, preview: Preview, known: Comparison) -> str:
    """Given a plan and what is known, return the text that `--plan` prints."""
    stages = [line for name in PLANS[plan] for line in stage_lines(name, preview)]
    heading = f"Plan {plan} on target {target.name} ({target.directory}); nothing is executed."
    names = "RUN stands for the run's name."
    return "\n".join([heading, "", *known_lines(known), "", f"Stages. {names}", *stages])


def stage_lines(name: str, preview: Preview) -> list[str]:
    """A stage's number, name, what it changes, who is served meanwhile; below it its commands."""
    stage = BY_NAME[name]
    head = f"{NAMES.index(name) + 1:>3} {name:<14} changes {stage.changes}; {SERVED_BY[stage.served_by]}"
    return [head, *(f"      $ {command}" for command in preview.commands(name))]


def known_lines(known: Comparison) -> list[str]:
    """What is known of the release: what it brings, compared with what is deployed."""
    migrations = [f"{revision.revision} {revision.title}" for revision in known.pending]
    return [
        f"From {known.from_version} ({known.from_commit[:12]}) to {known.version} ({known.commit[:12]})",
        *section("pending migrations", migrations),
        *section("requirements", known.requirements),
        *section("package.json", known.front_end),
        *section("new .env keys", known.new_keys),
        *section(".env keys no longer used", known.removed_keys),
        *section("changelog", known.changelog.splitlines()[:CHANGELOG_LINES]),
    ]


def section(title: str, lines: list[str]) -> list[str]:
    """A titled list, or that there is none."""
    return [f"  {title}:", *(f"    {line}" for line in lines)] if lines else [f"  {title}: none"]
