"""Database: at the expected revision, whole, fit to be written to, with all the data it had."""

import pytest

from fixtures import database_state as state
from fixtures import soundness
from fixtures.baseline import Baseline
from fixtures.finding import finding
from fixtures.instance import Instance


def check_revision_is_the_expected_one(instance: Instance) -> None:
    """The database says that it is at the revision that this version of the application expects."""
    found = instance.database().revisions(instance.target.migrations.version_table)
    assert found == instance.revisions, finding(
        "The database is not the one that this version of the application needs.",
        measured=f"revision {', '.join(found) or 'none'}",
        expected=f"revision {', '.join(instance.revisions) or 'none'}",
        look="pytest -m history, and which version is deployed",
    )


@pytest.mark.early
@pytest.mark.moments("now")
def check_models_and_database_agree(instance: Instance, baseline: Baseline) -> None:
    """The migration tool finds nothing between the models and the database that it did not find before."""
    found = instance.drift()
    assert found in ("", baseline.drift), finding(
        "The application takes the database for another one than it is: pages will fail where they differ.",
        measured=found,
        expected=baseline.drift or "No new upgrade operations detected.",
        look="a migration that the release lacks, or a column that was added by hand",
    )


def check_no_index_is_invalid(instance: Instance) -> None:
    """No index was left half built."""
    invalid = instance.database().invalid_indexes()
    assert invalid == [], finding(
        "The database looks things up in an index that is not whole.",
        measured=f"{len(invalid)} indexes were left half built",
        expected="none",
        sample=invalid,
        look="reindex index concurrently NAME, while the old version serves",
    )


@pytest.mark.moments("before", "now")
def check_every_constraint_is_validated(instance: Instance, baseline: Baseline) -> None:
    """No constraint was left NOT VALID that was not before: rows that break it would go unnoticed."""
    found = state.unvalidated_constraints(instance.database())
    added = [name for name in found if name not in baseline.unvalidated]
    assert added == [], finding(
        "The database no longer makes sure that its rows fit together.",
        measured=f"{len(added)} constraints were left NOT VALID",
        expected="those alone that were so before",
        sample=added,
        look="alter table … validate constraint …, and why the migration left that out",
    )


@pytest.mark.moments("before", "now")
def check_sequences_are_ahead_of_their_columns(instance: Instance) -> None:
    """The number that each sequence gives out next is not taken, so that rows can be added."""
    behind = state.sequences_behind(instance.database())
    assert behind == [], finding(
        "Nothing can be added any more: the next number is taken already.",
        measured=f"{len(behind)} sequences are behind their columns",
        expected="each is ahead",
        sample=behind,
        look="select setval(…, max(…)), and what put rows in without the sequence",
    )


@pytest.mark.moments("before", "now")
def check_text_is_sorted_as_the_indexes_were_built(instance: Instance) -> None:
    """The server has the collation versions that the database was made with."""
    changed = soundness.changed_collations(instance.database())
    assert changed == [], finding(
        "Searches may miss what is there: text is sorted otherwise than the indexes were built.",
        measured=f"{len(changed)} collations are of another version",
        expected="the versions with which the indexes were built",
        sample=changed,
        look="reindex database, then alter database … refresh collation version",
    )


@pytest.mark.moments("before", "now")
def check_connections_are_left(instance: Instance) -> None:
    """The server has sessions left to give."""
    used, allowed = state.connections(instance.database())
    ratio = instance.target.limits.connections_ratio
    assert used <= allowed * ratio, finding(
        "The database will soon let nobody in.",
        measured=f"{used} of {allowed} connections are used",
        expected=f"at most {ratio:.0%}",
        look="select * from pg_stat_activity; the application's pool size times its workers; max_connections",
    )


@pytest.mark.moments("before", "now")
def check_no_transaction_is_left_open(instance: Instance) -> None:
    """Nobody holds a transaction open for long: it would block migrations, and keep old rows from being cleared."""
    seconds = instance.target.limits.transaction_seconds
    found = state.long_transactions(instance.database(), seconds)
    assert found == [], finding(
        "Somebody holds a part of the database, and others wait for it.",
        measured=f"{len(found)} transactions last longer than {seconds} s",
        expected="none",
        sample=found,
        look="who left a psql open; select pg_terminate_backend(PID) ends one",
    )


@pytest.mark.moments("now")
def check_statistics_are_fresh(instance: Instance) -> None:
    """The planner knows the tables as they are, or soon will: else pages are slow though nothing is wrong."""
    stale = [str(one) for one in state.statistics_that_stay_stale(instance.database())]
    assert stale == [], finding(
        "Pages may be slow though nothing is wrong: the database knows too little of its tables.",
        measured=f"the statistics of {len(stale)} tables are stale, and the server will not refresh them by itself",
        expected="none",
        sample=stale,
        look="analyze; migrations.analyze of the settings does it after each migration",
    )


@pytest.mark.moments("trial", "dark")
def check_only_declared_data_changed(instance: Instance) -> None:
    """Every row, column, sequence and constraint is what it was, but for what the release declares to change."""
    changed = instance.undeclared_changes()
    assert changed == [], finding(
        "The upgrade changes data of the company without saying so.",
        measured=f"{len(changed)} changes that the release does not declare",
        expected="those alone in its migrations/expected-changes.toml",
        sample=changed,
        look="the release's migrations, and docs/expected-changes.md",
    )
