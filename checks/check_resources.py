"""Resources, as `docker stats`, the kernel and the host report them: at the beginning, and after all other checks."""

import pytest

from fixtures import baseline as measuring
from fixtures.baseline import Baseline
from fixtures.instance import Instance


@pytest.mark.early
def check_memory_is_within_budget(instance: Instance, baseline: Baseline) -> None:
    """No service of this copy uses more memory than the budget allows over what it used before."""
    over = measuring.hungrier_services(instance.target.limits, baseline, measuring.memory_bytes(instance.stats))
    ratio = instance.target.limits.memory_ratio
    assert over == {}, f"more than {ratio} times the memory of before, in bytes (before, now)"


@pytest.mark.moments("before", "dark", "taken-back", "rolled-back", "now")
def check_host_has_disk_left(instance: Instance) -> None:
    """The host keeps the declared reserve of free disk."""
    free = instance.host_free_bytes()
    assert free >= instance.target.limits.free_disk_bytes


@pytest.mark.apart
@pytest.mark.moments("before", "trial", "rolled-back", "now")
def check_processor_is_not_saturated(instance: Instance) -> None:
    """No service keeps the processor busy while nobody asks it for anything."""
    used = {service: float(stat["CPUPerc"].rstrip("%")) for service, stat in instance.stats_at_the_end.items()}
    limit = instance.target.limits.cpu_percent
    assert {service: percent for service, percent in used.items() if percent > limit} == {}, f"more than {limit} %"


@pytest.mark.apart
@pytest.mark.moments("before", "now")
def check_memory_does_not_grow(instance: Instance) -> None:
    """All other checks have not left a service of the release with much more memory than it began with."""
    began, ended = measuring.memory_bytes(instance.stats), measuring.memory_bytes(instance.stats_at_the_end)
    limit = instance.target.limits.memory_growth_bytes
    growth = {service: ended[service] - began[service] for service in instance.images if service in began}
    leaks = {service: size for service, size in growth.items() if size > limit}
    assert leaks == {}, f"memory grew by more than {limit} bytes while it was looked at"
