"""Performance: users wait no longer than before."""

import pytest

from fixtures import baseline as measuring
from fixtures.baseline import Baseline
from fixtures.finding import finding
from fixtures.instance import Instance


@pytest.mark.apart
@pytest.mark.moments("trial", "dark", "taken-back", "rolled-back", "now")
def check_answers_are_not_slower(instance: Instance, baseline: Baseline) -> None:
    """No declared page takes longer than the budget allows over before: neither usually (p50) nor at worst (p95)."""
    slow = measuring.slower_pages(instance, baseline)
    assert slow == {}, finding(
        "People wait longer for pages than before.",
        measured=f"{len(slow)} of {len(instance.target.pages)} pages are over their budget",
        expected=f"at most {instance.target.limits.latency_ratio} times what they took before",
        sample=[f"{page}: {line}" for page, lines in slow.items() for line in lines],
        look="the release's queries on these pages; alone on the machine: pytest -m verification",
    )
