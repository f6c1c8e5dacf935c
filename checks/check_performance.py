"""Performance: users wait no longer than before."""

import pytest

from fixtures import baseline as measuring
from fixtures.baseline import Baseline
from fixtures.instance import Instance


@pytest.mark.apart
@pytest.mark.moments("trial", "dark", "taken-back", "rolled-back", "now")
def check_answers_are_not_slower(instance: Instance, baseline: Baseline) -> None:
    """No declared page takes longer than the budget allows over before: neither usually (p50) nor at worst (p95)."""
    slow = measuring.slower_pages(instance, baseline)
    assert slow == {}, "users wait longer than before"
