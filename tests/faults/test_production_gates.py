"""A production target: every closed gate is told before anything changes; with all of them open the run goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from staging.deployment import Rehearsal
from tests.faults.deployments import deployed
from tests.faults.refusing import assert_refused
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

TO = "v1.5.0"


def test_a_closed_gate_refuses_and_an_open_or_waived_one_lets_the_upgrade_through() -> None:
    with deployed("gates") as rehearsal:
        make_production(rehearsal)
        before = outside.look(rehearsal)

        closed = upgrade(rehearsal)
        assert_refused(closed, "✗ window", "✗ certificate", "✗ backup-age", "✗ approval", "✗ downtime", "✗ user")
        assert "✗ release-notes" not in closed.output

        tried = gate.call("-m", "trial", "--keep", "--to", TO, f"--place={rehearsal.place}")
        assert tried.exit_code == 0, tried.output
        declare(rehearsal, window=hours_from_now(1, 2))
        assert_refused(upgrade(rehearsal, "--approve", f"rehearsal:{TO}"), "1 of the gates", "✗ window: it is ")
        assert outside.look(rehearsal) == before

        declare(rehearsal, window=hours_from_now(-1, 2))
        waived = ("--approve", "rehearsal:v9.9.9", "--waive", "approval=the owner is on the telephone")
        done = upgrade(rehearsal, *waived)
        assert done.exit_code == 0, done.output
        assert "approval is waived (the owner is on the telephone)" in done.output
        assert outside.look(rehearsal).version == TO.removeprefix("v")


def upgrade(rehearsal: Rehearsal, *options: str) -> gate.Ended:
    """An upgrade of that deployment, to a minor release."""
    return gate.call("-m", "upgrade", "--keep", "--to", TO, f"--place={rehearsal.place}", *options)


def make_production(rehearsal: Rehearsal) -> None:
    """Call the deployment a production one."""
    text = rehearsal.settings_file.read_text("utf-8")
    assert "production = false" in text
    rehearsal.settings_file.write_text(text.replace("production = false", "production = true", 1), "utf-8")


def declare(rehearsal: Rehearsal, *, window: str) -> None:
    """Say what the gates need to know, with this window."""
    text = rehearsal.settings_file.read_text("utf-8").partition("\n[targets.rehearsal.gates]")[0]
    told = f'windows = ["{window}"]\ndowntime_seconds = 600\nallow_root = true\n'
    rehearsal.settings_file.write_text(f"{text}\n[targets.rehearsal.gates]\n{told}", "utf-8")


def hours_from_now(begin: int, hours: int) -> str:
    """A window that begins so many hours from now."""
    begins = datetime.now(UTC) + timedelta(hours=begin)
    return f"daily {begins:%H:%M}-{begins + timedelta(hours=hours):%H:%M}"
