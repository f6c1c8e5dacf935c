"""A person opens the door of a run that died behind it, users write, and the person closes it again."""

from __future__ import annotations

import pytest

from staging.clean import docker
from staging.deployment import Rehearsal, compose
from tests.faults import deployments, failpoint, injected, invariants
from tests.faults.killing import KILLED
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside]

ORDER = "insert into orders (user_id, status, total, created_at) values (1, 'pending', 3, now())"
FILE = "/data/media/written-meanwhile.png"


def call(rehearsal: Rehearsal, *arguments: str, extra: dict[str, str] | None = None) -> Ended:
    """Call the gate on a deployment."""
    return gate.call(*failpoint.PLUGIN, *arguments, f"--place={rehearsal.place}", extra=extra)


def open_and_close_by_hand(rehearsal: Rehearsal) -> None:
    """What a tired person does who wants users back, and then thinks better of it."""
    compose(rehearsal, "up", "--detach")
    injected.say(rehearsal, ORDER)
    docker("exec", injected.web(rehearsal), "sh", "-euc", f"echo x > {FILE}")
    compose(rehearsal, "stop", "web")


def orders(rehearsal: Rehearsal, database: str = outside.DATABASE) -> int:
    """How many orders a database holds."""
    with outside.database(rehearsal, database) as connection:
        return int(outside.value(connection, "select count(*) from orders"))


def test_what_was_written_then_is_not_thrown_away_without_a_word() -> None:
    with deployments.deployed("by-hand") as rehearsal:
        before, had = outside.look(rehearsal), orders(rehearsal)
        dying = failpoint.at("stage-passed maintenance", "after")
        died = call(rehearsal, "-m", "upgrade", "--keep", "--to", "v2.0.0", extra=dying)
        assert died.exit_code == KILLED, died.output
        planned = call(rehearsal, "-m", "rollback", "--plan")
        assert planned.exit_code == 0, planned.output
        open_and_close_by_hand(rehearsal)
        assert "web was started by hand since" in call(rehearsal, "-m", "status").output
        for arguments in (("-m", "upgrade", "--resume"), ("-m", "rollback")):
            stopped = call(rehearsal, *arguments)
            assert stopped.exit_code == 12, stopped.output
            for told in ("public.orders", "written-meanwhile.png", "--accept-data-loss"):
                assert told in stopped.output, stopped.output
            assert orders(rehearsal) == had + 1
        ended = call(rehearsal, "-m", "rollback", "--accept-data-loss", "a test gives it up")
        assert ended.exit_code == 11, ended.output
        after = outside.look(rehearsal)
        assert (after.data, after.source, after.version) == (before.data, before.source, before.version)
        (kept,) = [name for name in outside.databases(rehearsal) if "_failed_" in name]
        assert kept in ended.output
        assert "given up  a test gives it up" in ended.output
        assert orders(rehearsal, kept) == had + 1
        assert invariants.nothing_left(rehearsal) == []
