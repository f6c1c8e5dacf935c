"""The report's page as a person's browser shows it: stages in order, pictures, no error, no request."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from fixtures.command import CommandResult
from fixtures.prober import Timeline
from reports import french, html, record, resources, results, timeline, trend
from reports.story import Proof, Story
from runbook import plans
from runbook.outcome import Outcome
from runbook.plans import NAMES
from runbook.record import StageRecord
from tests.rehearsal import browser
from tests.unit.runs import make_run

STATS = {"Name": "shop-web-1", "CPUPerc": "12.50%", "MemUsage": "34.5MiB / 3.8GiB"}
BROKEN = """<!doctype html><html><head></head><body><img alt="gone" src="missing.svg">
<script>console.error("it broke"); fetch("http://127.0.0.1:9/x").catch(() => 0)</script></body></html>"""


def told(place: Path, language: str) -> Path:
    """The page of a whole upgrade, made as at the end of a run."""
    run = make_run(place, report={"language": language})
    story = Story("upgrade")
    story.begin(run)
    begun = story.begun_at = time.time() - len(NAMES)
    for number, stage in enumerate(NAMES):
        story.chapter(stage)
        story.proofs[stage] = Proof(f"{plans.file_name(stage)[:-3]}::stage_x", stage, "It is so", verdict="passed")
        if stage != "rollback":
            story.end_stage(StageRecord(stage, begun + number, "passed", 1.0), None)
    story.proofs["rollback"].verdict, story.proofs["rollback"].reason = "skipped", "rollback not needed: all is well"
    story.add_command("watch", CommandResult(("docker", "stats"), 0, json.dumps(STATS), "", 0.1))
    changes = [(begun, True), (begun + 7, False), (begun + 11, True)]
    story.end(Outcome.DONE, None, Timeline(changes, asked=130, ended_at=begun + 13))
    page = place / "runs" / run.name
    (page / html.RESULTS).mkdir(parents=True)
    record.write(story, page)
    timeline.write(story, page / timeline.FILE)
    resources.write(story, page / resources.FILE)
    results.rewrite(story, page / html.RESULTS, page)
    if language == "fr":
        french.results(page / html.RESULTS)
    return html.make(page)


@pytest.mark.parametrize(
    ("language", "outcome", "word"), [("en", "00 outcome", "Results"), ("fr", "00 bilan", "Résultats")]
)
def test_a_page_shows_the_stages_in_order_and_its_pictures(
    tmp_path: Path, language: str, outcome: str, word: str
) -> None:
    seen = browser.look(told(tmp_path, language), tmp_path)
    groups = [piece.split(" · ")[0] for piece in seen.pieces if re.match(r"\d\d \w+ · ", piece)]
    assert list(dict.fromkeys(groups)) == [outcome, *map(plans.label, NAMES)]
    assert word in seen.pieces
    assert (seen.errors, seen.refused, seen.requests) == ([], [], [])
    assert {name for name, width in seen.pictures.items() if width > 0} == {"timeline", "resources"}


def test_the_page_over_all_runs_is_shown_without_an_error(tmp_path: Path) -> None:
    told(tmp_path, "en")
    seen = browser.look(trend.write(tmp_path), tmp_path / "runs")
    assert "08 migration" in seen.pieces
    assert (seen.errors, seen.refused, seen.requests) == ([], [], [])


def test_a_page_that_breaks_and_asks_the_network_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "broken.html").write_text(BROKEN, "utf-8")
    seen = browser.look(tmp_path / "page" / "broken.html", tmp_path)
    assert "it broke" in seen.errors
    assert seen.pictures == {"gone": 0}
    assert seen.requests == ["http://127.0.0.1:9/x"]
    (tmp_path / "page" / "broken.html").write_text(html.offline(BROKEN, ""), "utf-8")
    assert browser.look(tmp_path / "page" / "broken.html", tmp_path).refused == ["http://127.0.0.1:9/x"]
