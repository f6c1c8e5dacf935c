"""The certificate of a release as a person reads it in the report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from fixtures.certificate import Certificate
from reports import tables
from reports.words import count, duration, size


def page(found: Certificate, days: int) -> str:
    """A page that says what was tried, on which data, how it went, and for how many days that counts."""
    return tables.page(tables.table(["", ""], list(rows(found, days))))


def rows(found: Certificate, days: int) -> Iterator[tuple[str, str]]:
    """What stands in a certificate, a name and a value each."""
    until = datetime.fromisoformat(found.made_at) + timedelta(days=days)
    yield "release", f"{found.version}, commit {found.commit}"
    yield "tried from", f"commit {found.from_commit}, revision {', '.join(found.from_revisions) or 'none'}"
    yield "reached", f"revision {found.head or 'none'}"
    yield from ((f"image of {service}", image) for service, image in found.images.items())
    yield "on a clone of", f"{count(found.rows, 'row')}, {size(found.database_bytes)}"
    yield "migration, start", f"{duration(found.migration_seconds)}, {duration(found.start_seconds)}"
    yield "downtime predicted", duration(found.predicted_downtime_seconds)
    yield "downgrade", found.downgrade.verdict
    yield "old version, new schema", found.compatibility
    yield "counts", f"for this commit from this revision, until {until:%Y-%m-%d}"
