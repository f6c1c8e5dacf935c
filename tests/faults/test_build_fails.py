"""D2, D3, D5: a release that cannot be built, finds no room to be built in, or was not built at all stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures import images
from staging.deployment import Rehearsal
from tests.faults import deployments, refusing
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside]

LAST_STEP = "USER punk_eco\n"
BREAKING = "RUN false\n"
FULL = "RUN --mount=type=tmpfs,target=/small,size=1m dd if=/dev/zero of=/small/file bs=1M count=2\n"
# What says that it has built, and has given the image that runs the new one's name.
CACHED = """#!/bin/sh
case " $* " in
*" build "*) exec docker image tag {project}-web {name} ;;
esac
exec docker compose "$@"
"""
BUILDING = "[targets.rehearsal.compose]\n"


def building(tag: str, step: str) -> tuple[str, Callable[[Path], None]]:
    """A release with one more step of its image's build."""
    return tag, refusing.replacing("Dockerfile", (LAST_STEP, f"{step}{LAST_STEP}"))


def assert_stopped_nothing(rehearsal: Rehearsal, before: outside.Look, release: str, *told: str) -> None:
    """Assert that an upgrade ends with its build, which is told, and with every container as it was."""
    ended = gate.call("-m", "upgrade", "--keep", "--to", release, f"--place={rehearsal.place}")
    refusing.assert_refused(ended, "dependencies", "the old version was never stopped", *told)
    assert outside.look(rehearsal) == before
    assert outside.leftovers(rehearsal) == []
    assert "maintenance" not in {record["stage"] for record in outside.last_journal(rehearsal)}


def a_stale_image_is_not_taken_for_the_release(rehearsal: Rehearsal, before: outside.Look) -> None:
    """D3: an image of another commit has the release's name, and the build ended well."""
    commit = outside.git(rehearsal, "rev-parse", "v2.0.0^{commit}")
    shim, text = rehearsal.place / "compose", rehearsal.settings_file.read_text("utf-8")
    name = images.release_name(rehearsal.project, "web", commit)
    shim.write_text(CACHED.format(project=rehearsal.project, name=name), "utf-8")
    shim.chmod(0o755)
    rehearsal.settings_file.write_text(text.replace(BUILDING, f'{BUILDING}command = ["{shim}"]\n'), "utf-8")
    assert_stopped_nothing(rehearsal, before, "v2.0.0", "Images are built from the release")
    rehearsal.settings_file.write_text(text, "utf-8")


def test_d2_d3_d5_a_build_that_fails_or_is_none_never_stops_the_old_version() -> None:
    with deployments.deployed("build-fails") as rehearsal:
        for tag, change in (building("v2.0.1-false", BREAKING), building("v2.0.1-full", FULL)):
            refusing.make_release(rehearsal, tag, change)
        before = outside.look(rehearsal)
        assert_stopped_nothing(rehearsal, before, "v2.0.1-false", "could not be built", "exit code: 1")
        assert_stopped_nothing(rehearsal, before, "v2.0.1-full", "could not be built", "No space left on device")
        a_stale_image_is_not_taken_for_the_release(rehearsal, before)
