"""The plan of a rollback after users were let in names what is undone, the ways back, and every command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fixtures.backup_files import BackupFile
from fixtures.decision import DOWNGRADE, OLD_CODE, ROLLBACK_POINT, Way
from fixtures.images import Images
from fixtures.maintenance import RollbackPoint
from fixtures.run import Run
from runbook import plan_text
from runbook import planned as planning
from runbook.late_preview import LatePreview, known_lines
from runbook.planned import Plan
from runbook.plans import LATE_ROLLBACK, PLANS
from tests.unit.recording import RecordingHost, answering_config, project
from tests.unit.runs import EMPTY, INSPECTION, NAME, make_run

BACK = INSPECTION.model_copy(
    update={"requested": "main", "commit": "a" * 40, "from_commit": "b" * 40, "version": "v1.4.0", "from_branch": ""}
)
IMAGES = Images(
    built={"web": "sha256:new"},
    built_names={"web": "shop-web:release-bbbb"},
    commits={},
    kept={"web": "sha256:old"},
    kept_names={"web": "shop-web:rollback-aaaa"},
    packages=[],
)
REASONS = ["downgrade: lossless in the trial"]


@pytest.fixture
def undone(tmp_path: Path) -> Run:
    run = make_run(tmp_path)
    archive = BackupFile(name="media.tar", size_bytes=3, sha256="c" * 64)
    kept = RollbackPoint(snapshot="punk_eco_before_x", directory=tmp_path, fingerprint=EMPTY, media={}, archive=archive)
    for result in (INSPECTION, IMAGES, kept):
        run.put(result)
    return run


def planned(undone: Run, way: Way | None) -> str:
    host = RecordingHost(answers=answering_config({"services": {"web": {"build": {}}}}))
    target = undone.deployment.target
    preview = LatePreview(target, project(host), BACK, undone, way)
    ways = [way] if way else []
    stages = planning.stages(LATE_ROLLBACK, preview, {})
    return plan_text.render(Plan(LATE_ROLLBACK, target, stages, BACK, known_lines(undone, None, ways, REASONS)))


def test_it_names_what_is_undone_and_who_is_served_in_each_stage(undone: Run) -> None:
    told = planned(undone, DOWNGRADE)
    assert "Plan rollback after the opening on target shop" in told
    assert f"From v2.0.0 back to v1.4.0: undoes the upgrade of run {NAME}" in told
    assert [line.split(" changes ")[0].split()[-1] for line in told.splitlines() if " changes " in line] == list(
        PLANS[LATE_ROLLBACK]
    )
    served_by = {
        stage.split(" changes ")[0].split()[-1]: branch.splitlines()[0]
        for branch in re.split(r"^[├└]─ ", told, flags=re.MULTILINE)[1:]
        for stage in branch.splitlines()
        if " changes " in stage
    }
    assert served_by["attempt"] == "the new version serves"
    assert served_by["reversal"] == "nobody is served"
    assert served_by["acceptance"] == "the old version serves"


def test_the_images_are_those_that_the_upgrade_kept_and_built(undone: Run) -> None:
    tags = [line.split("$ ")[1] for line in planned(undone, OLD_CODE).splitlines() if "docker image tag" in line]
    assert tags == [
        "docker image tag shop-web:rollback-aaaa shop-web",
        "docker image tag shop-web:release-bbbb shop-web",
    ]


def test_a_downgrade_is_tried_there_and_back_and_then_done(undone: Run) -> None:
    told = planned(undone, DOWNGRADE)
    assert "shop-RUN-attempt-downgrade, on the clone) flask db downgrade 9c41d0" in told
    assert "shop-RUN-attempt-upgrade, on the clone) flask db upgrade" in told
    assert "shop-RUN-migration, of the new version) flask db downgrade 9c41d0" in told
    assert "punk_eco_before_x" not in told


def test_old_code_takes_the_data_as_it_is(undone: Run) -> None:
    told = planned(undone, OLD_CODE)
    assert "flask db" not in told
    assert "punk_eco_beside_RUN" not in told


def test_the_rollback_point_is_copied_and_what_it_replaces_is_kept(undone: Run, tmp_path: Path) -> None:
    told = planned(undone, ROLLBACK_POINT)
    wanted = [
        "create database punk_eco_beside_RUN template punk_eco_before_x",
        "alter database punk_eco rename to punk_eco_failed_RUN",
        "alter database punk_eco_beside_RUN rename to punk_eco",
        f"tar --extract --file={tmp_path}/media.tar",
    ]
    assert [words for words in wanted if words not in told] == []


def test_without_a_proved_way_it_says_that_it_stops(undone: Run) -> None:
    told = planned(undone, None)
    assert "none keeps what users wrote since: it stops and asks" in told
    assert REASONS[0] in told
    assert "flask db" not in told
