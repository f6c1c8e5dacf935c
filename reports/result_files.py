"""How Allure's result files are written: one JSON file for each result, and its attachments beside it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reports import categories
from reports.evidence import EXTENSIONS, Attachment

Result = dict[str, Any]
STATUSES = {
    "passed": "passed",
    "failed": "failed",
    "not run": "unknown",
    "interrupted": "unknown",
    "waived": "broken",
    "nothing to do": "skipped",
}
# By which the report groups: unlike a suite it may say another thing in every run.
GROUP = "chapter"
# The one result that is about the whole run.
OUTCOME = "outcome"
SUITE_OF_STAGE = "what was done and proved"


def write(path: Path, result: Result) -> None:
    """Write one result."""
    path.write_text(json.dumps(result, ensure_ascii=False), "utf-8")


def new_path(results: Path) -> Path:
    """A file for a result that allure-pytest has not written."""
    return results / f"{uuid.uuid4()}-result.json"


def labels(group: str, suite: str, severity: str, kind: str, tag: str) -> list[dict[str, str]]:
    """The labels by which the report groups and filters. `group` is a stage's label and, after it, its one fact."""
    stage = " ".join(group.split()[:2])
    named = {
        GROUP: group,
        "parentSuite": stage,
        "suite": suite,
        "severity": severity,
        categories.LABEL: kind,
        "tag": tag,
    }
    return [{"name": name, "value": value} for name, value in named.items() if value]


def attach(results: Path, attachments: Iterable[Attachment]) -> list[dict[str, str]]:
    """Write attachments beside the results; return how a result refers to them."""
    found = []
    for attachment in attachments:
        source = f"{uuid.uuid4()}-attachment.{EXTENSIONS[attachment.media_type]}"
        (results / source).write_text(attachment.content, "utf-8")
        found.append({"name": attachment.name, "type": attachment.media_type, "source": source})
    return found


def milliseconds(at: float) -> int:
    """A Unix time as Allure writes it."""
    return round(at * 1000)
