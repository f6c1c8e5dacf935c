"""What closed doors cost beside what the trials had measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fixtures import trial
from runbook import plan_text, prediction
from tests.unit.runs import make_run
from tests.unit.test_certificate import TRIAL

PREDICTED = TRIAL.predicted_downtime_seconds
AT = "2026-11-22T02:10:{:02}.000Z"


def stage(begun_at: int, ended_at: int, name: str) -> list[tuple[int, str, str, dict[str, Any]]]:
    """What is journalled of a stage that passed."""
    return [(begun_at, "stage-begun", name, {}), (ended_at, "stage-passed", name, {})]


def journalled(
    state: Path,
    number: int,
    opened_at: int,
    *,
    plan: str = "upgrade",
    outcome: str = "done",
    extra: str = "",
    stages: Sequence[tuple[int, int, str]] = (),
) -> None:
    """The journal of a run that closed the door at second 10; `stages` have begun and passed at these seconds."""
    records = [
        (1, "run-begun", "", {"number": number, "plan": plan, "requested": "v2.0.0"}),
        (2, "achieved", "trial", {"kind": "Trial", "result": TRIAL.model_dump(mode="json")}),
        *(record for begun, ended, name in stages for record in stage(begun, ended, name)),
        (10, "door-closing", "maintenance", {}),
        *([(11, extra, "", {})] if extra else []),
        (opened_at, "stage-passed", "acceptance", {}),
        (opened_at, "run-ended", "", {"outcome": outcome, "exit_code": 0}),
    ]
    directory = state / "runs" / f"20261122T0210{number:02}Z-{number:04x}"
    directory.mkdir(parents=True, mode=0o700)
    lines = [
        json.dumps({"sequence": sequence, "at": AT.format(at), "event": event, "stage": stage, "evidence": evidence})
        for sequence, (at, event, stage, evidence) in enumerate(records, start=1)
    ]
    (directory / "journal.jsonl").write_text("\n".join(lines) + "\n")
    (directory / "journal.jsonl").chmod(0o600)


def test_what_was_measured_is_taken_off_and_the_newest_comes_first(tmp_path: Path) -> None:
    assert TRIAL.measured_seconds == 8.5
    journalled(tmp_path, 1, 25)
    journalled(tmp_path, 2, 30)
    assert prediction.remainders(tmp_path) == [11.5, 6.5]


def test_a_prediction_is_out_by_what_users_waited_longer(tmp_path: Path) -> None:
    journalled(tmp_path, 1, 25)
    journalled(tmp_path, 2, 30)
    journalled(tmp_path, 3, 30, outcome="rolled-back")
    assert prediction.errors(tmp_path) == [20 - PREDICTED, 15 - PREDICTED]
    assert prediction.errors(tmp_path, but="20261122T021002Z-0002") == [15 - PREDICTED]
    assert plan_text.out_by([0.4, -2.2]) == "; earlier predictions were out by +0 s, -2 s"
    assert plan_text.out_by([]) == ""


@pytest.mark.parametrize(("outcome", "extra"), [("rolled-back", ""), ("done", "run-resumed")])
def test_only_an_upgrade_that_went_through_in_one_go_is_a_measure(tmp_path: Path, outcome: str, extra: str) -> None:
    journalled(tmp_path, 1, 25, outcome=outcome, extra=extra)
    assert prediction.remainders(tmp_path) == []


def test_the_median_of_the_newest_is_predicted_and_something_usual_the_first_time(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    assert trial.usual_remainder(run) == trial.FIRST_REMAINDER_SECONDS
    run.remainders = [6.0, 7.0, 60.0, 5.0, 8.0, 1000.0, 1000.0, 1000.0]
    assert trial.usual_remainder(run) == 7.0


def test_a_stage_takes_as_long_as_when_it_last_passed_in_one_go(tmp_path: Path) -> None:
    journalled(tmp_path, 1, 25, stages=[(3, 5, "backup"), (5, 9, "source")])
    journalled(tmp_path, 2, 30, stages=[(3, 7, "backup")])
    assert prediction.stage_seconds(tmp_path) == {"backup": 4.0, "source": 4.0}


def test_the_last_downtime_is_that_of_the_newest_upgrade_that_went_through(tmp_path: Path) -> None:
    assert prediction.last_downtime(tmp_path) is None
    journalled(tmp_path, 1, 25)
    journalled(tmp_path, 2, 30, outcome="rolled-back")
    assert prediction.last_downtime(tmp_path) == 15.0


def test_the_last_downtime_of_another_plan_is_that_of_its_own_runs(tmp_path: Path) -> None:
    journalled(tmp_path, 1, 25)
    assert prediction.last_downtime(tmp_path, ("restore",)) is None
    journalled(tmp_path, 2, 40, plan="restore")
    journalled(tmp_path, 3, 50, plan="late_rollback", outcome="rolled-back")
    journalled(tmp_path, 4, 55, plan="late_rollback", outcome="needs-operator")
    assert prediction.last_downtime(tmp_path, ("restore",)) == 30.0
    assert prediction.last_downtime(tmp_path, ("late_rollback",)) == 40.0
    assert prediction.last_downtime(tmp_path) == 15.0
    assert (prediction.source("restore", 30.0), prediction.source("restore", None)) == (
        "the newest earlier restore",
        "",
    )
