"""What an operator reads at three in the morning: the parts in their order, and no empty ones."""

from __future__ import annotations

import pytest

from fixtures.errors import NeedsOperator, Problem, Refused, StageFailed

WHOLE = """\
Migration stopped at revision 3f2a91.
  expected   head 9c41d0
  found      3f2a91
  next       nothing to do
  evidence   migration.log"""


def test_a_problem_is_told_in_five_parts() -> None:
    parts = ("Migration stopped at revision 3f2a91.", "head 9c41d0", "3f2a91", "nothing to do", "migration.log")
    assert str(Problem(*parts)) == WHOLE


def test_empty_parts_are_left_out() -> None:
    assert str(Problem("The disk is full.", next_step="make room")) == "The disk is full.\n  next       make room"


@pytest.mark.parametrize("kind", [Refused, StageFailed, NeedsOperator])
def test_every_kind_is_a_problem_that_can_be_raised(kind: type[Problem]) -> None:
    with pytest.raises(Problem, match="Nothing was changed"):
        raise kind("Nothing was changed.")
