"""The upgrade log: an entry for every run that closed the door, in one file outside of the deployment's git clone.

The guide has it in CHANGELOG.md. That file is tracked: a line in it would be a local edit, on which the next run would
rightly refuse to begin.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fixtures import disk, door
from reports import announcing, replaced, verdict
from reports.story import Story
from reports.words import duration
from runbook.outcome import Outcome
from runbook.plans import CHANGING

HEAD = "# Upgrade log\n\nOne entry for each run that let no user in for a while; the newest is the last.\n"


def is_due(story: Story) -> bool:
    """Whether the run closed the door and came to an end that is not to be gone on with."""
    has_closed = story.run is not None and door.was_closed(story.run.journal)
    return has_closed and story.plan in (*CHANGING, "rollback") and story.outcome is not Outcome.INTERRUPTED


def append(story: Story, report: Path) -> Path | None:
    """Add the run's entry, which stays for its owner only; return the log's path, None where nothing is due.

    Raise OSError when it cannot be written, or is a link.
    """
    if not is_due(story) or story.run is None:
        return None
    path = story.run.deployment.target.log
    story.run.deployment.host.make_directory(path.parent)
    is_new = not (path.exists() and path.stat().st_size)
    disk.append(path, ((HEAD if is_new else "") + entry(story, report)).encode())
    return path


def entry(story: Story, report: Path) -> str:
    """One entry: when, from what to what, how it ended, how long users were out, where to read on."""
    run, outcome = story.run, story.outcome
    assert run is not None and outcome is not None
    at = datetime.fromtimestamp(story.ended_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    old, new = announcing.versions(run)
    expected = announcing.expected_seconds(run)
    predicted = f" ({duration(expected)} predicted)" if expected is not None else ""
    said = {
        "outcome": f"{outcome.word} (exit {outcome.exit_code})",
        "from": old,
        "to": new,
        "serves": verdict.serving(story),
        "downtime": duration(announcing.outage_seconds(story)) + predicted,
        "waived": "; ".join(f"{stage}: {reason}" for stage, reason in run.waived.items()),
        "given up": replaced.given_up(run) or run.accepted_loss,
        "run": run.name,
        "report": str(report),
    }
    lines = "".join(f"- {word}: {' '.join(text.split())}\n" for word, text in said.items() if text)
    return f"\n## {at} · {verdict.subject(story)} · {outcome.word}\n\n{lines}"
