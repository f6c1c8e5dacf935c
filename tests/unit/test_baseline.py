"""The baseline: sizes as the engine prints them, and pages held to what they answered and how fast."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures import baseline
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
    answer = baseline.answer(make_instance(door.url), Page(path="/none"))
    assert answer.status == 404
    assert 0 < answer.best_seconds < 1


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


def slow(door: Door, before_seconds: float, floor_seconds: float) -> dict[str, tuple[float, float]]:
    limits = Limits(latency_ratio=3, latency_floor_seconds=floor_seconds)
    before = Baseline(
        pages={"/": Answer(status=200, best_seconds=before_seconds)}, counts={}, media={}, memory_bytes={}
    )
    return baseline.slower_pages(make_instance(door.url, limits=limits), before)


def test_a_page_over_its_budget_is_told_with_both_times(door: Door) -> None:
    found = slow(door, before_seconds=0.000_001, floor_seconds=0)
    assert found["/"][0] == 0.000_001
    assert found["/"][1] > 0.000_003


@pytest.mark.parametrize(("before_seconds", "floor_seconds"), [(10, 0), (0.000_001, 10)], ids=["ratio", "floor"])
def test_a_page_within_ratio_or_floor_is_fast_enough(door: Door, before_seconds: float, floor_seconds: float) -> None:
    assert slow(door, before_seconds, floor_seconds) == {}


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
    instance = make_instance("http://127.0.0.1:1", limits=Limits(memory_ratio=3, memory_floor_bytes=floor_bytes))
    instance.stats = {"db": {"MemUsage": f"{used} / 8GiB"}, "new": {"MemUsage": "9GB / 10GB"}}
    before = Baseline(pages={}, counts={}, media={}, memory_bytes={"db": was, "gone": 1})
    told = {"db": (was, baseline.size_bytes(used))} if is_told else {}
    assert baseline.hungrier_services(instance, before) == told


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
