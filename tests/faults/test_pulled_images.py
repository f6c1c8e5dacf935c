"""Releases whose image is pulled from a private registry, under one name for all of them, and not built."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from staging.clean import docker
from staging.deployment import Rehearsal, compose
from tests.faults import deployments, invariants, refusing, registry
from tests.faults.registry import Registry
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

TAG = "stable"
PULLED = '[targets.rehearsal.compose]\npull = ["web"]\n'
BUILT = "[targets.rehearsal.compose]\n"


@pytest.fixture(scope="module")
def private() -> Iterator[Registry]:
    """A registry that wants a password."""
    with registry.running() as started:
        yield started


@pytest.fixture(scope="module")
def rehearsal(private: Registry) -> Iterator[Rehearsal]:
    """A deployment that was built until now, and whose releases come from the registry from now on."""
    with deployments.deployed("pulled") as made:
        text = made.settings_file.read_text("utf-8")
        made.settings_file.write_text(text.replace(BUILT, PULLED), "utf-8")
        for base in ("v1.5.0", "v2.0.0", "v2.0.1-dies-on-boot"):
            change = refusing.replacing("docker-compose.yml", ("    build: .\n", f"    image: {private.name(TAG)}\n"))
            refusing.make_release(made, pulled(base), change, base=base)
        yield made


def pulled(release: str) -> str:
    """The tag of the release that is the same, and says where its image is pulled from."""
    return f"{release}-pulled"


def call(rehearsal: Rehearsal, *arguments: str, by: Registry | None = None) -> Ended:
    """Call the gate as somebody who is logged in at a registry, or as somebody who is not."""
    return gate.call(*arguments, f"--place={rehearsal.place}", extra=by.environment if by else None)


def upgraded(rehearsal: Rehearsal, release: str, by: Registry | None = None) -> Ended:
    """Upgrade to a release that is pulled."""
    return call(rehearsal, "-m", "upgrade", "--keep", "--to", pulled(release), by=by)


def assert_nothing_moves_by_a_plain_up(rehearsal: Rehearsal, private: Registry) -> None:
    """Assert that a person's `docker compose up -d` finds all of it as the files have it."""
    before = outside.containers(rehearsal)
    compose(rehearsal, "up", "--detach")
    assert outside.containers(rehearsal) == before


def test_who_is_not_logged_in_is_told_so_and_nothing_changes(rehearsal: Rehearsal, private: Registry) -> None:
    private.push("v1.5.0", TAG)
    before = outside.look(rehearsal)
    ended = upgraded(rehearsal, "v1.5.0")
    refusing.assert_refused(ended, "could not be pulled", "docker login", "the old version was never stopped")
    assert outside.look(rehearsal) == before


def test_a_release_is_pulled_and_serves(rehearsal: Rehearsal, private: Registry) -> None:
    known = private.push("v1.5.0", TAG)
    ended = upgraded(rehearsal, "v1.5.0", private)
    assert ended.exit_code == 0, ended.output
    seen = outside.look(rehearsal)
    assert (seen.version, seen.images["web"]) == ("1.5.0", known)
    assert_nothing_moves_by_a_plain_up(rehearsal, private)


def test_a_release_that_the_trial_refuses_leaves_the_name_to_the_image_that_runs(
    rehearsal: Rehearsal, private: Registry
) -> None:
    private.push("v2.0.1-dies-on-boot", TAG)
    before = outside.look(rehearsal)
    ended = upgraded(rehearsal, "v2.0.1-dies-on-boot", private)
    assert ended.exit_code == 10, ended.output
    assert outside.look(rehearsal) == before
    assert docker("image", "inspect", "--format", "{{.Id}}", private.name(TAG)) == [before.images["web"]]
    assert_nothing_moves_by_a_plain_up(rehearsal, private)


def test_the_next_release_of_the_same_name_is_pulled_and_taken_back(rehearsal: Rehearsal, private: Registry) -> None:
    known, before = private.push("v2.0.0", TAG), outside.look(rehearsal)
    green = upgraded(rehearsal, "v2.0.0", private)
    assert green.exit_code == 0, green.output
    assert outside.look(rehearsal).images["web"] == known != before.images["web"]
    back = call(rehearsal, "-m", "rollback")
    assert back.exit_code == 11, back.output
    after = outside.look(rehearsal)
    assert (after.version, after.images) == ("1.5.0", before.images)
    assert_nothing_moves_by_a_plain_up(rehearsal, private)
    assert invariants.nothing_left(rehearsal) == []
