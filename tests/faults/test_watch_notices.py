"""F6, F9: what gets worse after users were let in is told with the way back, or taken back where that is set."""

from __future__ import annotations

import pytest

from staging.clean import docker
from tests.faults import deployments, injected, invariants, living
from tests.rehearsal import outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside(long=True)]

ROLL_BACK = "\n[targets.rehearsal.watch]\nroll_back = true\n"
FAULT = "echo 'ERROR planted by a test' > /proc/1/fd/2"


@pytest.mark.parametrize(
    ("more", "exit_code", "serves", "told"),
    [
        ("", 12, "1.5.0", "pytest -m rollback --target rehearsal"),
        (ROLL_BACK, 11, "1.4.0", "watch.roll_back is set"),
    ],
    ids=["told", "taken back"],
)
def test_errors_after_the_opening(more: str, exit_code: int, serves: str, told: str) -> None:
    with deployments.deployed("watched", more=more) as rehearsal:
        before = outside.look(rehearsal)
        arguments = ("-m", "upgrade", "--keep", "--to", "v1.5.0", f"--place={rehearsal.place}")
        with living.begun(*arguments) as run:
            run.until_recorded(rehearsal, "stage-begun", "watch")
            docker("exec", injected.web(rehearsal), "sh", "-euc", FAULT)
            ended = run.wait()
            said = run.said()
        assert (ended, outside.version(rehearsal)) == (exit_code, serves), said
        assert told in said
        assert outside.look(rehearsal).volumes == before.volumes
        assert invariants.nothing_left(rehearsal) == []
        assert invariants.journal_agrees(rehearsal, ended) == []
