"""Stale statistics: which table and why, and only those are analysed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from fixtures import database_state
from fixtures.database import Database
from fixtures.database_state import Stale


def test_a_stale_table_is_told_with_its_reason() -> None:
    assert str(Stale("public", "orders", "no statistics of total")) == "public.orders: no statistics of total"


def test_only_stale_tables_are_analysed_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    executed: list[str] = []

    class Connection:
        def execute(self, statement: Any) -> None:
            executed.append(statement.as_string())

    @contextmanager
    def connect(self: Database, *, autocommit: bool = False) -> Iterator[Connection]:
        assert autocommit
        yield Connection()

    stale = [Stale("public", "orders", "no statistics of total"), Stale("public", "orders", "900 changes")]
    monkeypatch.setattr(database_state, "stale_statistics", lambda database: stale)
    monkeypatch.setattr(Database, "connect", connect)
    told = database_state.refresh_statistics(Database("127.0.0.1", 5432, "shop", "shop", SecretStr("x")))
    assert executed == ['analyze "public"."orders"']
    assert told == [str(one) for one in stale]
