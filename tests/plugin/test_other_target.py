"""A target of the operator's: what is refused before anything is touched, and that nothing of the rehearsal is used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.plugin.calling import Ended, Project

SETTINGS = """
[targets.shop]
directory = "{place}/shop"
url = "http://127.0.0.1:9"
[targets.gone]
directory = "{place}/gone"
url = "http://127.0.0.1:9"
"""
BROKEN = """
[targets.shop]
directory = "{place}/shop"
nonsense = 1
[targets.shop.git]
branch = "--evil"
"""
# Notes every fixture that is set up, whatever the reports do with the terminal.
WATCHER = """
import os
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef):
    with open(os.environ["FIXTURES_SEEN"], "a") as seen:
        seen.write(fixturedef.argname + "\\n")
"""
OF_THE_REHEARSAL = {
    *("rehearsal", "prepared_rehearsal", "rehearsal_lock", "rehearsal_place", "is_made_anew"),
    *("docker_services", "docker_ip", "docker_setup", "docker_cleanup", "docker_compose_file"),
    *("docker_compose_project_name", "docker_compose_command"),
}


class Operator:
    """Somebody with settings of their own and an empty deployment directory."""

    def __init__(self, project: Project, place: Path) -> None:
        self.project, self.place = project, place
        (place / "shop").mkdir()
        self.write("runbook.toml", SETTINGS)

    def write(self, name: str, text: str) -> None:
        (self.place / name).write_text(text.format(place=self.place))

    def call(self, *arguments: str, settings: str = "runbook.toml", extra: dict[str, str] | None = None) -> Ended:
        return self.project.call(*arguments, f"--settings={self.place / settings}", extra=extra)

    def made(self) -> set[str]:
        """What there is beside the settings and the deployment directory."""
        return {path.name for path in self.place.iterdir()} - {"runbook.toml", "shop", "broken.toml"}


@pytest.fixture
def operator(project: Project, tmp_path: Path) -> Operator:
    return Operator(project, tmp_path)


def test_an_unknown_target_is_refused_with_the_known_ones(operator: Operator) -> None:
    ended = operator.call("-m", "upgrade", "--target", "nope")
    assert ended.exit_code == 10
    assert "There is no target 'nope'." in ended.output
    assert "  expected   one of gone, shop" in ended.output
    assert operator.made() == set()


def test_settings_that_are_not_there_are_refused_with_what_to_do(operator: Operator) -> None:
    ended = operator.call("-m", "upgrade", "--target", "shop", settings="none.toml")
    assert ended.exit_code == 10
    parts = [line.split()[0] for line in ended.lines if line.startswith("  ")]
    assert parts[:2] == ["found", "next"]
    assert "none.toml cannot be read" in ended.output
    assert operator.made() == set()


def test_all_mistakes_in_the_settings_are_told_at_once(operator: Operator) -> None:
    operator.write("broken.toml", BROKEN)
    ended = operator.call("-m", "upgrade", "--target", "shop", settings="broken.toml")
    assert ended.exit_code == 10
    places = ["targets.shop.nonsense", "targets.shop.url", "targets.shop.git.branch"]
    assert [place for place in places if place not in ended.output] == []
    assert operator.made() == set()


@pytest.mark.parametrize("plan", ["upgrade", "status", "rollback"])
def test_a_directory_that_is_not_there_is_refused_and_none_is_made(operator: Operator, plan: str) -> None:
    ended = operator.call("-m", plan, "--target", "gone")
    assert ended.exit_code == 10
    assert f"{operator.place}/gone does not exist; nothing was changed." in ended.output
    assert "correct targets.gone.directory" in ended.output
    assert operator.made() == set()


@pytest.mark.parametrize(
    "waiver", ["trial", "trial=", "trial= ", "backup=no time", "verification=it is fine", "=why"]
)
def test_only_the_trial_is_waived_and_only_with_a_reason(operator: Operator, waiver: str) -> None:
    ended = operator.call("-m", "upgrade", "--target", "shop", "--waive", waiver)
    assert ended.exit_code == 10
    assert f"--waive {waiver.partition('=')[0]}=" in ended.output
    assert "nothing was changed" in ended.output


@pytest.mark.parametrize("release", ["--evil", "v1;id", "a..b"])
def test_a_release_that_git_could_misread_is_refused(operator: Operator, release: str) -> None:
    ended = operator.call("-m", "upgrade", "--target", "shop", f"--to={release}")
    assert ended.exit_code == 10
    assert f"{release!r} is not a safe git name" in ended.output
    assert "nothing was changed" in ended.output


@pytest.mark.parametrize("plan", ["upgrade", "preflight", "verification", "diagnose", "watch"])
def test_a_directory_that_is_no_deployment_is_refused_and_stays_as_it_was(operator: Operator, plan: str) -> None:
    ended = operator.call("-m", plan, "--target", "shop", "-x", "--maxfail=1")
    assert ended.exit_code == 10
    assert "Traceback" not in ended.output
    assert list((operator.place / "shop").iterdir()) == []


@pytest.mark.parametrize("plan", ["preflight", "upgrade"])
def test_nothing_of_the_rehearsal_is_set_up_for_another_target(operator: Operator, plan: str) -> None:
    (operator.place / "watcher.py").write_text(WATCHER)
    seen = operator.place / "seen"
    path = os.pathsep.join([str(operator.place), os.environ.get("PYTHONPATH", "")])
    operator.call(
        *("-m", plan, "--target", "shop", "-p", "watcher"), extra={"PYTHONPATH": path, "FIXTURES_SEEN": str(seen)}
    )
    names = set(seen.read_text().split())
    assert "runner" in names
    assert names & OF_THE_REHEARSAL == set()


def test_settings_outside_the_project_may_be_named_in_two_words(operator: Operator) -> None:
    ended = operator.project.call("-m", "upgrade", "--target", "nope", "--settings", str(operator.place / "runbook.toml"))
    assert "There is no target 'nope'." in ended.output
