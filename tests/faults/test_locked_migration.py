"""E3, E10: somebody holds a lock while the door is closed. The migration waits a bounded time, tries again, goes back.

The session comes in after nobody was left on the database, as a person with psql may. Beside it G5: what the old
version cannot do on the new schema was found out on the clone before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest

from staging.deployment import Rehearsal
from tests.faults import deployments, failpoint, injected, living, releasing
from tests.faults.living import Living
from tests.rehearsal import outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

SETTINGS = "\nsessions_seconds = 2\n\n[targets.rehearsal.migrations]\nlock_timeout_seconds = 2\nlock_attempts = 2\n"
PATIENT = "lock_timeout_seconds = 120"
HEAD = "d9135e7b80c4"
INDEX = (
    "with op.get_context().autocommit_block():\n"
    "        op.execute('CREATE INDEX CONCURRENTLY ix_city ON addresses (city)')"
)
# What is told while it waits: the running revision, who waits, and for whom.
WAITS = re.compile(r"revision \d of \d: \w+ .*; pid \d+ waits for a lock of pid \d+ \(idle in transaction, punk_eco")
READING = "set transaction isolation level repeatable read; select 1"
# A session that builds an index and waits for ours to end.
BUILDING = """
    select pid from pg_stat_activity
     where query like 'CREATE INDEX CONCURRENTLY%' and pid <> pg_backend_pid() and wait_event_type = 'Lock'
"""


@pytest.mark.beside(long=True)
def test_e3_e10_g5_a_migration_that_meets_a_lock_waits_tries_again_and_goes_back() -> None:
    with deployments.deployed("locked", more=SETTINGS) as rehearsal:
        before = outside.look(rehearsal)
        e3_a_lock_that_stays(rehearsal)
        assert rolled_back_from(rehearsal) == before.data
        e10_an_index_that_is_cancelled(rehearsal)
        assert rolled_back_from(rehearsal) == before.data
        e3_a_lock_that_goes_away(rehearsal)
        assert outside.version(rehearsal) == "2.0.0"
        g5_the_old_version_cannot_work_on_the_new_schema(rehearsal)


def rolled_back_from(rehearsal: Rehearsal) -> tuple[object, ...]:
    """The data of a deployment that must serve the old version, with nothing left of the run."""
    after = outside.look(rehearsal)
    assert after.version == "1.4.0"
    assert outside.leftovers(rehearsal) == []
    return after.data


@contextmanager
def held(rehearsal: Rehearsal, tag: str, lock: str) -> Iterator[tuple[Living, psycopg.Connection]]:
    """An upgrade whose migration is about to begin, and a session that holds a lock from there on."""
    command = ("-m", "upgrade", "--keep", "--to", tag, f"--place={rehearsal.place}")
    stopping = failpoint.at("stage-begun migration", "SIGSTOP")
    with living.begun(*failpoint.PLUGIN, *command, extra=stopping) as runner:
        runner.until_stopped()
        # The way back ends this session, which is no failure of the test's.
        with suppress(psycopg.OperationalError), outside.database(rehearsal) as connection:
            connection.execute(f"begin; {lock}".encode())
            runner.go_on()
            yield runner, connection


def e3_a_lock_that_stays(rehearsal: Rehearsal) -> None:
    """E3: a reader that never ends; the migration is tried as often as is set, then the old version comes back."""
    with held(rehearsal, "v2.0.0", "lock table orders in access share mode") as (runner, _):
        assert runner.wait() == 11, runner.said()
        said = runner.said()
    assert "was not granted a lock in time" in said, said
    assert WAITS.search(said), said
    again = [record["evidence"] for record in outside.last_journal(rehearsal) if "attempt" in record["evidence"]]
    assert [record["attempt"] for record in again] == ["2"]
    assert "idle in transaction" in again[0]["sessions"]


def e3_a_lock_that_goes_away(rehearsal: Rehearsal) -> None:
    """E3: a reader that ends while the migration is tried again; users notice a longer outage and nothing else."""
    with held(rehearsal, "v2.0.0", "lock table orders in access share mode") as (runner, connection):
        runner.until("another attempt", lambda: is_tried_again(rehearsal))
        connection.execute("commit")
        connection.close()
        assert runner.wait() == 0, runner.said()


def g5_the_old_version_cannot_work_on_the_new_schema(rehearsal: Rehearsal) -> None:
    """G5: users' names stand in other columns now; the old code alone is no way back."""
    commit = outside.look(rehearsal).commit
    found = json.loads((rehearsal.state_directory / "certificates" / f"{commit}.json").read_text("utf-8"))
    assert found["compatibility"] == "not compatible"
    assert "cannot log in" in str(found["old_version_cannot"]), found


def is_tried_again(rehearsal: Rehearsal) -> bool:
    """Whether the newest run has journalled that it migrates once more."""
    return any("attempt" in record["evidence"] for record in outside.last_journal(rehearsal))


def e10_an_index_that_is_cancelled(rehearsal: Rehearsal) -> None:
    """E10: somebody cancels the statement that builds an index concurrently; it is left invalid, and all goes back."""
    releasing.tag(rehearsal, "v2.0.1-index", "v2.0.0", releasing.revision("eeee2", HEAD, INDEX))
    text = rehearsal.settings_file.read_text("utf-8")
    rehearsal.settings_file.write_text(text.replace("lock_timeout_seconds = 2", PATIENT), "utf-8")
    with held(rehearsal, "v2.0.1-index", READING) as (runner, _):
        injected.eventually("an index that waits for us", lambda: cancel_building(rehearsal))
        assert runner.wait() == 11, runner.said()
        said = runner.said()
    rehearsal.settings_file.write_text(text, "utf-8")
    assert "was ended from outside" in said, said
    assert "left half built: index public.ix_city" in said, said


def cancel_building(rehearsal: Rehearsal) -> bool:
    """Cancel the statement that builds an index, if it waits already; say whether it did."""
    with outside.database(rehearsal) as connection:
        found = connection.execute(BUILDING).fetchall()
        for (process,) in found:
            connection.execute("select pg_cancel_backend(%s)", [process])
    return bool(found)
