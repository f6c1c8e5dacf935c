"""The page over all runs, and what containers used: numbers that are there, and nothing made up where they are not."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from fixtures.command import CommandResult
from fixtures.prober import Timeline
from reports import resources, trend
from reports.readings import reading
from reports.story import Story


def record(begun_at: str, outcome: str, downtime: float, stages: list[tuple[str, str, float]]) -> dict[str, Any]:
    told = [{"name": name, "verdict": verdict, "seconds": seconds, "reasons": []} for name, verdict, seconds in stages]
    return {
        **{"run": begun_at, "plan": "upgrade", "target": {"name": "<shop>"}, "outcome": outcome},
        **{"from": None, "to": {"version": "v2.0.0"}, "begun_at": begun_at, "seconds": 61.0},
        **{"downtime_seconds": downtime, "stages": told},
    }


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """The records of three runs, one of them with a report, and what is none."""
    runs = {
        "b": record("2026-11-23T02:10:00Z", "rolled-back", 31.0, [("migration", "failed", 9.0)]),
        "a": record("2026-11-22T02:10:00Z", "done", 20.0, [("backup", "passed", 4.0), ("migration", "passed", 8.0)]),
        "c": record("2026-11-24T02:10:00Z", "refused", 0, [("backup", "passed", 6.0), ("migration", "not run", 0.0)]),
    }
    for name, run in runs.items():
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "run.json").write_text(json.dumps(run), "utf-8")
    (tmp_path / "runs" / "a" / trend.REPORT).write_text("", "utf-8")
    for name, text in (("broken", "{"), (".unfinished-1", json.dumps(runs["a"])), ("other", "[]")):
        (tmp_path / "runs" / name).mkdir()
        (tmp_path / "runs" / name / "run.json").write_text(text, "utf-8")
    return tmp_path


def test_every_run_that_can_be_read_is_a_line_the_newest_first(reports: Path) -> None:
    page = trend.write(reports).read_text("utf-8")
    begun = [page.index(f"2026-11-{day} 02:10:00") for day in (24, 23, 22)]
    assert begun == sorted(begun)
    assert page.count("2026-11-22 02:10:00") == 1
    assert '<a href="runs/a/report.html">' in page
    assert 'href="runs/b/' not in page
    assert "<shop>" not in page


def test_a_stage_is_summed_up_over_the_runs_in_which_it_passed(reports: Path) -> None:
    table = trend.table_of_stages(trend.read(reports / "runs"))
    cells = [row.split("</td>") for row in table.split("<tr")[2:]]
    told = [[cell.rpartition(">")[2] for cell in row[:-1]] for row in cells]
    assert told == [
        ["02 backup", "2", "6.0 s", "5.0 s", "4.0 s", "6.0 s"],
        ["08 migration", "1", "8.0 s", "8.0 s", "8.0 s", "8.0 s"],
    ]


def test_stages_and_downtime_are_drawn_and_nothing_is_asked_of_the_network(reports: Path) -> None:
    page = trend.write(reports).read_text("utf-8")
    assert [text for text in ("users out", "31.0 s", "08 migration", "<svg") if text not in page] == []
    assert [tag for tag in ("<script", "<link", 'src="http') if tag in page] == []


def test_without_a_run_the_page_says_so(tmp_path: Path) -> None:
    assert "no run yet" in trend.write(tmp_path).read_text("utf-8")


STATS = {"Name": "shop-web-1", "CPUPerc": "12.50%", "MemUsage": "34.5MiB / 3.8GiB"}


def test_what_docker_stats_tells_becomes_numbers() -> None:
    found = reading(1.0, STATS)
    assert found is not None
    assert (found.container, found.cpu_percent, found.memory_bytes) == ("shop-web-1", 12.5, 34.5 * 2**20)
    assert reading(1.0, STATS | {"MemUsage": "-- / --", "CPUPerc": "--"}) is None


def test_the_curves_of_every_container_are_drawn(tmp_path: Path) -> None:
    story = Story("upgrade")
    for name in ("shop-web-1", "shop-db-1"):
        answer = json.dumps(STATS | {"Name": name})
        story.add_command("watch", CommandResult(("docker", "stats", "--no-stream"), 0, answer, "", 0.1))
    story.timeline = Timeline([(story.begun_at, False)], asked=3, ended_at=story.begun_at + 1)
    story.ended_at = time.time() + 2
    assert resources.write(story, tmp_path / "x.svg")
    drawn = (tmp_path / "x.svg").read_text("utf-8")
    assert [text for text in ("shop-web-1", "shop-db-1", "memory, MB", "processor") if text not in drawn] == []


def test_where_nothing_was_measured_nothing_is_drawn(tmp_path: Path) -> None:
    assert not resources.write(Story("upgrade"), tmp_path / "x.svg")
    assert not (tmp_path / "x.svg").exists()
