"""A target of the operator's: what is refused before anything is touched, and that nothing of the rehearsal is used."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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


UNKNOWN = ("-m", "upgrade", "--target", "nope")
NO_FILE = ("-m", "upgrade", "--target", "shop", "--settings={place}/none.toml")
MISTAKES = ("-m", "upgrade", "--target", "shop", "--settings={place}/broken.toml")
GONE = ("-m", "upgrade", "--target", "gone")
STATUS_OF_GONE = ("-m", "status", "--target", "gone")
BAD_WAIVER = ("-m", "upgrade", "--target", "shop", "--waive", "trial")
BAD_RELEASE = ("-m", "upgrade", "--target", "shop", "--to=--evil")
UPGRADE = ("-m", "upgrade", "--target", "shop", "-x", "--maxfail=1", "-p", "watcher")
WATCH = ("-m", "watch", "--target", "shop")
RESTORE = ("-m", "restore", "--target", "shop", "--backup", "20261122T021041Z-4f1a")
NO_REASON = (*RESTORE, "--accept-data-loss", "")
IN_TWO_WORDS = ("-m", "upgrade", "--target", "nope", "--settings", "{place}/runbook.toml")
PLAIN = [UNKNOWN, NO_FILE, MISTAKES, GONE, STATUS_OF_GONE, BAD_WAIVER, BAD_RELEASE, UPGRADE, WATCH, RESTORE, NO_REASON]
LINES = [*PLAIN, IN_TWO_WORDS]


@dataclass(frozen=True)
class Refusal:
    """How a call ended, and the place of the operator who made it: settings, and an empty deployment directory."""

    place: Path
    ended: Ended

    @property
    def output(self) -> str:
        """All that was printed."""
        return self.ended.output

    def made(self) -> set[str]:
        """What there is beside what the operator put there."""
        return {path.name for path in self.place.iterdir()} - {"runbook.toml", "broken.toml", "shop", "plugins"}


Refusals = dict[tuple[str, ...], Refusal]


@pytest.fixture(scope="module")
def refusals(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Refusals:
    """How each call ended; two at a time, every one in a place of its own."""
    places = [make_place(tmp_path_factory.mktemp("operator")) for _ in LINES]
    with ThreadPoolExecutor(max_workers=2) as pool:
        ended = pool.map(lambda line, place: call(project, line, place), LINES, places)
        return {line: Refusal(place, how) for line, place, how in zip(LINES, places, ended, strict=True)}


def make_place(place: Path) -> Path:
    """What an operator has: settings, right and wrong ones, a deployment directory with nothing in it."""
    (place / "shop").mkdir()
    (place / "plugins").mkdir()
    (place / "runbook.toml").write_text(SETTINGS.format(place=place))
    (place / "broken.toml").write_text(BROKEN.format(place=place))
    (place / "plugins" / "watcher.py").write_text(WATCHER)
    return place


def call(project: Project, line: tuple[str, ...], place: Path) -> Ended:
    """Make a call with an operator's settings."""
    words = [word.format(place=place) for word in line]
    if not any("--settings" in word for word in words):
        words.append(f"--settings={place}/runbook.toml")
    path = os.pathsep.join([str(place / "plugins"), os.environ.get("PYTHONPATH", "")])
    return project.call(*words, extra={"PYTHONPATH": path, "FIXTURES_SEEN": str(place / "plugins" / "seen")})


@pytest.mark.parametrize("line", PLAIN, ids=" ".join)
def test_it_is_refused_without_a_traceback(refusals: Refusals, line: tuple[str, ...]) -> None:
    assert refusals[line].ended.exit_code == 10
    assert "Traceback" not in refusals[line].output


@pytest.mark.parametrize("line", PLAIN, ids=" ".join)
def test_it_says_that_nothing_was_changed(refusals: Refusals, line: tuple[str, ...]) -> None:
    assert re.search("nothing (of the deployment )?was changed", refusals[line].output)


@pytest.mark.parametrize("line", [UNKNOWN, NO_FILE, MISTAKES, GONE, STATUS_OF_GONE], ids=" ".join)
def test_what_is_refused_before_the_target_is_known_makes_nothing(refusals: Refusals, line: tuple[str, ...]) -> None:
    assert refusals[line].made() == set()


@pytest.mark.parametrize("line", [UPGRADE, WATCH, BAD_WAIVER, BAD_RELEASE, RESTORE], ids=" ".join)
def test_a_directory_that_is_no_deployment_stays_as_it_was(refusals: Refusals, line: tuple[str, ...]) -> None:
    assert list((refusals[line].place / "shop").iterdir()) == []
    assert refusals[line].made() <= {"shop.runbook"}


def test_an_unknown_target_is_told_with_the_known_ones(refusals: Refusals) -> None:
    assert "There is no target 'nope'; nothing was changed." in refusals[UNKNOWN].output
    assert "  expected   one of gone, shop" in refusals[UNKNOWN].output


def test_settings_that_are_not_there_are_told_with_what_to_do(refusals: Refusals) -> None:
    output = refusals[NO_FILE].output
    assert f"The settings file {refusals[NO_FILE].place}/none.toml cannot be read; nothing was changed." in output
    assert "  found      No such file or directory\n  next       copy runbook.example.toml" in output


def test_all_mistakes_in_the_settings_are_told_at_once(refusals: Refusals) -> None:
    places = ["targets.shop.nonsense", "targets.shop.url", "targets.shop.git.branch"]
    assert [place for place in places if place not in refusals[MISTAKES].output] == []


@pytest.mark.parametrize("line", [GONE, STATUS_OF_GONE], ids=" ".join)
def test_a_directory_that_is_not_there_is_told_with_its_setting(refusals: Refusals, line: tuple[str, ...]) -> None:
    output, place = refusals[line].output, refusals[line].place
    assert f"{place}/gone does not exist; nothing was changed." in output
    assert "correct targets.gone.directory" in output


def test_a_waiver_without_a_reason_is_told(refusals: Refusals) -> None:
    assert "--waive trial= is not possible" in refusals[BAD_WAIVER].output


def test_a_restore_without_its_backup_or_its_reason_is_told(refusals: Refusals) -> None:
    assert "There is no backup '20261122T021041Z-4f1a'; nothing was changed." in refusals[RESTORE].output
    assert "--accept-data-loss needs a reason; nothing was changed." in refusals[NO_REASON].output


def test_a_release_that_git_could_misread_is_told(refusals: Refusals) -> None:
    assert "'--evil' is not a safe git name" in refusals[BAD_RELEASE].output


def test_nothing_of_the_rehearsal_is_set_up_for_another_target(refusals: Refusals) -> None:
    names = set((refusals[UPGRADE].place / "plugins" / "seen").read_text().split())
    assert {"runner", "inspection"} <= names
    assert names & OF_THE_REHEARSAL == set()


def test_settings_outside_the_project_in_two_words_are_an_error_of_usage(refusals: Refusals) -> None:
    # pytest takes the second word for a place to look for its own settings in, before it has read any of ours.
    assert refusals[IN_TWO_WORDS].ended.exit_code == pytest.ExitCode.USAGE_ERROR
