"""Allure's results, told for people: names in words, stages in order, nothing passed that never ran, evidence attached.

allure-pytest writes what pytest saw. An interrupted test looks passed there, and a stage is not in it at all: this
goes over the results when the run is over and makes them agree with what the runner judged.
"""

from __future__ import annotations

import json
import os
import platform
import uuid
from pathlib import Path

from fixtures.inspection import Inspection
from reports import categories, chapters, executor, record, verdict
from reports.result_files import STATUSES, SUITE_OF_STAGE, Result, labels, milliseconds, new_path, write
from reports.story import Proof, Story
from reports.words import MOMENTS
from runbook.outcome import Outcome

# What was left out for a good reason.
AT_EASE = ("not needed", "not looked at", "waived", "proved earlier")


def rewrite(story: Story, results: Path, place: Path) -> None:
    """Make the results in a directory tell the story; `place` holds the other artefacts of the run."""
    raw = {key_of(result): (path, result) for path, result in read(results)}
    for path in results.glob("*-container.json"):
        path.unlink()
    proved: dict[str, list[Result]] = {stage: [] for stage in story.chapters}
    for number, proof in enumerate(story.proofs.values()):
        path, result = raw.get(proof.key, (new_path(results), blank(story, proof, number)))
        write(path, told(story, proof, result))
        proved[proof.stage].append(result)
    stages = [ahead(chapters.of_stage(story, c, results), proved[c.stage]) for c in story.chapters.values()]
    for stage in [*stages, ahead(chapters.of_run(story, results, place), stages)]:
        write(new_path(results), stage)
    (results / "environment.properties").write_text(properties(story), "utf-8")
    by = executor.of(os.environ)
    if by:
        (results / "executor.json").write_text(json.dumps(by), "utf-8")


def ahead(result: Result, others: list[Result]) -> Result:
    """A result that comes before others: the report orders by when things began."""
    return result | {"start": min([result["start"], *(other["start"] for other in others)]) - 1}


def read(results: Path) -> list[tuple[Path, Result]]:
    """The results that allure-pytest wrote, each with its file."""
    return [(path, json.loads(path.read_text("utf-8"))) for path in results.glob("*-result.json")]


def key_of(result: Result) -> str:
    """The key of the proof that a result is about."""
    module = str(result.get("fullName", "")).split("#")[0].rsplit(".", 1)[-1]
    return f"{module}::{result['name']}"


def blank(story: Story, proof: Proof, number: int) -> Result:
    """A result for a proof that pytest never came to; after all others, in the order of the plan."""
    at = milliseconds(story.ended_at) + number
    return {"uuid": str(uuid.uuid4()), "fullName": proof.key, "testCaseId": proof.key, "start": at, "stop": at}


def told(story: Story, proof: Proof, result: Result) -> Result:
    """A proof's result as a person reads it."""
    kind = categories.kind(proof)
    state = categories.state(proof) if proof.verdict in ("skipped", "not run", "interrupted") else ""
    suite = f"checks: {MOMENTS[proof.moment]}" if proof.moment else SUITE_OF_STAGE
    result |= {
        "name": f"{proof.title} · {state}" if state else proof.title,
        "status": "skipped" if state in AT_EASE else STATUSES.get(proof.verdict, "unknown"),
        "description": proof.description,
        "labels": labels(
            chapters.group(story, proof.stage), suite, categories.severity(proof), kind, proof.subject or "stage"
        ),
        "parameters": [{"name": "moment", "value": proof.moment}] if proof.moment else [],
    }
    if state:
        was = "interrupted" if story.outcome is Outcome.INTERRUPTED else "an earlier stage did not pass"
        result["statusDetails"] = {"message": proof.reason or f"not run: {was}"}
    return result


def properties(story: Story) -> str:
    """What the report shows as the environment of the run."""
    run = story.run
    assert run is not None
    values = {"run": run.name, "target": run.deployment.target.name, "address": run.deployment.target.url}
    values |= {"host": platform.node(), "begun": record.utc(story.begun_at), "downtime": verdict.downtime(story)}
    if run.has(Inspection):
        found = run.get(Inspection)
        values |= {
            "from": f"{found.from_version} ({found.from_commit[:12]})",
            "to": f"{found.version} ({found.commit[:12]})",
            "PostgreSQL": found.postgres_version,
        }
    return "".join(f"{name} = {value}\n" for name, value in values.items())
