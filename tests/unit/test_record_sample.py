"""Records: what the API shows and what the database has, compared value by value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from fixtures import record_sample
from fixtures.settings_application import Records
from tests.unit.runs import make_instance

RECORD = {"id": 7, "name": "Lamp", "maker.city": "Fès"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"name": "Lamp", "maker": {"city": "Fès"}, "more": 1}, ""),
        ({"name": "Lamp?", "maker": {"city": "Fès"}}, "name is 'Lamp?', in the database 'Lamp'"),
        ({"name": "Lamp"}, "maker.city is None, in the database 'Fès'"),
        (None, "name is None, in the database 'Lamp'; maker.city is None, in the database 'Fès'"),
    ],
)
def test_what_is_shown_otherwise_is_told_with_both(body: Any, told: str) -> None:
    assert record_sample.differences(body, RECORD, {"id"}) == told


@pytest.mark.parametrize(
    ("shown", "held", "same"),
    [
        (1, 1, True),
        ("12.50", Decimal("12.50"), True),
        ("2026-03-01", date(2026, 3, 1), True),
        (None, None, True),
        ("None", None, False),
        (None, "None", False),
        ("12.5", Decimal("12.50"), False),
        (True, True, True),
        (0, "", False),
    ],
)
def test_what_json_has_no_kind_for_is_compared_as_text(shown: Any, held: Any, same: bool) -> None:
    assert record_sample.is_same(shown, held) is same


def test_a_declared_seed_is_used_and_else_one_of_the_run() -> None:
    instance = make_instance("http://127.0.0.1:1")
    declared = Records(path="/api/{id}", account="ada", sql="select 1 as id", seed=7)
    assert record_sample.seed_of(instance, declared) == 7
    own = record_sample.seed_of(instance, declared.model_copy(update={"seed": 0}))
    instance.work = type(instance.work)(instance.work.host, "another-run")
    assert own != record_sample.seed_of(instance, declared.model_copy(update={"seed": 0}))


@pytest.mark.parametrize("path", ["api/{id}", "/api/{}", "/api/{id", "/api/{0}"])
def test_a_path_that_cannot_be_filled_in_is_a_mistake(path: str) -> None:
    with pytest.raises(ValidationError):
        Records(path=path, account="ada", sql="select 1")
