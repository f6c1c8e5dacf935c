"""What earlier processes left in the journals: read back, never assumed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from fixtures.journal import Journal, Record
from fixtures.run import Run
from runbook.actions import RESULTS

Result = TypeVar("Result", bound=BaseModel)


def journals(state: Path) -> Iterator[Journal]:
    """The journals of a deployment's runs, the newest first; raise Refused at a damaged one."""
    for path in sorted((state / "runs").glob("*/journal.jsonl"), reverse=True):
        yield Journal.open(path)


def recall(run: Run) -> None:
    """Give a run what its journal says that its stages achieved, by whichever process."""
    for record in run.journal.records:
        result = achieved(record)
        if result is not None and not run.has(type(result)):
            run.put(result)


def achieved(record: Record) -> BaseModel | None:
    """The result that a record holds; None when it holds none."""
    kind = RESULTS.get(str(record.evidence.get("kind", "")))
    return kind.model_validate(record.evidence["result"]) if kind else None


def last_achieved(state: Path, kind: type[Result]) -> Result | None:
    """The newest result of a kind in a deployment's journals; None when no run has one."""
    for journal in journals(state):
        record = next((r for r in reversed(journal.records) if r.evidence.get("kind") == kind.__name__), None)
        result = achieved(record) if record else None
        if isinstance(result, kind):
            return result
    return None
