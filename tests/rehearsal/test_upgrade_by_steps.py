"""Green upgrades to the next minor release, and from that to a branch, of a deployment with an index made by hand."""

from __future__ import annotations

import os

import pytest

from staging.deployment import PLACES
from tests.rehearsal import outside
from tests.rehearsal.upgrading import LIMITS, Upgrade, result, upgrade

pytestmark = pytest.mark.engine

PLACE = PLACES / f"tests-by-steps-{os.getpid()}"


@pytest.fixture(scope="module")
def by_steps() -> list[Upgrade]:
    """The upgrade of v1.4.0 to the next minor release, and that of it to wherever the branch `main` is."""
    with outside.deployed(PLACE, "v1.4.0", limits=LIMITS) as rehearsal:
        with outside.database(rehearsal) as connection:
            connection.execute("create index ix_by_hand on users (phone)")
        return [upgrade(rehearsal, release) for release in ("v1.5.0", "main")]


def test_a_hand_made_index_is_told_and_refused_by_nobody(by_steps: list[Upgrade]) -> None:
    for found in by_steps:
        assert found.ended.exit_code == 0, found.ended.output
        assert result(found, "Drift")["differences"] == ["INDEX ix_by_hand is not made by any migration"]
        assert "⚠ drift: INDEX ix_by_hand" in found.ended.output


def test_a_minor_release_is_deployed(by_steps: list[Upgrade]) -> None:
    minor, _ = by_steps
    assert (minor.ended.exit_code, minor.after.version) == (0, "1.5.0"), minor.ended.output
    assert minor.after.media == minor.before.media


def test_a_branch_is_deployed_as_a_branch(by_steps: list[Upgrade]) -> None:
    _, main = by_steps
    assert (main.ended.exit_code, main.after.version) == (0, "2.0.0"), main.ended.output
    assert (main.before.version, main.before.branch, main.after.branch) == ("1.5.0", "", "main")
