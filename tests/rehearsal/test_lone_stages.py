"""A stage or plan asked for alone: what works alone changes nothing, what would leave things half way is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from staging.deployment import PLACES, Rehearsal
from tests.rehearsal import gate, outside

PLACE = PLACES / f"tests-lone-stages-{os.getpid()}"
HARMLESS = ("preflight", "verification", "watch", "backup", "trial")
ONLY_IN_UPGRADE = ("maintenance", "migration", "restart", "acceptance")


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    """A deployment of v1.4.0."""
    with outside.deployed(PLACE, "v1.4.0", limits=f"{outside.PATIENT}\nwatch_seconds = 2") as made:
        yield made


@pytest.mark.engine
@pytest.mark.parametrize("stage", HARMLESS)
def test_a_stage_that_works_alone_changes_nothing(rehearsal: Rehearsal, stage: str) -> None:
    before = outside.look(rehearsal)
    ended = gate.call("-m", stage, "--keep", "--to", "v2.0.0", f"--place={rehearsal.place}")
    assert ended.exit_code == 0, ended.output
    assert outside.look(rehearsal) == before
    assert outside.leftovers(rehearsal) == []
    assert outside.last_journal(rehearsal)[-1]["evidence"] == {"outcome": "done", "exit_code": 0}


@pytest.mark.engine
@pytest.mark.parametrize("stage", ONLY_IN_UPGRADE)
def test_a_stage_that_would_leave_things_half_way_is_refused(rehearsal: Rehearsal, stage: str) -> None:
    before, runs = outside.look(rehearsal), outside.runs(rehearsal)
    ended = gate.call("-m", stage, "--keep", "--to", "v2.0.0", f"--place={rehearsal.place}")
    assert ended.exit_code == 10, ended.output
    assert "pytest -m upgrade" in ended.output
    assert outside.look(rehearsal) == before
    assert outside.runs(rehearsal) == runs


@pytest.mark.parametrize("named", [(), ("runbook", "checks")])
def test_no_stage_and_no_check_is_selected_without_a_plan(named: tuple[str, ...]) -> None:
    collected = gate.call("--collect-only", "--quiet", *named).output.splitlines()
    assert [line for line in collected if line.startswith(("runbook/", "checks/"))] == []
