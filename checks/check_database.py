"""Database: at the expected revision, whole, fit to be written to, with all the data it had."""

import pytest

from fixtures import database_state as state
from fixtures import soundness
from fixtures.baseline import Baseline
from fixtures.instance import Instance


def check_revision_is_the_expected_one(instance: Instance) -> None:
    """The database says that it is at the revision that this version of the application expects."""
    found = instance.database().revisions(instance.target.migrations.version_table)
    assert found == instance.revisions, "the database is at another revision than the application expects"


@pytest.mark.early
@pytest.mark.moments("trial", "now")
def check_models_and_database_agree(instance: Instance, baseline: Baseline) -> None:
    """The migration tool finds nothing between the models and the database that it did not find before."""
    found = instance.drift()
    assert found in ("", baseline.drift), "models and database differ: a migration is missing"


def check_no_index_is_invalid(instance: Instance) -> None:
    """No index was left half built."""
    assert instance.database().invalid_indexes() == [], "indexes were left half built: reindex them"


@pytest.mark.moments("before", "now")
def check_every_constraint_is_validated(instance: Instance, baseline: Baseline) -> None:
    """No constraint was left NOT VALID that was not before: rows that break it would go unnoticed."""
    found = state.unvalidated_constraints(instance.database())
    added = [name for name in found if name not in baseline.unvalidated]
    assert added == [], "constraints were left NOT VALID: alter table … validate constraint …"


@pytest.mark.moments("before", "now")
def check_sequences_are_ahead_of_their_columns(instance: Instance) -> None:
    """The number that each sequence gives out next is not taken, so that rows can be added."""
    behind = state.sequences_behind(instance.database())
    assert behind == [], "the next row that is added would be refused as a duplicate"


@pytest.mark.moments("before", "now")
def check_text_is_sorted_as_the_indexes_were_built(instance: Instance) -> None:
    """The server has the collation versions that the database was made with."""
    changed = soundness.changed_collations(instance.database())
    assert changed == [], "text is sorted otherwise than the indexes were built: reindex the database"


@pytest.mark.moments("before", "now")
def check_connections_are_left(instance: Instance) -> None:
    """The server has sessions left to give."""
    used, allowed = state.connections(instance.database())
    ratio = instance.target.limits.connections_ratio
    assert used <= allowed * ratio, f"{used} of {allowed} connections are used, more than {ratio:.0%}"


@pytest.mark.moments("before", "now")
def check_no_transaction_is_left_open(instance: Instance) -> None:
    """Nobody holds a transaction open for long: it would block migrations, and keep old rows from being cleared."""
    seconds = instance.target.limits.transaction_seconds
    found = state.long_transactions(instance.database(), seconds)
    assert found == [], f"transactions last longer than {seconds} s"


@pytest.mark.moments("now")
def check_statistics_are_fresh(instance: Instance) -> None:
    """The planner knows the tables as they are: without that, pages are slow though nothing is wrong."""
    stale = [str(one) for one in state.stale_statistics(instance.database())]
    assert stale == [], "the planner's statistics are stale: analyze these tables"


@pytest.mark.moments("trial", "dark")
def check_only_declared_data_changed(instance: Instance) -> None:
    """Every row, column, sequence and constraint is what it was, but for what the release declares to change."""
    assert instance.undeclared_changes() == []
