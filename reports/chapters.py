"""The results that pytest does not know of: one for each stage, with its evidence, and one for the whole run."""

from __future__ import annotations

import ast
import base64
import json
import os
import re
import uuid
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

from reports import categories, evidence, executor, facts, record, resources, tables, timeline, verdict
from reports.evidence import MARKDOWN, TEXT, Attachment
from reports.result_files import OUTCOME, STATUSES, SUITE_OF_STAGE, Result, attach, labels, milliseconds
from reports.story import Chapter, Command, Story
from reports.words import duration, shortened
from runbook.outcome import Outcome
from runbook.plans import BY_NAME, label

RUNBOOK = Path(__file__).parent.parent / "runbook"
RUN_STATUSES = {
    Outcome.DONE: "passed",
    Outcome.NOTHING_TO_DO: "passed",
    Outcome.REFUSED: "failed",
    Outcome.ROLLED_BACK: "failed",
    Outcome.NEEDS_OPERATOR: "broken",
    Outcome.INTERRUPTED: "unknown",
}
# Commands that a person waits for are steps of their own; all of them are in the attachment.
SLOW_SECONDS = 0.5
LOOKING = "docker stats "
LONG_ID = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
CODE = re.compile(r"`([^`]+)`")


def of_stage(story: Story, chapter: Chapter, results: Path) -> Result:
    """The result of a stage: what it is for, what was done, with which commands, and what came of it."""
    stage, at = chapter.stage, milliseconds(chapter.begun_at or story.ended_at)
    assert story.run is not None
    not_needed = is_not_needed(story, stage)
    shown = {"not run": "not needed" if not_needed else "not run", "waived": "waived", "interrupted": "interrupted"}
    state = shown.get(chapter.verdict, "")
    kind = state or (categories.of_stage(stage) if chapter.verdict == "failed" else "")
    return {
        **identity(f"stage {stage}", at, at + milliseconds(chapter.seconds)),
        "name": " · ".join(part for part in (f"Stage {label(stage)}", state) if part),
        "status": "skipped" if not_needed else STATUSES[chapter.verdict],
        "statusDetails": {"message": "\n".join(chapter.reasons) or state},
        "descriptionHtml": description(story, chapter),
        "labels": labels(group(story, stage), SUITE_OF_STAGE, "critical", kind, "stage"),
        "steps": [step(command) for command in chapter.commands if is_worth_a_step(command)],
        "attachments": attach(results, evidence.of_stage(story.run, chapter)),
    }


def group(story: Story, stage: str) -> str:
    """What a stage's group in the report is called: its label, its time, its one fact or why it failed."""
    chapter = story.chapters[stage]
    if chapter.verdict == "not run":
        return f"{label(stage)} · {'not needed' if is_not_needed(story, stage) else 'not run'}"
    took = duration(chapter.seconds)
    symbol = {"passed": "", "failed": " ✗", "waived": " ⚠ waived"}.get(chapter.verdict, f" {chapter.verdict}")
    return f"{label(stage)}{symbol} · {took} · {verdict.in_one_line(story, chapter)}"


def is_not_needed(story: Story, stage: str) -> bool:
    """Whether a stage was rightly left out: there was nothing to undo."""
    proofs = story.proofs_of(stage)
    return stage == "rollback" and bool(proofs) and all("not needed" in proof.reason for proof in proofs)


def description(story: Story, chapter: Chapter) -> str:
    """What a stage is for, in its own words, the one fact that matters, and what became of the data in it."""
    rows = {"result": facts.fact(story, chapter.stage)}
    stage = BY_NAME.get(chapter.stage)
    if stage is not None:
        rows |= {"guide": stage.guide, "changes": stage.changes, "meanwhile": story.serving[stage.served_by]}
    shown = evidence.centrepiece(story.run, chapter.stage) if story.run else ""
    return f"{paragraphs(docstring(chapter.stage))}{pairs(rows)}{shown}"


def docstring(stage: str) -> str:
    """What the file of a stage or an operation says of it."""
    path = next(RUNBOOK.glob(f"*_{stage}.py"), None)
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "") if path else ""


def paragraphs(text: str) -> str:
    """A text as HTML."""
    found = (CODE.sub(r"<code>\1</code>", escape(part)) for part in text.split("\n\n"))
    return "".join(f"<p>{part}</p>" for part in found)


def pairs(rows: dict[str, str]) -> str:
    """A table of words and what is said to each; what is empty is left out."""
    return tables.table(["", ""], [(word, said) for word, said in rows.items() if said])


def step(command: Command) -> Result:
    """A command as a step of its stage."""
    end = milliseconds(command.ended_at)
    return {
        "name": shortened(LONG_ID.sub(r"\1", command.text)),
        "status": "passed" if command.exit_code == 0 else "failed",
        "statusDetails": {"message": command.said} if command.said else {},
        "start": end - milliseconds(command.seconds),
        "stop": end,
        "parameters": [{"name": "exit code", "value": str(command.exit_code)}],
    }


def is_worth_a_step(command: Command) -> bool:
    """Whether a command took so long, or ended so badly, that a person looks for it."""
    return command.exit_code != 0 or (command.seconds >= SLOW_SECONDS and not command.text.startswith(LOOKING))


def of_run(story: Story, results: Path, place: Path) -> Result:
    """The result of the whole run, first of all: a person who reads only this knows what happened."""
    outcome = story.outcome or Outcome.REFUSED
    headline = f"{verdict.SYMBOLS[outcome]} {verdict.headline(story)}"
    bad = not story.went_well
    return {
        **identity(f"{OUTCOME} of {story.plan}", milliseconds(story.begun_at), milliseconds(story.ended_at)),
        "name": headline,
        "status": RUN_STATUSES[outcome] if bad else "passed",
        "statusDetails": {"message": verdict.what_next(story) or verdict.meaning(story)} if bad else {},
        "descriptionHtml": overview(story, place),
        "labels": labels(f"00 {OUTCOME} · {headline}", "", "blocker", outcome.word if bad else "", OUTCOME),
        "links": links(os.environ),
        "attachments": attach(results, of_place(story, place)),
    }


def links(environment: Mapping[str, str]) -> list[dict[str, str]]:
    """Where a person can go on from a report: to the CI job that made it, where one did."""
    by = executor.of(environment)
    return [{"name": by["buildName"], "url": by["buildUrl"], "type": "link"}] if by.get("buildUrl") else []


def overview(story: Story, place: Path) -> str:
    """The verdict and the stages as a table, and the timeline as a picture."""
    shown = [
        (
            label(c.stage),
            "not needed" if is_not_needed(story, c.stage) else c.verdict,
            duration(c.seconds) if c.verdict != "not run" else "",
            verdict.in_one_line(story, c),
        )
        for c in story.chapters.values()
    ]
    return (
        f"{pairs(verdict.rows(story))}{picture(place / timeline.FILE)}{tables.table(['stage', '', 'took', ''], shown)}"
        f"{picture(place / resources.FILE)}"
    )


def picture(path: Path) -> str:
    """A picture within a page; nothing where it could not be drawn."""
    if not path.exists():
        return ""
    encoded = base64.b64encode(path.read_bytes()).decode()
    return f'<p><img alt="{path.stem}" style="max-width:100%" src="data:image/svg+xml;base64,{encoded}"></p>'


def of_place(story: Story, place: Path) -> Iterator[Attachment]:
    """What else is told of the run, as attachments."""
    assert story.run is not None
    if (place / timeline.FILE).exists():
        yield Attachment("Timeline", "image/svg+xml", (place / timeline.FILE).read_text("utf-8"))
    if (place / resources.FILE).exists():
        yield Attachment("Resources", "image/svg+xml", (place / resources.FILE).read_text("utf-8"))
    yield Attachment("Summary", MARKDOWN, (place / record.SUMMARY).read_text("utf-8"))
    yield Attachment("Record for machines (run.json)", "application/json", (place / record.FILE).read_text("utf-8"))
    yield Attachment("Journal", TEXT, journal(story))


def journal(story: Story) -> str:
    """The journal, a line for each record: when, what, in which stage, and the head of its evidence."""
    assert story.run is not None
    return "".join(
        f"{r.at}  {r.event:<14} {r.stage:<14} {shortened(json.dumps(r.evidence, ensure_ascii=False))}\n"
        for r in story.run.journal.records
    )


def identity(name: str, start: int, stop: int) -> Result:
    """What Allure knows a result by, over all runs."""
    return {"uuid": str(uuid.uuid4()), "fullName": name, "testCaseId": name, "start": start, "stop": stop}
