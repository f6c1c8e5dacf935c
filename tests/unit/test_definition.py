"""Definitions: asked for once for the same bytes, and again for any others."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures import definition
from fixtures.command import CommandFailed, CommandResult
from fixtures.compose import Compose
from fixtures.host import Host
from tests.unit.recording import RecordingHost, answering_config, project


@pytest.fixture
def host() -> RecordingHost:
    return RecordingHost(answers=answering_config({"services": {"web": {}}}) | {("config", "--hash"): "web h1"})


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [tmp_path / "docker-compose.yml", tmp_path / ".env"]
    for file in made:
        file.write_text("services: {}")
    return made


def test_what_is_unchanged_is_not_asked_for_again(host: RecordingHost, files: list[Path]) -> None:
    here = files[0].parent
    assert project(host, here).config == project(host, here).config == {"services": {"web": {}}}
    assert len(host.commands) == 1


def test_an_answer_is_handed_out_anew_each_time(host: RecordingHost, files: list[Path]) -> None:
    project(host, files[0].parent).config["services"].clear()
    assert project(host, files[0].parent).config == {"services": {"web": {}}}


def same_size_and_time(files: list[Path]) -> None:
    """An edit that neither the size nor the times of a file tell of."""
    before = files[0].stat()
    files[0].write_text("services: []")
    os.utime(files[0], ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES: dict[str, Callable[[list[Path]], object]] = {
    "the Compose file, its time kept": same_size_and_time,
    "the environment file": lambda files: files[1].write_text("PORT=1"),
    "a file that is gone": lambda files: files[1].unlink(),
    "a Compose file that leads elsewhere": lambda files: files[0].write_text("include: [other.yml]"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_asked_for_again(host: RecordingHost, files: list[Path], change: str) -> None:
    project(host, files[0].parent).config  # noqa: B018
    CHANGES[change](files)
    project(host, files[0].parent).config  # noqa: B018
    assert len(host.commands) == 2


def test_another_variable_is_asked_for_again(
    host: RecordingHost, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project(host, files[0].parent).config  # noqa: B018
    monkeypatch.setenv("PUNK_ECO_PORT", "1")
    project(host, files[0].parent).config  # noqa: B018
    assert len(host.commands) == 2


def test_the_name_of_the_test_that_happens_changes_nothing(
    host: RecordingHost, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("preflight", "backup"):
        monkeypatch.setenv("PYTEST_CURRENT_TEST", name)
        project(host, files[0].parent).config  # noqa: B018
    assert len(host.commands) == 1


@pytest.mark.parametrize("word", ["include", "extends", "env_file", "label_file"])
def test_files_that_lead_elsewhere_are_read_each_time(host: RecordingHost, files: list[Path], word: str) -> None:
    files[0].write_text(f"{word}: other")
    for _ in range(2):
        project(host, files[0].parent).config  # noqa: B018
    assert len(host.commands) == 2


def test_another_question_is_another_answer(host: RecordingHost, files: list[Path]) -> None:
    here, other = project(host, files[0].parent), files[0].with_name("more.yml")
    other.write_text("services: {}")
    for compose in (here, here.with_files(other), Compose(host, here.directory, "else", here.files, here.env_files)):
        compose.config  # noqa: B018
    assert len(host.commands) == 3


def test_a_file_that_changes_while_it_is_read_is_not_kept(files: list[Path]) -> None:
    class Editing(Host):
        def run(self, *arguments: object, **options: object) -> CommandResult:
            files[0].write_text("services: [later]")
            return CommandResult((), 0, "of whichever", "", 0.0)

    host = Editing()
    assert definition.ask(host, ["docker"], files[0].parent, files) == "of whichever"
    assert host.definitions == {}


def test_a_failure_is_not_kept(files: list[Path]) -> None:
    host = Host()
    for argv in (["false"], ["false"]):
        with pytest.raises(CommandFailed):
            definition.ask(host, argv, files[0].parent, files)
    assert host.definitions == {}
