"""Resources, as `docker stats`, the kernel and the host report them: at the beginning, and after all other checks."""

import pytest

from fixtures import baseline as measuring
from fixtures import inside
from fixtures.baseline import Baseline
from fixtures.finding import finding
from fixtures.instance import Instance

STATS = "docker stats, and what the release does with memory"


@pytest.mark.early
def check_memory_is_within_budget(instance: Instance, baseline: Baseline) -> None:
    """No service of this copy uses more memory than the budget allows over what it used before."""
    limits = instance.target.limits
    over = measuring.hungrier_services(limits, baseline, measuring.memory_bytes(instance.stats))
    assert over == {}, finding(
        "The application needs much more memory than before.",
        measured=f"{len(over)} services are over their budget",
        expected=f"at most {limits.memory_ratio} times the memory of before",
        sample=[f"{service}: {was} bytes before, {now} now" for service, (was, now) in over.items()],
        look=STATS,
    )


def check_memory_is_below_its_limit(instance: Instance) -> None:
    """No service is about to be ended by the kernel because its container may have no more memory."""
    limit = instance.target.limits.memory_limit_percent
    used = {service: float(stat["MemPerc"].rstrip("%")) for service, stat in instance.stats.items()}
    near = [f"{service}: {percent} %" for service, percent in used.items() if percent > limit]
    assert near == [], finding(
        "The application is about to run out of memory.",
        measured=f"{len(near)} services are near the limit of their container",
        expected=f"at most {limit} % of it",
        sample=near,
        look="the memory limits of the Compose files, and docker stats",
    )


def check_processes_and_files_are_within_budget(instance: Instance, baseline: Baseline) -> None:
    """No service has many more processes, threads, open files and connections than before."""
    limits, processes, files = instance.target.limits, measuring.processes(instance.stats), inside.open_files(instance)
    many = measuring.over_ratio(baseline.processes, processes, limits.processes_ratio, limits.processes_floor)
    held = measuring.over_ratio(baseline.open_files, files, limits.open_files_ratio, limits.open_files_floor)
    over = [f"{service}: {was} processes before, {now} now" for service, (was, now) in many.items()]
    over += [f"{service}: {was} open files before, {now} now" for service, (was, now) in held.items()]
    assert over == [], finding(
        "The application keeps more and more open, and will stop working when nothing more can be opened.",
        measured=f"{len(many)} services have too many processes, {len(held)} too many open files",
        expected=f"at most {limits.processes_ratio} times the processes and {limits.open_files_ratio} times the files",
        sample=over,
        look="docker top, and ls /proc/*/fd in the container",
    )


@pytest.mark.moments("trial", "now")
def check_disk_does_not_swell(instance: Instance, baseline: Baseline) -> None:
    """Neither an image nor a volume nor the database takes many times the disk of before."""
    limits = instance.target.limits
    over = measuring.over_ratio(
        baseline.disk_bytes, measuring.disk_bytes(instance), limits.disk_ratio, limits.disk_floor_bytes
    )
    assert over == {}, finding(
        "The new version takes much more disk than the one before.",
        measured=f"{len(over)} of {len(baseline.disk_bytes)} are over their budget",
        expected=f"at most {limits.disk_ratio} times the bytes of before",
        sample=[f"{what}: {was} bytes before, {now} now" for what, (was, now) in over.items()],
        look=".dockerignore and Dockerfile of the release; what its migrations add, and what it writes into volumes",
    )


@pytest.mark.moments("before", "dark", "taken-back", "rolled-back", "now")
def check_host_has_disk_left(instance: Instance) -> None:
    """The host keeps the declared reserve of free disk."""
    free, reserve = instance.host_free_bytes(), instance.target.limits.free_disk_bytes
    assert free >= reserve, finding(
        "The disk is nearly full.",
        measured=f"{free} bytes are free",
        expected=f"at least {reserve}",
        look="df, docker system df, the backups that are kept",
    )


@pytest.mark.moments("before", "now")
def check_host_is_not_overloaded(instance: Instance) -> None:
    """The host has not many times more to do than it has processors, whoever gives it that."""
    load, most = instance.host_load(), instance.target.limits.host_load_per_processor
    assert load <= most, finding(
        "The machine has far too much to do.",
        measured=f"a load of {load:.1f} for each processor in the last minute",
        expected=f"at most {most}",
        look="top on the host",
    )


@pytest.mark.apart
@pytest.mark.moments("before", "trial", "rolled-back", "now")
def check_processor_is_not_saturated(instance: Instance) -> None:
    """No service keeps the processor busy while nobody asks it for anything."""
    limit = instance.target.limits.cpu_percent
    used = {service: float(stat["CPUPerc"].rstrip("%")) for service, stat in instance.stats_at_the_end.items()}
    busy = [f"{service}: {percent} %" for service, percent in used.items() if percent > limit]
    assert busy == [], finding(
        "The application keeps the machine busy though nobody asks it for anything.",
        measured=f"{len(busy)} services use too much of the processor",
        expected=f"at most {limit} % of one processor",
        sample=busy,
        look="docker top of that service",
    )


@pytest.mark.apart
@pytest.mark.moments("before", "now")
def check_memory_does_not_grow(instance: Instance) -> None:
    """All other checks have not left a service of the release with much more memory than it began with."""
    began, ended = measuring.memory_bytes(instance.stats), measuring.memory_bytes(instance.stats_at_the_end)
    limit = instance.target.limits.memory_growth_bytes
    growth = {service: ended[service] - began[service] for service in instance.images if service in began}
    leaks = [f"{service}: {size} bytes more" for service, size in growth.items() if size > limit]
    assert leaks == [], finding(
        "The application needs more memory the longer it is used.",
        measured=f"the memory of {len(leaks)} services grew while the checks looked",
        expected=f"at most {limit} bytes more in the end",
        sample=leaks,
        look=STATS,
    )
