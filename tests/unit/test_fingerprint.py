"""Fingerprints: whatever differs is told in a line, and nothing is told when nothing differs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.fingerprint import Fingerprint, TableContent


def fingerprint(
    tables: dict[str, tuple[int, str]] | None = None,
    sequences: dict[str, int | None] | None = None,
    constraints: dict[str, str] | None = None,
    invalid: list[str] | None = None,
    extensions: dict[str, str] | None = None,
) -> Fingerprint:
    return Fingerprint(
        tables={name: TableContent(rows=rows, digest=digest) for name, (rows, digest) in (tables or {}).items()},
        sequences=sequences or {},
        constraints=constraints or {},
        invalid_indexes=invalid or [],
        extensions=extensions or {},
    )


SHOP = fingerprint(
    {"public.orders": (3, "11112222"), "public.users": (2, "33334444")},
    {"public.orders_id_seq": 3},
    {"orders.total_positive": "CHECK (total > 0)"},
    [],
    {"plpgsql": "1.0"},
)


def changed(**fields: object) -> Fingerprint:
    return SHOP.model_copy(update=fields)


@pytest.mark.parametrize(
    ("other", "line"),
    [
        (
            changed(tables=SHOP.tables | {"public.orders": TableContent(rows=2, digest="55556666")}),
            "table public.orders: 3 rows #11112222 became 2 rows #55556666",
        ),
        (
            changed(tables=SHOP.tables | {"public.orders": TableContent(rows=3, digest="99992222")}),
            "table public.orders: 3 rows #11112222 became 3 rows #99992222",
        ),
        (
            changed(tables={"public.users": SHOP.tables["public.users"]}),
            "table public.orders: 3 rows #11112222 became absent",
        ),
        (
            changed(tables=SHOP.tables | {"public.new": TableContent(rows=0, digest="0")}),
            "table public.new: absent became 0 rows #0",
        ),
        (changed(sequences={"public.orders_id_seq": 4}), "sequence public.orders_id_seq: 3 became 4"),
        (
            changed(revisions={"public.alembic_version": ["a1"]}),
            "revision in public.alembic_version: absent became a1",
        ),
        (changed(constraints={}), "constraint orders.total_positive: CHECK (total > 0) became absent"),
        (changed(extensions={"plpgsql": "1.1"}), "extension plpgsql: 1.0 became 1.1"),
        (changed(invalid_indexes=["orders_total"]), "index orders_total is invalid"),
    ],
    ids=["rows", "content", "table gone", "table new", "sequence", "revision", "constraint", "extension", "index"],
)
def test_each_difference_is_told_in_one_line(other: Fingerprint, line: str) -> None:
    assert SHOP.differences(other) == [line]


def test_an_index_that_was_invalid_before_is_no_difference() -> None:
    broken = changed(invalid_indexes=["orders_total"])
    assert broken.differences(broken) == []


CONTENTS = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), st.tuples(st.integers(0, 3), st.sampled_from(["0", "1"])), max_size=3
)
FINGERPRINTS = st.builds(
    fingerprint, CONTENTS, st.dictionaries(st.sampled_from(["s"]), st.none() | st.integers(1, 2), max_size=1)
)


@given(FINGERPRINTS)
def test_nothing_differs_from_itself(one: Fingerprint) -> None:
    assert one.differences(one) == []
    assert one.lost_rows(one) == []


@given(FINGERPRINTS, FINGERPRINTS)
def test_two_that_are_not_equal_differ_both_ways(one: Fingerprint, other: Fingerprint) -> None:
    same = {name: value for name, value in one.sequences.items() if value is not None} == {
        name: value for name, value in other.sequences.items() if value is not None
    }
    assert (one.differences(other) == []) == (one.tables == other.tables and same)
    assert len(one.differences(other)) == len(other.differences(one))


@given(FINGERPRINTS, FINGERPRINTS)
def test_fewer_rows_in_all_is_always_a_loss_somewhere(one: Fingerprint, other: Fingerprint) -> None:
    if other.rows < one.rows:
        assert one.lost_rows(other) != []


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (2, "public.orders: 3 rows before, 2 now"),
        (0, "public.orders: 3 rows before, 0 now"),
        (None, "public.orders: 3 rows before, no table now"),
    ],
)
def test_lost_rows_are_told_with_both_numbers(rows: int | None, line: str) -> None:
    kept = {name: content for name, content in SHOP.tables.items() if name != "public.orders"}
    now = kept if rows is None else kept | {"public.orders": TableContent(rows=rows, digest="x")}
    assert SHOP.lost_rows(changed(tables=now)) == [line]


def test_more_rows_or_other_content_is_no_loss() -> None:
    grown = {name: TableContent(rows=content.rows + 1, digest="x") for name, content in SHOP.tables.items()}
    assert SHOP.lost_rows(changed(tables=grown)) == []


def test_volatile_tables_are_not_compared_but_must_be_there() -> None:
    before = changed(tables={"public.sessions": TableContent(rows=9, digest="", is_volatile=True)})
    after = changed(tables={"public.sessions": TableContent(rows=2, digest="", is_volatile=True)})
    assert before.differences(after) == before.lost_rows(after) == []
    assert before.lost_rows(changed(tables={})) == ["public.sessions: 9 rows before, no table now"]


def test_it_is_read_back_from_a_journal_the_same() -> None:
    assert Fingerprint.model_validate_json(SHOP.model_dump_json()) == SHOP
