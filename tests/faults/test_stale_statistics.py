"""Which tables' statistics stay stale, on a real server: what its autovacuum is going to analyse is no fault."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures import database_state
from fixtures.database import Database
from tests.faults import server

pytestmark = pytest.mark.engine

FILLED = "insert into orders select g, repeat('x', 90) from generate_series(1, 5000) g"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Database]:
    """A server whose autovacuum has no turn while these tests look."""
    with server.running() as started:
        server.run(started, "alter system set autovacuum_naptime = '1d';\nselect pg_reload_conf()")
        yield started


@pytest.mark.parametrize(
    ("options", "then", "stale", "stay"),
    [
        ("", "", True, False),
        ("with (autovacuum_enabled = off)", "", True, True),
        ("", "analyze orders;\nalter table orders alter id type bigint", True, True),
        ("", "analyze orders", False, False),
    ],
    ids=["due", "switched off", "of another type", "analysed"],
)
def test_what_stays_stale_without_anybodys_doing(
    postgres: Database, options: str, then: str, stale: bool, stay: bool
) -> None:
    shop = server.made(postgres, f"create table orders (id int, what text) {options};\n{FILLED}")
    server.run(shop, then)
    found = {one.table for one in database_state.stale_statistics(shop)}
    left = {one.table for one in database_state.statistics_that_stay_stale(shop)}
    assert ("orders" in found, "orders" in left) == (stale, stay)
