"""The baseline: sizes as the engine prints them, and pages held to what they answered and how fast."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures import baseline
from fixtures.answers import Remembered
from fixtures.baseline import Answer, Baseline
from fixtures.errors import StageFailed
from fixtures.settings import Limits
from fixtures.settings_application import Count, Page
from tests.unit.doors import Asked, Door, Reply, json_reply, serving
from tests.unit.runs import make_instance


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0B", 0),
        ("512B", 512),
        ("1.5kB", 1500),
        ("2KiB", 2048),
        ("41.5MiB", 43515904),
        ("3MB", 3_000_000),
        ("1.25GiB", 1342177280),
        ("2GB", 2_000_000_000),
        (" 41.5MiB ", 43515904),
    ],
)
def test_sizes_are_read_as_the_engine_prints_them(text: str, size: int) -> None:
    assert baseline.size_bytes(text) == size


@pytest.mark.parametrize(("text", "size"), [("1TiB", 2**40), ("2TB", 2 * 10**12)])
def test_large_sizes_are_read(text: str, size: int) -> None:
    assert baseline.size_bytes(text) == size


def test_memory_is_what_is_used_and_not_the_limit() -> None:
    stats = {"web": {"MemUsage": "41.5MiB / 7.65GiB"}, "db": {"MemUsage": "512B / 1GiB"}}
    assert baseline.memory_bytes(stats) == {"web": 43515904, "db": 512}


def pages(asked: Asked) -> Reply:
    known = {"/": Reply(200, b"Welcome"), "/api/count": json_reply({"total": 12})}
    return known.get(asked.path, Reply(404))


@pytest.fixture
def door() -> Iterator[Door]:
    with serving(pages) as opened:
        yield opened


def test_a_page_is_remembered_by_its_status_and_its_time(door: Door) -> None:
    answer = baseline.answer(make_instance(door.url), Page(path="/none"), 5)
    assert answer.status == 404
    assert 0 < answer.p50_seconds <= answer.p95_seconds < 1


@pytest.mark.parametrize(
    ("page", "is_right"),
    [
        (Page(path="/", contains="Welcome"), True),
        (Page(path="/", contains="Bienvenue"), False),
        (Page(path="/none"), False),
        (Page(path="/none", status=404), True),
    ],
)
def test_a_page_is_as_declared_by_status_and_text(door: Door, page: Page, is_right: bool) -> None:
    assert baseline.is_as_declared(make_instance(door.url), page) is is_right


@pytest.mark.parametrize(("percent", "value"), [(50, 5), (95, 10), (90, 9), (1, 1)])
def test_a_percentile_is_one_of_the_values(percent: int, value: float) -> None:
    assert baseline.percentile([10, 1, 9, 2, 8, 3, 7, 4, 6, 5], percent) == value


LIMITS = Limits(latency_ratio=3, latency_floor_seconds=0.2, latency_p95_floor_seconds=0.4)


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        ((0.1, 0.2), (0.3, 0.6), []),
        ((0.1, 0.2), (0.31, 0.2), ["p50: 0.100 s before, 0.310 s now, at most 0.300 s"]),
        ((0.1, 0.2), (0.1, 0.7), ["p95: 0.200 s before, 0.700 s now, at most 0.600 s"]),
        ((0.001, 0.001), (0.2, 0.4), []),
    ],
    ids=["within", "usually slower", "sometimes slower", "below the floors"],
)
def test_times_over_their_budget_are_told_with_both(
    before: tuple[float, float], now: tuple[float, float], found: list[str]
) -> None:
    was, is_now = (Answer(status=200, p50_seconds=p50, p95_seconds=p95) for p50, p95 in (before, now))
    assert baseline.over_budget(LIMITS, was, is_now) == found


def test_a_page_over_its_budget_is_told(door: Door) -> None:
    known = {"/": Answer(status=200, p50_seconds=0.000_001, p95_seconds=10)}
    before = Baseline(pages=known, counts={}, media={}, memory_bytes={})
    (lines,) = baseline.slower_pages(make_instance(door.url, limits=Limits(latency_floor_seconds=0)), before).values()
    assert [line[:3] for line in lines] == ["p50"]


def test_more_than_a_ratio_and_a_floor_is_told_with_both_numbers() -> None:
    before, now = {"web": 10, "db": 10, "gone": 1, "jobs": 2}, {"web": 31, "db": 30, "jobs": 20, "new": 99}
    assert baseline.over_ratio(before, now, 3, 20) == {"web": (10, 31)}


def test_an_answer_of_which_no_time_is_known_is_never_exceeded() -> None:
    assert Answer.model_validate({"status": 200, "best_seconds": 0.01}).p50_seconds == baseline.ANY_SECONDS


@pytest.mark.parametrize(
    ("was", "used", "floor_bytes", "is_told"),
    [
        (28_000_000, "87MB", 200_000_000, False),
        (28_000_000, "87MB", 0, True),
        (100_000_000, "299MB", 200_000_000, False),
        (100_000_000, "301MB", 200_000_000, True),
    ],
)
def test_memory_over_ratio_and_floor_is_told_with_both_sizes(
    was: int, used: str, floor_bytes: int, is_told: bool
) -> None:
    limits = Limits(memory_ratio=3, memory_floor_bytes=floor_bytes)
    stats = {"db": {"MemUsage": f"{used} / 8GiB"}, "new": {"MemUsage": "9GB / 10GB"}}
    before = Baseline(pages={}, counts={}, media={}, memory_bytes={"db": was, "gone": 1})
    told = {"db": (was, baseline.size_bytes(used))} if is_told else {}
    assert baseline.hungrier_services(limits, before, baseline.memory_bytes(stats)) == told


def test_a_page_that_was_not_measured_before_is_not_held_to_anything(door: Door) -> None:
    before = Baseline(pages={}, counts={}, media={}, memory_bytes={})
    assert baseline.slower_pages(make_instance(door.url, limits=Limits(latency_floor_seconds=0)), before) == {}


def test_a_count_that_is_not_reported_is_told(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADA", "hunter2")
    account = {"name": "ada", "password": {"env": "ADA"}}
    instance = make_instance(door.url, accounts=[account])
    instance.web.logged_in["ada"] = instance.web.visitor()
    count = Count(path="/api/count", account="ada", key="total", sql="select 1")
    assert baseline.reported_count(instance, count) == 12
    with pytest.raises(StageFailed, match="/api/none reports no number"):
        baseline.reported_count(instance, count.model_copy(update={"path": "/api/none"}))


def test_what_users_may_have_changed_is_not_held_against_a_later_time() -> None:
    known = Remembered(status=200, shape={"a": ["text"]}, lengths={"items[]": 3}, values={"a": "x"})
    before = Baseline(
        pages={"/": Answer(status=200)},
        counts={"/api/orders": 7},
        media={"kept.jpg": "1", "changed.jpg": "2", "gone.jpg": "3"},
        memory_bytes={"web": 5},
        answers={"/": known},
        rights={"/ as nobody": "open"},
    )
    later = before.without_data({"kept.jpg": "1", "changed.jpg": "9", "new.jpg": "4"})
    assert (later.counts, later.media) == ({}, {"kept.jpg": "1"})
    assert later.answers == {"/": Remembered(status=200, shape={"a": ["text"]})}
    assert (later.pages, later.memory_bytes, later.rights) == (before.pages, before.memory_bytes, before.rights)
