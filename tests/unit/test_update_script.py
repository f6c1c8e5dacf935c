"""The deployment's own update script: when it is driven, with what, and what of its outcomes is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import minor, update_script
from fixtures.errors import Refused, StageFailed
from fixtures.run import Run
from fixtures.settings import MinorUpdate
from fixtures.work import RUN_LABEL
from tests.unit.recording import RecordingHost, answering_config
from tests.unit.runs import make_run

COMMIT = "b" * 40
SCRIPT = ("./update.sh", "--no-restart")
WEB = {"web": {"build": {}, "ports": [{"target": 8000, "published": "8080"}]}}
ANSWERS = answering_config({"name": "shop", "services": WEB}) | {("rev-parse",): f"{COMMIT}\n"}


@pytest.fixture(autouse=True)
def release_as_it_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The release's Compose files are those of the deployment."""
    monkeypatch.setattr("fixtures.update_script.candidate.compose", lambda run: run.deployment.compose())


def run_of(
    place: Path, host: RecordingHost | None = None, plan: str = "minor", script: tuple[str, ...] = SCRIPT
) -> Run:
    """A run on a deployment whose minor updates go by a script."""
    run = make_run(place, host or RecordingHost(answers=ANSWERS), plan=plan, minor=MinorUpdate(script=script))
    run.journal.write("run-begun", plan=plan)
    return run


@pytest.mark.parametrize(
    ("plan", "script", "is_driven"),
    [("minor", SCRIPT, True), ("minor", (), False), ("upgrade", SCRIPT, False), ("minor_no_restart", SCRIPT, False)],
)
def test_only_a_minor_update_goes_by_the_script(
    tmp_path: Path, plan: str, script: tuple[str, ...], is_driven: bool
) -> None:
    assert minor.is_driven(run_of(tmp_path, plan=plan, script=script)) is is_driven


def test_another_release_than_the_deployed_branch_is_refused(tmp_path: Path) -> None:
    target = run_of(tmp_path).deployment.target
    minor.refuse_unfit_script(target, "main")
    with pytest.raises(Refused, match="deploys the branch main alone; nothing was changed"):
        minor.refuse_unfit_script(target, "v1.5.0")


def test_it_runs_in_the_directory_with_its_flags_and_what_it_starts_is_dark(tmp_path: Path) -> None:
    host = RecordingHost(answers=ANSWERS)
    run = run_of(tmp_path, host)
    update_script.drive(run, COMMIT)
    (called,) = [noted for noted in host.noted if noted.argv[0] == "./update.sh"]
    directory = run.deployment.target.directory
    assert (called.argv, called.directory) == (SCRIPT, directory)
    files = called.environment["COMPOSE_FILE"].split(":")
    assert (files[0], called.environment["COMPOSE_PROJECT_NAME"]) == (str(directory / "docker-compose.yml"), "shop")
    assert '"127.0.0.1::8000/tcp"' in Path(files[1]).read_text("utf-8")


def test_a_script_that_fails_says_its_last_lines(tmp_path: Path) -> None:
    host = RecordingHost(answers=ANSWERS | {("./update.sh",): "fetching\nno route to host\n"})
    host.exit_codes = {("./update.sh",): 2}
    with pytest.raises(StageFailed, match=r"own `./update.sh --no-restart` failed") as failed:
        update_script.drive(run_of(tmp_path, host), COMMIT)
    assert failed.value.found == "exit code 2\nfetching\nno route to host"
    assert Path(failed.value.evidence).read_text("utf-8") == "fetching\nno route to host\n"


def test_another_commit_than_the_one_that_was_tried_is_taken_back(tmp_path: Path) -> None:
    with pytest.raises(StageFailed, match="another commit than the one that was tried"):
        update_script.drive(run_of(tmp_path), "c" * 40)


def test_services_that_it_started_are_taken_back(tmp_path: Path) -> None:
    answers = ANSWERS | {("label=com.docker.compose.service=web",): "123\n"}
    with pytest.raises(StageFailed, match="started services before the new version was verified"):
        update_script.drive(run_of(tmp_path, RecordingHost(answers=answers)), COMMIT)


@pytest.mark.parametrize(
    ("labels", "is_left_by_it"),
    [
        ({"com.docker.compose.service": "web"}, True),
        ({"com.docker.compose.service": "web", RUN_LABEL: "shop-run"}, False),
        ({"com.docker.compose.service": "db"}, False),
        ({}, False),
    ],
)
def test_what_a_killed_script_left_is_told_from_the_runs_own_work(labels: dict[str, str], is_left_by_it: bool) -> None:
    assert update_script.is_of(labels, ["web"]) is is_left_by_it
