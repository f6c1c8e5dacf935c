"""Pictures of what was seen in a browser stand with the stage in which they were taken, in the page itself."""

from __future__ import annotations

import base64
from pathlib import Path

from fixtures.browsing import PICTURES
from reports import evidence
from reports.story import Chapter
from tests.unit.runs import make_run


def test_a_picture_stands_with_its_stage_and_needs_no_other_file(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    kept = run.directory / PICTURES
    kept.mkdir()
    for moment in ("before", "trial", "another"):
        (kept / f"{moment}.png").write_bytes(moment.encode())
    found = {stage: list(evidence.of_stage(run, Chapter(stage))) for stage in ("preflight", "trial", "verification")}
    assert [shown.name for shown in found["trial"]] == [
        "The main page in a browser, the release on a clone of the data"
    ]
    encoded = base64.b64encode(b"before").decode()
    assert [f"data:image/png;base64,{encoded}" in shown.content for shown in found["preflight"]] == [True]
    assert found["verification"] == []


def test_where_nothing_was_seen_nothing_is_shown(tmp_path: Path) -> None:
    assert list(evidence.of_stage(make_run(tmp_path), Chapter("preflight"))) == []
