"""What a backup must bring back, and what of it no snapshot holds still."""

from __future__ import annotations

import pytest

from fixtures.content import Content
from tests.unit.runs import EMPTY


def at(number: int | None) -> Content:
    fingerprint = EMPTY.model_copy(update={"sequences": {"public.orders_id_seq": number, "public.other": 7}})
    return Content(fingerprint=fingerprint, definitions={}, roles={})


@pytest.mark.parametrize(("dumped", "is_same"), [(100, True), (102, True), (105, True), (99, False), (106, False)])
def test_a_sequence_that_users_moved_during_the_dump_is_anywhere_between(dumped: int, is_same: bool) -> None:
    taken = at(105).model_copy(update={"moved": {"public.orders_id_seq": 100}})
    assert (taken.differences(at(dumped)) == []) is is_same


def test_a_sequence_that_nobody_had_used_before_may_be_restored_unused() -> None:
    assert at(3).model_copy(update={"moved": {"public.orders_id_seq": None}}).differences(at(None)) == []


def test_a_sequence_that_stood_still_is_what_it_was() -> None:
    assert at(105).differences(at(104)) == ["sequence public.orders_id_seq: 105 became 104"]
