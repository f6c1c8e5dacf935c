"""Resources, as `docker stats` and the host report them."""

import pytest

from fixtures import baseline as measuring
from fixtures.baseline import Baseline
from fixtures.instance import Instance


def check_memory_is_within_budget(instance: Instance, baseline: Baseline) -> None:
    """No service of this copy uses more memory than the budget allows over what it used before."""
    over = measuring.hungrier_services(instance, baseline)
    ratio = instance.target.limits.memory_ratio
    assert over == {}, f"more than {ratio} times the memory of before, in bytes (before, now)"


def check_processor_is_not_saturated(instance: Instance) -> None:
    """No service keeps the processor busy while nobody asks it for anything."""
    used = {service: float(stat["CPUPerc"].rstrip("%")) for service, stat in instance.stats.items()}
    limit = instance.target.limits.cpu_percent
    assert {service: percent for service, percent in used.items() if percent > limit} == {}, f"more than {limit} %"


@pytest.mark.moments("before", "dark", "taken-back", "rolled-back", "now")
def check_host_has_disk_left(instance: Instance) -> None:
    """The host keeps the declared reserve of free disk."""
    free = instance.host_free_bytes()
    assert free >= instance.target.limits.free_disk_bytes
