"""The watch: it looks until its time is over, and neither a signal nor a service that is gone is passed over."""

from __future__ import annotations

import pytest

from fixtures import logs, watch
from fixtures.baseline import Answer, Baseline
from fixtures.errors import StageFailed
from fixtures.settings import Limits
from tests.unit.runs import make_instance


@pytest.mark.parametrize("raised", [KeyboardInterrupt("SIGTERM received"), StageFailed("web does not run")])
def test_what_is_raised_while_it_looks_ends_it(raised: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(instance: object, at_seconds: float) -> watch.Sample:
        raise raised

    monkeypatch.setattr(watch, "look", look)
    with pytest.raises(type(raised)):
        watch.observe(make_instance("http://127.0.0.1:1"), seconds=5, pause_seconds=0.01)


def test_it_looks_again_and_again_until_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = watch.Sample(at_seconds=0, status=200, memory_bytes={}, restarts={})
    monkeypatch.setattr(watch, "look", lambda instance, at_seconds: sample)
    monkeypatch.setattr(logs, "error_lines", lambda instance, service: [])
    monkeypatch.setattr(type(make_instance("http://x.test")), "services", lambda self: [])
    seen = watch.observe(make_instance("http://127.0.0.1:1"), seconds=0.1, pause_seconds=0.01)
    assert len(seen.samples) > 2


def seen(*, memory: list[int], times: list[float], known_errors: int = 0) -> watch.Watch:
    samples = [
        watch.Sample(at_seconds=number, status=200, memory_bytes={"web": used}, restarts={}, answered_in={"/": seconds})
        for number, (used, seconds) in enumerate(zip(memory, times, strict=True))
    ]
    return watch.Watch(samples=samples, error_lines=[], known_errors={"web": known_errors}, seconds=60)


BEFORE = Baseline(
    pages={"/": Answer(status=200, p50_seconds=0.1, p95_seconds=0.2)},
    counts={},
    media={},
    memory_bytes={"web": 100_000_000},
    known_errors={"web": 100},
)
LIMITS = Limits(latency_floor_seconds=0, latency_p95_floor_seconds=0, memory_growth_bytes=50_000_000)
MB = 1_000_000


@pytest.mark.parametrize(
    ("memory", "times", "known", "told"),
    [
        ([100, 100, 100], [0.1, 0.1, 0.2], 30, []),
        ([100, 130, 160], [0.1, 0.1, 0.2], 0, ["memory of web grew by 60000000 bytes"]),
        ([301, 301, 301], [0.1, 0.1, 0.2], 0, ["memory of web: 100000000 bytes before, 301000000 now"]),
        ([100, 100, 100], [0.1, 0.1, 0.7], 0, ["/: p95: 0.200 s before, 0.700 s now, at most 0.600 s"]),
        ([100, 100], [9.0, 9.0], 0, []),
        (
            [100, 100, 100],
            [0.1, 0.1, 0.1],
            31,
            ["known errors of web: 100 in 10 minutes before, 31 in 1.0 minutes now"],
        ),
    ],
    ids=["as before", "leak", "too much", "slow at times", "too few times", "known errors"],
)
def test_what_gets_worse_is_told_with_both_numbers(
    memory: list[int], times: list[float], known: int, told: list[str]
) -> None:
    found = seen(memory=[size * MB for size in memory], times=times, known_errors=known)
    assert watch.regressions(found, BEFORE, LIMITS, ["web"]) == told


def test_without_a_baseline_only_growth_is_told() -> None:
    found = seen(memory=[0, 1000 * MB], times=[9.0, 9.0], known_errors=1000)
    assert watch.regressions(found, None, LIMITS, ["web"]) == ["memory of web grew by 1000000000 bytes"]


def test_the_trend_holds_the_second_half_against_the_first() -> None:
    found = seen(memory=[1 * MB, 1 * MB, 3 * MB, 3 * MB], times=[0.1, 0.1, 0.2, 0.4])
    assert watch.trend(found.samples) == ["memory of web: 1 MB, then 3 MB", "/: 0.100 s, then 0.300 s"]
