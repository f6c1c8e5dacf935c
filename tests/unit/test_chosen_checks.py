"""Which moments a check is made for: those of the plan, of its marks, of the target that was asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from runbook import selection
from runbook.options import PLAN


def moments(target: str, *marks: pytest.MarkDecorator, plan: str = "upgrade") -> list[str]:
    """The moments that a check with these marks is made for."""
    made: list[str] = []
    by_name = {mark.name: mark.mark for mark in marks}
    metafunc: Any = SimpleNamespace(
        fixturenames=["instance", "moment"],
        config=SimpleNamespace(stash={PLAN: plan}, option=SimpleNamespace(target=target)),
        definition=SimpleNamespace(get_closest_marker=by_name.get),
        parametrize=lambda name, chosen, scope: made.extend(chosen),
    )
    selection.pytest_generate_tests(metafunc)
    return made


@pytest.mark.parametrize(("target", "is_made"), [("shop", True), ("rehearsal", False), ("shop-2", False)])
def test_a_check_of_certain_targets_is_made_for_no_other(target: str, is_made: bool) -> None:
    assert bool(moments(target, pytest.mark.targets("shop", "blog"))) is is_made


def test_a_check_of_all_targets_is_made_for_each() -> None:
    assert moments("shop") == moments("rehearsal") == ["before", "trial", "dark", "rolled-back"]


def test_a_check_of_certain_moments_is_made_for_no_other() -> None:
    assert moments("shop", pytest.mark.moments("trial"), pytest.mark.targets("shop")) == ["trial"]
