"""The pending migrations as people are told of them: what each does, and what is to be known before it runs."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fixtures.drift import Drift
from fixtures.hazard import KINDS, Kind
from fixtures.migration_sql import MigrationSql
from fixtures.release import Revision
from reports import tables
from reports.words import count

MOST_NAMES = 3
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


def said_of_sql(found: MigrationSql) -> str:
    """A table of what squawk says of the pending migrations; before it, what could not be rendered or linted."""
    notes = [f"{name} is not rendered: {why}" for name, why in found.missing.items()]
    notes += [f"not linted: {found.not_linted}"] if found.not_linted else []
    rows = [(one.revision, one.rule, one.statement, one.message) for one in found.findings]
    told = tables.table(["revision", "rule", "statement", "what squawk says"], rows) if rows else "<p>No findings.</p>"
    return "".join(f"<p>⚠ {escape(note)}</p>" for note in notes) + told


def sql_warning(found: MigrationSql) -> str:
    """How much squawk has to say of the pending migrations, and what is missing; empty when all is well."""
    told = [f"{count(len(found.findings), 'warning')} of squawk on the migrations"] if found.findings else []
    told += [f"{', '.join(found.missing)} not rendered as SQL"] if found.missing else []
    told += ["the SQL of the migrations was not linted"] if found.not_linted else []
    return f"⚠ {', '.join(told)}" if told else ""


def drift_warning(found: Drift) -> str:
    """What of the live definitions no migration has made, the first names of it; empty when all of it was."""
    if found.unknown:
        return "⚠ the live definitions could not be held against the migrations"
    more = len(found.differences) - MOST_NAMES
    told = [*found.differences[:MOST_NAMES], *([f"{more} more"] if more > 0 else [])]
    return f"⚠ drift: {', '.join(told)}" if told else ""
