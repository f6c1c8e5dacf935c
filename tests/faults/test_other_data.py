"""A deployment that works on other data than before, though nothing has failed: refused, and told where the data is."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from staging import clean, maker
from staging.clean import docker
from staging.deployment import Rehearsal, compose
from tests.faults.deployments import deployed
from tests.faults.refusing import assert_refused, preflight
from tests.rehearsal import outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

NAME = "COMPOSE_PROJECT_NAME"


@pytest.mark.beside
def test_b10_new_empty_volumes_after_a_directory_was_renamed_are_refused_and_the_old_ones_named() -> None:
    with deployed("renamed") as rehearsal:
        made = outside.volumes(rehearsal)
        compose(rehearsal, "down")
        moved = renamed(rehearsal)
        try:
            docker("tag", f"{rehearsal.project}-web", f"{moved.project}-web")
            compose(moved, "up", "--detach", "--no-build")
            ended = preflight(moved)
            volume = f"{rehearsal.project}_db_data"
            assert_refused(ended, "it has no tables", f"volume {volume}, made {made[volume]}", NAME)
            assert not (rehearsal.state_directory / "identity.json").exists()
        finally:
            clean.remove_project(moved.project)
        assert outside.volumes(rehearsal) == made


@pytest.mark.beside
def test_b10_other_data_than_the_last_preflight_saw_is_refused_until_it_is_accepted() -> None:
    with deployed("other-data") as rehearsal:
        known = rehearsal.state_directory / "identity.json"
        assert preflight(rehearsal).exit_code == 0
        assert known.stat().st_mode & 0o777 == 0o600

        text = known.read_text("utf-8")
        known.write_text(re.sub(r"\[\s+\"\d+\"", '["-1"', text), "utf-8")
        assert_refused(preflight(rehearsal), "none of the first rows of its tables is found any more")
        known.write_text(text, "utf-8")

        compose(rehearsal, "down")
        docker("volume", "rm", f"{rehearsal.project}_media")
        maker.start(rehearsal)
        told = ("works on other data than before", f"volume {rehearsal.project}_media, made", f"move {known} aside")
        assert_refused(preflight(rehearsal), *told)

        known.rename(known.with_suffix(".aside"))
        ended = preflight(rehearsal)
        assert "works on other data" not in ended.output
        assert known.exists()


def renamed(rehearsal: Rehearsal) -> Rehearsal:
    """The deployment after its directory was renamed, from which Compose takes the project's name."""
    directory = rehearsal.directory.with_name(f"{rehearsal.project}-moved")
    rehearsal.directory.rename(directory)
    for file, old, new in (
        (directory / ".env", f"{NAME}={rehearsal.project}\n", ""),
        (rehearsal.settings_file, str(rehearsal.directory), str(directory)),
    ):
        replace_text(file, old, new)
    return replace(rehearsal, directory=directory, project=directory.name)


def replace_text(file: Path, old: str, new: str) -> None:
    """Put a text in the place of another. Raise LookupError where that is not."""
    text = file.read_text("utf-8")
    if old not in text:
        raise LookupError(f"{file} has no {old!r}")
    file.write_text(text.replace(old, new), "utf-8")
