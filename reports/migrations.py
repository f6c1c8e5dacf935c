"""The pending migrations as people are told of them: what each does, and what is to be known before it runs."""

from __future__ import annotations

from collections.abc import Sequence

from fixtures.hazard import KINDS, Kind
from fixtures.release import Revision
from reports import tables

# What one of a kind is called among others of it.
WORDS: dict[Kind, str] = {
    "locks": "lock-heavy",
    "irreversible": "irreversible",
    "data": "moving data",
    "outside a transaction": "outside a transaction",
    "cannot be rendered": "not to be rendered as SQL",
}


def pending(revisions: Sequence[Revision]) -> str:
    """A table of the pending revisions; those with something to be known are marked."""
    rows, marks = [], []
    for revision in revisions:
        hazards = [f"⚠ {kind}: {'; '.join(why)}" for kind in KINDS if (why := revision.of_kind(kind))]
        rows.append((revision.revision, revision.title, ", ".join(revision.operations), " · ".join(hazards)))
        marks.append("bad" if hazards else "")
    return tables.table(["revision", "what it is for", "what it does", "what is to be known"], rows, marks)


def warning(revisions: Sequence[Revision]) -> str:
    """How many of the pending revisions are of each kind of hazard, such as `⚠ 2 lock-heavy`; empty without one."""
    counted = {kind: sum(1 for revision in revisions if revision.of_kind(kind)) for kind in KINDS}
    told = [f"{number} {WORDS[kind]}" for kind, number in counted.items() if number]
    return f"⚠ {', '.join(told)}" if told else ""
