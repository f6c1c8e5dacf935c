"""Declared changes: what is said of the pending revisions adds up, and every mistake is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import comparison, expected_changes
from fixtures.errors import Refused
from fixtures.expected_changes import ExpectedChanges, ExpectedTable
from fixtures.host import Host
from fixtures.release import Release, Revision
from fixtures.repository import Repository
from tests.unit import repositories

ROOT = Path(__file__).parents[2]
PLACE = "migrations/expected-changes.toml"
FILE = """
[a]
dropped_tables = ["visits"]
constraints = ["orders_total_check"]
[a.tables.users]
renamed_columns = { phone = "mobile" }
[b]
renamed_tables = { users = "people" }
sequences = ["orders_id_seq"]
[c.tables.people]
rewritten_columns = ["mobile"]
becomes = { name = ["first", "last"] }
rows = "added"
"""


def expected(*pending: str) -> ExpectedChanges:
    return expected_changes.expected(FILE, PLACE, pending, ["a", "b", "c"])


def test_only_what_is_pending_counts() -> None:
    assert expected() == ExpectedChanges()
    assert expected("a").constraints == {"orders_total_check"}
    assert expected("b").constraints == frozenset()


def test_later_names_mean_the_same_table_and_column() -> None:
    users = expected("a", "b", "c").tables["users"]
    assert users == ExpectedTable(
        name="people",
        becomes={"name": ("first", "last")},
        dropped=frozenset({"name"}),
        renamed={"phone": "mobile"},
        rewritten=frozenset({"phone"}),
        may_gain_rows=True,
    )
    assert expected("a", "b", "c").tables["visits"].is_dropped


def test_it_is_read_back_from_a_journal_the_same() -> None:
    found = expected("a", "b", "c")
    assert ExpectedChanges.model_validate_json(found.model_dump_json()) == found


def test_every_mistake_is_told_with_its_place_and_what_was_expected() -> None:
    text = """
        [a]
        dropped = ["x"]
        [a.tables.users]
        rows = "some"
        [a.tables.orders]
        rewriten_columns = ["total"]
        becomes = { total = [] }
        [unheard-of]
        """
    with pytest.raises(Refused) as refused:
        expected_changes.expected(text, PLACE, ["a"], ["a"])
    told = str(refused.value)
    assert f"{PLACE} has 5 mistake(s); nothing was changed." in told
    assert "unheard-of: the release has no such revision" in told
    assert "a.tables.users.rows: Input should be 'kept', 'added', 'removed' or 'any' (found 'some')" in told
    assert "a.tables.orders.rewriten_columns: unknown; expected one of becomes, dropped_columns" in told
    assert "a.dropped: unknown; expected one of why, tables, dropped_tables" in told
    assert "a.tables.orders.becomes.total: Tuple should have at least 1 item" in told


def test_a_file_that_is_no_toml_is_refused() -> None:
    with pytest.raises(Refused, match="no valid TOML"):
        expected_changes.expected("[a", PLACE, [], [])


PENDING = [Revision(revision="a", parents=(), title="")]


def test_it_is_read_from_the_commit_and_a_release_needs_none(tmp_path: Path) -> None:
    directory = repositories.new(tmp_path / "release")
    bare = repositories.commit(directory, {"README.md": "none"})
    declared = repositories.commit(directory, {PLACE: 'a.dropped_tables = ["visits"]'})
    repository = Repository(Host(), directory)
    (directory / PLACE).write_text("edited, and no TOML")
    assert comparison.expectations(PLACE, Release(repository, bare), PENDING, ["a"]) == ExpectedChanges()
    assert "visits" in comparison.expectations(PLACE, Release(repository, declared), PENDING, ["a"]).tables


def test_a_whole_path_is_a_file_of_the_host_that_may_know_other_releases(tmp_path: Path) -> None:
    file = tmp_path / "expected.toml"
    release = Release(Repository(Host(), tmp_path), "0" * 40)
    with pytest.raises(Refused, match=r"expected\.toml cannot be read; nothing was changed"):
        comparison.expectations(str(file), release, PENDING, ["a"])
    file.write_text('a.dropped_tables = ["visits"]\nof-another.dropped_tables = ["users"]')
    assert set(comparison.expectations(str(file), release, PENDING, ["a"]).tables) == {"visits"}


@pytest.mark.parametrize("release", ["v1.5.0", "v2.0.0"])
def test_the_files_of_the_rehearsals_releases_are_valid(release: str) -> None:
    text = (ROOT / "staging/releases" / release / PLACE).read_text("utf-8")
    assert expected_changes.read(text, PLACE, None)
