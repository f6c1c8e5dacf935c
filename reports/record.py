"""The record of a run for machines (`run.json`), and its summary for a CI job or a message (`summary.md`)."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fixtures.backup import Backup
from fixtures.errors import Problem
from fixtures.inspection import Inspection
from fixtures.off_host import OffHost
from fixtures.own_backup import OwnBackup
from fixtures.run import Run
from reports import announcing, diagnosing, facts, html, replaced, verdict
from reports.story import Proof, Story
from reports.words import duration
from runbook.plans import label

FORMAT_VERSION = 1
FILE = "run.json"
SUMMARY = "summary.md"


def write(story: Story, place: Path) -> None:
    """Write both files into the directory of the run."""
    (place / FILE).write_text(json.dumps(record(story, place), indent=1, ensure_ascii=False) + "\n", "utf-8")
    (place / SUMMARY).write_text(summary(story), "utf-8")


def record(story: Story, place: Path) -> dict[str, Any]:
    """Everything that a gate or a chart needs; times in UTC, durations in seconds, sizes in bytes."""
    run, outcome, seen = story.run, story.outcome, story.timeline
    assert run is not None and outcome is not None
    return {
        "format": FORMAT_VERSION,
        "run": run.name,
        "plan": run.plan,
        "target": {"name": run.deployment.target.name, "url": run.deployment.target.url},
        "language": run.deployment.target.report.language,
        "outcome": outcome.word,
        "exit_code": outcome.exit_code,
        "begun_at": utc(story.begun_at),
        "seconds": round(story.seconds, 3),
        **versions(story),
        "stages": [
            {"name": c.stage, "verdict": c.verdict, "seconds": round(c.seconds, 3), "reasons": c.reasons}
            for c in story.chapters.values()
        ],
        "failed": [failed(proof) for proof in story.proofs.values() if proof.verdict in ("failed", "interrupted")],
        "checks": [check(proof) for proof in story.proofs.values() if proof.moment],
        "downtime_seconds": round(seen.downtime_seconds, 3),
        "predicted_downtime_seconds": announcing.expected_seconds(run),
        "allowed_downtime_seconds": run.deployment.target.gates.downtime_seconds or None,
        "serves": verdict.serving(story) or None,
        "outages": [{"began_at": utc(o.began_at), "seconds": round(o.seconds, 3)} for o in seen.outages()],
        "probes": seen.asked,
        "backup": backup(run),
        "backups_removed": facts.removed_backups(run),
        "data": facts.data(story),
        "waived": run.waived,
        "kept": replaced.kept(run),
        "given_up": replaced.given_up(run),
        "problem": problem(story.problem),
        "diagnosis": [str(path) for path, _ in diagnosing.files(story, place)],
        "notifications": [asdict(sent) for sent in story.announced],
        "upgrade_log": story.upgrade_log or None,
        "report": str(place / html.FILE),
        "journal": str(run.journal.path),
    }


def versions(story: Story) -> dict[str, Any]:
    """From what to what; of a release that was not inspected what was asked for, None where the plan is about none."""
    run = story.run
    assert run is not None
    if not run.has(Inspection):
        return {"from": None, "to": {"version": run.requested, "commit": None} if story.has_release else None}
    found = run.get(Inspection)
    return {
        "from": {"version": found.from_version, "commit": found.from_commit},
        "to": {"version": found.version, "commit": found.commit},
    }


def check(proof: Proof) -> dict[str, str]:
    """One check at one moment; of one that failed what its finding says, word by word."""
    return {
        "name": proof.key.split("::")[1].split("[")[0],
        "moment": proof.moment,
        "verdict": proof.verdict,
        "reason": proof.reason,
        **{word.replace(" ", "_"): text for word, text in proof.evidence.items()},
    }


def failed(proof: Proof) -> dict[str, str]:
    """One proof that failed or was cut short: of which stage, its name, and why."""
    return {"stage": proof.stage, "name": proof.key.split("::")[1], "verdict": proof.verdict, "reason": proof.reason}


def backup(run: Run) -> dict[str, Any] | None:
    """Where the verified backup is and what it consists of; None when none was made, or it cannot be read now."""
    if not run.has(Backup) or run.is_out_of_reach:
        return None
    found = run.get(Backup)
    files = [file.model_dump() for file in found.manifest.files]
    return {"directory": str(found.directory), "size_bytes": found.manifest.size_bytes, "files": files} | {
        "off_host": run.get(OffHost).model_dump() if run.has(OffHost) else None,
        "own_script": run.get(OwnBackup).model_dump(mode="json") if run.has(OwnBackup) else None,
    }


def problem(found: Problem | None) -> dict[str, str] | None:
    """What went wrong, in its five parts; None when nothing did."""
    if found is None:
        return None
    parts = {"what": found.what, "expected": found.expected, "found": found.found}
    return parts | {"next": found.next_step, "evidence": found.evidence}


def summary(story: Story) -> str:
    """The run on half a page of Markdown."""
    symbol = verdict.SYMBOLS[story.outcome] if story.outcome else ""
    lines = [f"## {symbol} {verdict.headline(story)}", "", "| | |", "|---|---|"]
    lines += [f"| {word} | {cell(answer)} |" for word, answer in verdict.rows(story).items()]
    if verdict.what_next(story):
        lines += ["", "```", verdict.what_next(story), "```"]
    lines += ["", "| stage | | seconds | |", "|---|---|---|---|"]
    for chapter in story.chapters.values():
        seconds = duration(chapter.seconds) if chapter.verdict != "not run" else ""
        lines.append(
            f"| {label(chapter.stage)} | {chapter.verdict} | {seconds} | {cell(verdict.in_one_line(story, chapter))} |"
        )
    bad = [proof for stage in story.chapters for proof in story.own_failures(stage)]
    lines += ["", *(line for proof in bad for line in failure(proof))]
    unsent = [sent for sent in story.announced if sent.problem]
    lines += [f"- ⚠ users not told ({sent.event}, {sent.way}): {sent.problem}" for sent in unsent]
    return "\n".join(lines).rstrip() + "\n"


def failure(proof: Proof) -> list[str]:
    """A proof that failed as an item of a Markdown list, with the lines of its finding below it."""
    head = f"- ✗ {label(proof.stage)}: {proof.title}: {proof.reason}"
    return [head, *(f"  - {word}: {text}" for word, text in proof.evidence.items())]


def cell(text: str) -> str:
    """A text that stands in a cell of a Markdown table, whatever is in it."""
    return " ".join(text.split()).replace("|", "\\|")


def utc(at: float) -> str:
    """A Unix time as it stands in records."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
