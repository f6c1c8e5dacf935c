"""What a migration does to a database, made out of what was seen."""

from __future__ import annotations

from pydantic import SecretStr

from fixtures.database import Database
from fixtures.migration_watch import Watcher, observed

DATABASE = Database("127.0.0.1", 1, "shop", "shop", SecretStr("x"))


def seen(*looks: tuple[float, set[str]]) -> Watcher:
    """A watcher that saw these tables locked at these times."""
    watcher = Watcher(DATABASE)
    for at, held in looks:
        watcher.note(held, at)
    return watcher


def test_the_longest_time_without_a_break_counts() -> None:
    watcher = seen((0.0, {"orders"}), (2.0, {"orders"}), (3.0, set()), (4.0, {"orders"}), (5.0, {"orders"}))
    assert watcher.longest == {"orders": 2.0}


def test_the_tables_that_were_closed_for_longest_come_first() -> None:
    watcher = seen((0.0, {"users", "orders"}), (1.0, {"orders", "users"}), (3.0, {"orders"}))
    assert list(observed(watcher, {}, {}).exclusive_seconds.items()) == [("orders", 3.0), ("users", 1.0)]


def test_a_table_in_another_file_was_written_anew_and_new_ones_are_none_of_it() -> None:
    before = {"orders": (1, 5), "users": (2, 0), "gone": (3, 0)}
    after = {"orders": (9, 25), "users": (2, 0), "new": (4, 7)}
    found = observed(seen(), before, after)
    assert (found.rewritten, found.changed_rows) == (["orders"], {"orders": 20})
