"""Why a migration stopped, read from what it printed and from where the database is."""

from __future__ import annotations

import pytest

from fixtures import stopped_migration
from fixtures.release import Revision
from fixtures.stopped_migration import LockNotGranted

PENDING = [
    Revision(revision="aaaa1", parents=("base0",), title="Prices have a currency."),
    Revision(revision="bbbb2", parents=("aaaa1",), title="Every address has a city."),
    Revision(revision="cccc3", parents=("bbbb2",), title="The end."),
]
LOGGED = """INFO  [alembic.runtime.migration] Running upgrade base0 -> aaaa1, Prices have a currency.
INFO  [alembic.runtime.migration] Running upgrade aaaa1 -> bbbb2, Every address has a city.
Traceback (most recent call last):
  File "env.py", line 40, in run_migrations_online
"""


def refused(error: str, message: str, driver: str = "psycopg") -> str:
    """What SQLAlchemy prints of an error of the server."""
    return f"{LOGGED}sqlalchemy.exc.DBAPIError: ({driver}.errors.{error}) {message}\n[SQL: ALTER TABLE addresses ...]\n"


@pytest.mark.parametrize(
    ("error", "because"),
    [
        ("NotNullViolation", "met data that breaks what it demands"),
        ("UniqueViolation", "met data that breaks what it demands"),
        ("StringDataRightTruncation", "met data that it is not written for"),
        ("UnsafeNewEnumValueUsage", "uses a new enum value in the transaction that adds it"),
        ("UndefinedColumn", "does not fit the schema of this database"),
        ("DiskFull", "ran out of room"),
        ("AdminShutdown", "was ended from outside"),
        ("NoSuchErrorAtAll", "failed"),
    ],
)
@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_the_servers_error_says_what_kind_of_fault_it_is(error: str, because: str, driver: str) -> None:
    said = stopped_migration.explained(refused(error, "as it says", driver), PENDING, ["base0"], [])
    assert said.what == f"The revision bbbb2 (Every address has a city) {because}: as it says."
    assert not isinstance(said, LockNotGranted)


@pytest.mark.parametrize("error", ["LockNotAvailable", "DeadlockDetected"])
def test_a_lock_may_be_tried_for_again(error: str) -> None:
    said = stopped_migration.explained(refused(error, "canceling statement"), PENDING, ["base0"], [])
    assert isinstance(said, LockNotGranted)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("RuntimeError: no way", "RuntimeError: no way."),
        ("alembic.util.exc.CommandError: Can't locate it", "alembic.util.exc.CommandError: Can't locate it."),
        ("ERROR [flask_migrate] Error: no way", "no way."),
    ],
)
def test_what_the_migration_raised_itself_is_told(line: str, told: str) -> None:
    said = stopped_migration.explained(f"{LOGGED}{line}\n", PENDING, ["base0"], [])
    assert said.what == f"The revision bbbb2 (Every address has a city) failed: {told}"


def test_without_a_log_it_is_the_migration_that_failed() -> None:
    said = stopped_migration.explained("", PENDING, ["base0"], [])
    assert said.what == "The migration failed."


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (["base0"], "no revision is committed; the database is at base0, as before"),
        ([], "no revision is committed; the database is at none, as before"),
        (["bbbb2"], "half way: 2 of 3 revisions are committed, the database is at bbbb2; left: cccc3"),
        (["cccc3"], "half way: 3 of 3 revisions are committed, the database is at cccc3; left: none"),
        (None, "how far it came is not known"),
    ],
)
def test_how_much_is_committed_is_told(found: list[str] | None, told: str) -> None:
    said = stopped_migration.explained(LOGGED, PENDING, found, ["public.ix_city"])
    assert said.found.splitlines()[0].startswith(told)
    assert said.found.splitlines()[1] == "left half built: index public.ix_city"
    assert said.expected == "revision cccc3"
