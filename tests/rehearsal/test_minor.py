"""The guide's automated update, and a rebuild of what is deployed: the same stages, on one deployment of v1.4.0."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from staging.deployment import PLACES, Rehearsal
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]
PLACE = PLACES / f"tests-minor-{os.getpid()}"


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    """A deployment of v1.4.0, whose builds use no cache."""
    limits = f"{outside.PATIENT}\nwatch_seconds = 2"
    with outside.deployed(PLACE, "v1.4.0", limits=limits, is_built_anew=True) as made:
        yield made


def call(rehearsal: Rehearsal, *arguments: str) -> gate.Ended:
    """Call a plan on the deployment as it is."""
    return gate.call("-m", *arguments, "--keep", f"--place={rehearsal.place}")


def test_a_minor_update_refuses_a_major_release_prepares_deploys_and_a_rebuild_follows(rehearsal: Rehearsal) -> None:
    before = outside.look(rehearsal)
    assert call(rehearsal, "minor", "--to", "v2.0.0", "--plan").exit_code == 10
    major = call(rehearsal, "minor", "--to", "v2.0.0")
    assert major.exit_code == 10, major.output
    assert "v2.0.0 is no minor release from v1.4.0" in major.output

    prepared = call(rehearsal, "minor", "--backup", "--no-restart", "--to", "v1.5.0")
    assert prepared.exit_code == 0, prepared.output
    assert "a backup is taken in every run" in prepared.output
    assert "pytest -m minor --to v1.5.0" in prepared.output
    assert outside.look(rehearsal) == before
    assert "stage-passed" in [record["event"] for record in outside.last_journal(rehearsal)]

    deployed = call(rehearsal, "minor", "--backup", "--to", "v1.5.0")
    assert deployed.exit_code == 0, deployed.output
    after = outside.look(rehearsal)
    assert (before.version, after.version) == ("1.4.0", "1.5.0")

    rebuilt = call(rehearsal, "rebuild")
    assert rebuilt.exit_code == 0, rebuilt.output
    anew = outside.look(rehearsal)
    assert (anew.version, anew.source, anew.data) == (after.version, after.source, after.data)
    assert anew.images["web"] != after.images["web"]
    assert anew.images["db"] == after.images["db"]
    assert outside.leftovers(rehearsal) == []
