"""What stands in Allure's results after a run: words, order, and nothing passed that never ran."""

from __future__ import annotations

import json
import re
import stat
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures import door
from fixtures.command import CommandResult
from fixtures.deployment import Deployment
from fixtures.errors import NeedsOperator, StageFailed
from fixtures.finding import finding
from fixtures.host import Host
from fixtures.journal import Journal
from fixtures.prober import Timeline
from fixtures.run import Run
from fixtures.settings import Target
from fixtures.settings_gates import Gates
from reports import categories, chapters, evidence, executor, record, results, telling, timeline, verdict
from reports.sending import Sent
from reports.story import Proof, Story, note_report
from runbook.outcome import Outcome
from runbook.record import StageRecord
from tests.unit.runs import EMPTY
from tests.unit.test_certificate import TRIAL


def make_story(tmp_path: Path) -> Story:
    """A run whose backup failed; its rollback was not needed, its source stage never ran."""
    target = Target(name="rehearsal", directory=tmp_path, url="http://127.0.0.1:1")
    (tmp_path / "run").mkdir()
    journal = Journal.open(tmp_path / "run" / "journal.jsonl")
    run = Run("20261122T021000Z-aaaa", "upgrade", Deployment(target, Host()), journal, tmp_path, "v2.0.0")
    story = Story("upgrade")
    story.begin(run)
    for stage in ("preflight", "backup", "source", "rollback"):
        story.chapter(stage)
    for proof in PROOFS:
        story.proofs[proof.key] = Proof(**vars(proof))
    begun = time.time()
    story.end_stage(StageRecord("preflight", begun, "passed", 1.0), None)
    problem = StageFailed("The dump is not what was written.", expected="10 bytes", found="9 bytes")
    story.end_stage(StageRecord("backup", begun + 1, "failed", 2.0, [str(problem)]), problem)
    story.end(Outcome.REFUSED, problem, Timeline([(begun, True)], asked=30, ended_at=begun + 3))
    return story


PROOFS = [
    Proof("check_logins::check_log_in[before]", "preflight", "Log in", "before", "logins", "They log in.", "passed"),
    Proof(
        "stage_02_backup::stage_restores",
        "backup",
        "Restores",
        verdict="failed",
        reason="The dump is not what was written.",
    ),
    Proof(
        "stage_03_source::stage_is_out", "source", "Is out", verdict="skipped", reason="source not run: backup failed"
    ),
    Proof(
        "stage_13_rollback::stage_is_back", "rollback", "Is back", verdict="skipped", reason="rollback not needed: x"
    ),
    Proof("stage_03_source::stage_never_came", "source", "Never came"),
]


def raw(name: str, full_name: str, status: str) -> dict[str, Any]:
    return {"uuid": name, "name": name, "fullName": full_name, "status": status, "start": 1, "stop": 2, "labels": []}


@pytest.fixture
def told(tmp_path: Path) -> dict[str, dict[str, Any]]:
    """The results of that run, by name, after they were rewritten."""
    place, directory = tmp_path / "place", tmp_path / "place" / "allure-results"
    directory.mkdir(parents=True)
    story = make_story(tmp_path)
    written = [
        raw("check_log_in[before]", "checks.check_logins#check_log_in", "passed"),
        raw("stage_restores", "runbook.stage_02_backup#stage_restores", "broken"),
        raw("stage_is_out", "runbook.stage_03_source#stage_is_out", "skipped"),
        raw("stage_is_back", "runbook.stage_13_rollback#stage_is_back", "skipped"),
        # What allure-pytest writes for a test that Ctrl-C interrupted.
        raw("stage_never_came", "runbook.stage_03_source#stage_never_came", "passed"),
    ]
    for number, result in enumerate(written):
        (directory / f"{number}-result.json").write_text(json.dumps(result))
    (directory / "1-container.json").write_text("{}")
    record.write(story, place)
    timeline.write(story, place / timeline.FILE)
    results.rewrite(story, directory, place)
    assert not list(directory.glob("*-container.json"))
    found = [json.loads(path.read_text()) for path in directory.glob("*-result.json")]
    return {result["name"]: result for result in found}


def label(result: dict[str, Any], name: str) -> str:
    return next((str(label["value"]) for label in result["labels"] if label["name"] == name), "")


def test_names_are_words_and_groups_are_stages_in_order(told: dict[str, dict[str, Any]]) -> None:
    assert label(told["Log in"], "parentSuite") == "01 preflight"
    assert label(told["Log in"], "suite") == "checks: the old version, before anything changed"
    assert label(told["Restores"], "chapter").startswith("02 backup ✗ · 2.0 s · The dump is not")


def test_what_never_ran_is_not_passed_whatever_was_written(told: dict[str, dict[str, Any]]) -> None:
    assert told["Never came · not run"]["status"] == "unknown"
    assert told["Is out · not run"]["status"] == "unknown"


def test_not_needed_is_told_from_not_run(told: dict[str, dict[str, Any]]) -> None:
    assert told["Is back · not needed"]["status"] == "skipped"
    assert label(told["Is back · not needed"], "kind") == "not needed"


def test_every_stage_has_a_result_of_its_own(told: dict[str, dict[str, Any]]) -> None:
    statuses = {name: result["status"] for name, result in told.items() if name.startswith("Stage ")}
    assert statuses == {
        "Stage 01 preflight": "passed",
        "Stage 02 backup": "failed",
        "Stage 03 source · not run": "unknown",
        "Stage 13 rollback · not needed": "skipped",
    }


def test_the_outcome_comes_first_and_says_what_to_do(told: dict[str, dict[str, Any]]) -> None:
    outcome = next(result for name, result in told.items() if "refused" in name)
    assert outcome["start"] == min(result["start"] for result in told.values())
    assert "expected  10 bytes" in outcome["statusDetails"]["message"]
    assert {attached["name"] for attached in outcome["attachments"]} >= {"Timeline", "Summary", "Journal"}


def test_a_way_back_that_failed_comes_first_and_then_why_it_was_gone(tmp_path: Path) -> None:
    story, found = make_story(tmp_path), NeedsOperator("Other data.", next_step="mend it")
    migration = StageFailed("The migration failed.")
    story.end_stage(StageRecord("migration", time.time(), "failed", 1.0, [str(migration)]), migration)
    story.chapters = {name: story.chapters[name] for name in ("migration", "rollback")}
    story.end_stage(StageRecord("rollback", time.time(), "failed", 1.0, [str(found)]), found)
    story.end(Outcome.NEEDS_OPERATOR, found, Timeline([(0.0, True)], asked=1, ended_at=1.0))
    told = verdict.what_next(story).splitlines()
    assert told[0] == "Other data."
    assert re.fullmatch(r" +because +08 migration failed: The migration failed\.", told[1])
    assert "mend it" in verdict.what_next(story)
    assert story.run is not None
    story.run.journal.write("door-opening", "acceptance")
    assert verdict.why_back(story) == ""


def test_a_failed_command_is_a_step_with_what_it_said(tmp_path: Path) -> None:
    story = make_story(tmp_path)
    story.add_command("backup", CommandResult(("pg_dump", "-Fc"), 1, "", "no space left", 0.1))
    story.add_command("backup", CommandResult(("docker", "ps"), 0, "", "", 0.1))
    (tmp_path / "results").mkdir()
    steps = chapters.of_stage(story, story.chapters["backup"], tmp_path / "results")["steps"]
    assert [(step["name"], step["statusDetails"]["message"]) for step in steps] == [("pg_dump -Fc", "no space left")]


def test_the_record_says_what_a_gate_needs(tmp_path: Path) -> None:
    written = record.record(make_story(tmp_path), tmp_path)
    assert (written["outcome"], written["exit_code"]) == ("refused", 10)
    assert [(stage["name"], stage["verdict"]) for stage in written["stages"]][:3] == [
        ("preflight", "passed"),
        ("backup", "failed"),
        ("source", "not run"),
    ]
    assert written["checks"] == [{"name": "check_log_in", "moment": "before", "verdict": "passed", "reason": ""}]
    assert (written["downtime_seconds"], written["probes"]) == (0, 30)
    assert written["problem"]["found"] == "9 bytes"
    reason = "The dump is not what was written."
    assert written["failed"] == [{"stage": "backup", "name": "stage_restores", "verdict": "failed", "reason": reason}]
    assert (written["notifications"], written["upgrade_log"], written["diagnosis"]) == ([], None, [])
    json.dumps(written)


def failed_check(story: Story, text: str) -> None:
    """Have the story's check fail with what pytest says of it."""
    crash = SimpleNamespace(reprcrash=SimpleNamespace(message=text))
    report = cast(pytest.TestReport, SimpleNamespace(failed=True, longrepr=crash))
    proof = story.proofs[PROOFS[0].key]
    note_report(proof, report, AssertionError(), lambda said: said.replace("s3cret", "***"))
    proof.stage = "backup"


def test_what_a_check_has_found_stands_in_record_and_summary_and_is_masked_before_it_is_cut(tmp_path: Path) -> None:
    story = make_story(tmp_path)
    told = finding("Nobody logs in.", "0 of 2", "2 of 2", look="the log", sample=["ada s3cret", "bob"])
    failed_check(story, f"AssertionError: {told}\nassert ['ada'] == []\n  Left contains 1 more item:\n  'ada'")
    assert record.record(story, tmp_path)["checks"] == [
        {
            **{"name": "check_log_in", "moment": "before", "verdict": "failed", "reason": "Nobody logs in."},
            **{"measured": "0 of 2", "expected": "2 of 2", "such_as": "ada ***", "look_at": "the log"},
        }
    ]
    lines = record.summary(story).splitlines()
    at = lines.index("- ✗ 02 backup: Log in: Nobody logs in.")
    assert lines[at + 1 : at + 5] == [
        "  - measured: 0 of 2",
        "  - expected: 2 of 2",
        "  - such as: ada ***",
        "  - look at: the log",
    ]
    failed_check(story, f"{'x' * 196}s3cret")
    assert "s3" not in story.proofs[PROOFS[0].key].reason


def test_a_stages_own_problem_is_known_again_also_where_a_secret_is_in_it(tmp_path: Path) -> None:
    story = make_story(tmp_path)
    proof = story.proofs[PROOFS[1].key]
    report = cast(pytest.TestReport, SimpleNamespace(failed=True))
    note_report(proof, report, StageFailed("It said s3cret."), lambda said: said.replace("s3cret", "***"))
    story.chapters["backup"].reasons = ["It said s3cret.\n  expected  nothing"]
    assert story.own_failures("backup") == []


def test_the_summary_names_outcome_stages_and_problem(tmp_path: Path) -> None:
    text = record.summary(make_story(tmp_path))
    assert "refused: nothing was changed" in text
    assert "| 02 backup | failed | 2.0 s | The dump is not what was written. |" in text
    assert "found     9 bytes" in text


def test_the_summary_stays_a_table_and_says_who_was_not_told(tmp_path: Path) -> None:
    story = make_story(tmp_path)
    story.announced.append(Sent("done", "webhook", "it answered 500"))
    text = record.summary(story)
    assert "- ⚠ users not told (done, webhook): it answered 500" in text
    assert record.cell("a | b\nc") == r"a \| b c"


@pytest.mark.parametrize(
    ("plan", "stage", "serves"),
    [
        ("late_rollback", "attempt", "the new version serves"),
        ("late_rollback", "reversal", "nobody is served"),
        ("late_rollback", "acceptance", "the old version serves"),
        ("upgrade", "acceptance", "the new version serves"),
        ("verification", "verification", "the deployed version serves"),
    ],
)
def test_who_serves_meanwhile_is_told_as_the_plan_means_it(tmp_path: Path, plan: str, stage: str, serves: str) -> None:
    story = make_story(tmp_path)
    story.plan = plan
    assert f">{serves}</td>" in chapters.description(story, story.chapter(stage))


def test_the_legend_of_the_timeline_says_who_serves_as_the_stages_do(tmp_path: Path) -> None:
    story = make_story(tmp_path)
    story.plan = "late_rollback"
    timeline.write(story, tmp_path / timeline.FILE)
    drawn = (tmp_path / timeline.FILE).read_text("utf-8")
    said = [
        drawn.index(f">{text}<") for text in ("the new version serves", "nobody is served", "the old version serves")
    ]
    assert said == sorted(said)


def test_a_plan_without_a_release_has_nothing_that_it_leads_to(tmp_path: Path) -> None:
    story = make_story(tmp_path)
    assert record.record(story, tmp_path)["to"] == {"version": "v2.0.0", "commit": None}
    story.plan = "verification"
    del story.chapters["preflight"]
    assert record.record(story, tmp_path)["to"] is None


def test_what_is_told_of_a_run_is_for_its_owner_alone(tmp_path: Path) -> None:
    place = tmp_path / "new" / "runs" / "one"
    telling.make_private(place)
    telling.make_private(place)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_what_a_gate_reads_is_of_this_run_or_not_there(tmp_path: Path) -> None:
    place = tmp_path / "runs" / "one"
    place.mkdir(parents=True)
    record.write(make_story(tmp_path), place)
    telling.point_to_latest(place)
    assert json.loads((tmp_path / "latest.json").read_text("utf-8"))["outcome"] == "refused"
    assert (tmp_path / "latest.md").read_text("utf-8").startswith("## ✗")
    telling.forget_latest(tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("latest")]
    assert (place / record.FILE).exists()


def test_downtime_is_what_the_prober_saw(tmp_path: Path) -> None:
    story = make_story(tmp_path)
    story.timeline = Timeline([(0.0, True), (1.0, False), (3.5, True)], asked=40, ended_at=4.0)
    assert verdict.downtime(story) == "2.5 s in 1 outage; the door was asked 40 times"


def test_a_run_that_was_cut_short_behind_the_closed_door_says_that_users_are_still_out(tmp_path: Path) -> None:
    story = make_story(tmp_path)
    assert story.run is not None
    story.outcome = Outcome.INTERRUPTED
    story.timeline = Timeline([(0.0, True), (1.0, False)], asked=40, ended_at=4.0)
    assert verdict.rows(story)["serves"] == "look at http://127.0.0.1:1"
    story.run.journal.write(door.CLOSING, stage="maintenance")
    told = verdict.rows(story)
    assert told["downtime"] == "3.0 s so far in 1 outage; the door was asked 40 times"
    assert told["serves"] == "nobody at http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        (0, "2.5 s in 1 outage (16.5 s predicted); the door"),
        (3, "2.5 s in 1 outage (16.5 s predicted; within the 3 s that are allowed); the door"),
        (2, "2.5 s in 1 outage (16.5 s predicted; over the 2 s that are allowed); the door"),
    ],
)
def test_downtime_is_held_against_what_was_predicted_and_what_is_allowed(
    tmp_path: Path, budget: int, told: str
) -> None:
    story = make_story(tmp_path)
    story.timeline = Timeline([(0.0, True), (1.0, False), (3.5, True)], asked=40, ended_at=4.0)
    assert story.run is not None
    target = story.run.deployment.target.model_copy(update={"gates": Gates(downtime_seconds=budget)})
    story.run.deployment = Deployment(target, Host())
    story.run.put(TRIAL)
    assert verdict.downtime(story).startswith(told)
    assert record.record(story, tmp_path)["allowed_downtime_seconds"] == (budget or None)


def test_the_output_of_a_runs_own_work_is_kept(tmp_path: Path) -> None:
    story = make_story(tmp_path)
    logs = ("docker", "logs", "shop-20261122t021000z-aaaa-trial-migration")
    story.add_command("preflight", CommandResult(logs, 0, "Running upgrade", "", 0.1))
    story.add_command("preflight", CommandResult(("docker", "logs", "shop-web-1"), 0, "GET /", "", 0.1))
    assert story.chapters["preflight"].outputs == {"trial-migration": "Running upgrade"}


def test_what_is_not_there_to_look_at_is_no_pass_and_no_alarm() -> None:
    proof = Proof("check_browser::x", "trial", "X", "trial", "browser", verdict="skipped", reason="not looked at: none")
    assert categories.state(proof) in results.AT_EASE
    assert categories.kind(proof) in categories.NAMES


@pytest.mark.parametrize(
    ("environment", "name", "url"),
    [
        (
            {
                **{"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://git.example", "GITHUB_REPOSITORY": "a/b"},
                **{"GITHUB_RUN_ID": "77", "GITHUB_RUN_NUMBER": "5", "GITHUB_WORKFLOW": "rehearsal"},
            },
            "GitHub Actions",
            "https://git.example/a/b/actions/runs/77",
        ),
        (
            {"GITLAB_CI": "true", "CI_JOB_URL": "https://ci.example/1", "CI_JOB_NAME": "x"},
            "GitLab CI",
            "https://ci.example/1",
        ),
    ],
)
def test_a_report_made_in_ci_says_by_which_job(environment: dict[str, str], name: str, url: str) -> None:
    found = executor.of(environment)
    assert (found["name"], found["buildUrl"]) == (name, url)
    assert [link["url"] for link in chapters.links(environment)] == [url]


def test_a_report_made_by_hand_names_no_job() -> None:
    assert (executor.of({"LANG": "C"}), chapters.links({"LANG": "C"})) == ({}, [])


def test_what_a_migration_defines_anew_and_drops_is_marked() -> None:
    before = EMPTY.model_copy(update={"constraints": {"users_pkey": "PRIMARY KEY (id)", "old": "CHECK (a)"}})
    after = EMPTY.model_copy(update={"constraints": {"users_pkey": "PRIMARY KEY (id)", "old": "CHECK (b)"}})
    after = after.model_copy(update={"sequences": {"orders_id_seq": 1}})
    assert evidence.changed_definitions(before, after) == [
        "- constraint old: CHECK (a)",
        "+ constraint old: CHECK (b)",
        "+ sequence orders_id_seq",
    ]


@pytest.mark.parametrize(
    ("plan", "legend"),
    [
        ("verification", ["the deployed version serves"]),
        ("upgrade", ["the old version serves", "nobody is served", "the new version serves"]),
    ],
)
def test_the_timeline_explains_each_colour_once(tmp_path: Path, plan: str, legend: list[str]) -> None:
    story = make_story(tmp_path)
    story.plan = plan
    picture = tmp_path / "timeline.svg"
    timeline.write(story, picture)
    shown = re.findall(r">([^<>]*serve[sd])<", picture.read_text("utf-8"))
    assert shown == legend
