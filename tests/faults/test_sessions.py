"""Somebody else has the database open: waited for while users are served, then refused; never found out in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from staging.clean import docker
from staging.deployment import Rehearsal
from tests.faults import injected, invariants
from tests.faults.deployments import deployed
from tests.faults.failpoint import PLUGIN, at
from tests.faults.living import begun
from tests.faults.refusing import assert_refused, preflight
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

SHORT, LONG = "sessions_seconds = 2", "sessions_seconds = 60"
POLLS = 6
DUMPS = "select count(*) from pg_stat_activity where application_name = 'pg_dump' and wait_event_type = 'Lock'"
# Only who looks for sessions enters this database, once each time.
LOOKS = "select sessions from pg_stat_database where datname = 'postgres'"


@pytest.mark.beside
def test_b16_c11_a_session_that_stays_is_refused_and_one_that_ends_is_waited_for() -> None:
    with deployed("sessions", more=f"\n{SHORT}") as rehearsal:
        before = outside.look(rehearsal)

        with forgotten(rehearsal):
            told = ("punk_eco open", "with forgotten", "idle in transaction since", "select 41 + 1", "terminate")
            assert_refused(preflight(rehearsal), *told)

        with dumping(rehearsal):
            assert_refused(preflight(rehearsal), "with pg_dump, active since", "let a dump come to its end")

        patient(rehearsal)
        arguments = ("-m", "preflight", "--keep", "--to", "v2.0.0", f"--place={rehearsal.place}")
        with dumping(rehearsal), begun(*arguments) as living:
            seen = looks(rehearsal)
            living.until("a run that waits", lambda: looks(rehearsal) >= seen + POLLS)
            injected.say(
                rehearsal, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'forgotten'"
            )
            assert living.wait() == 0, living.said()

        assert outside.look(rehearsal) == before
        assert invariants.nothing_left(rehearsal) == []


@pytest.mark.beside(long=True)
def test_b16_a_session_that_comes_later_is_refused_before_the_door_closes_and_leads_back_after_it() -> None:
    with deployed("later-sessions", more=f"\n{SHORT}") as rehearsal:
        before = outside.look(rehearsal)
        ended = upgraded_with_a_session_from(rehearsal, "stage-passed trial")
        assert_refused(ended, "the door was not closed", "with forgotten")
        assert invariants.violations(rehearsal, before, ended) == []
        assert not invariants.has_closed(rehearsal)

        before = outside.look(rehearsal)
        ended = upgraded_with_a_session_from(rehearsal, "door-closing maintenance")
        assert ended.exit_code == 11, ended.output
        assert "with forgotten, idle in transaction" in ended.output
        assert invariants.violations(rehearsal, before, ended) == []


def upgraded_with_a_session_from(rehearsal: Rehearsal, point: str) -> gate.Ended:
    """Upgrade; from one record of the journal on somebody has a session that is left open."""
    arguments = ("-m", "upgrade", "--keep", "--to", "v2.0.0", f"--place={rehearsal.place}")
    with begun(*PLUGIN, *arguments, extra=at(point, "SIGSTOP")) as living:
        living.until_stopped()
        with forgotten(rehearsal):
            living.go_on()
            exit_code = living.wait()
        return gate.Ended(exit_code, living.said(), {})


@contextmanager
def forgotten(rehearsal: Rehearsal, statement: str = "select 41 + 1") -> Iterator[None]:
    """A session that has begun a transaction and does nothing more."""
    with outside.database(rehearsal) as connection:
        connection.execute("set application_name = 'forgotten'")
        connection.execute("begin")
        connection.execute(statement.encode())
        try:
            yield
        finally:
            connection.close()


@contextmanager
def dumping(rehearsal: Rehearsal) -> Iterator[None]:
    """A real dump, which waits for a table that a forgotten session keeps locked."""
    database = outside.containers(rehearsal)["db"].id
    table = injected.said_to_database(rehearsal, "create table kept_locked ()", "drop table kept_locked")
    with table, forgotten(rehearsal, "lock table kept_locked in access exclusive mode"):
        docker("exec", "--detach", database, "pg_dump", "--username=punk_eco", "--file=/dev/null", "punk_eco")
        injected.eventually("a dump that waits", lambda: bool(asked(rehearsal, DUMPS)))
        yield


def asked(rehearsal: Rehearsal, query: str) -> int:
    """A number that the server answers."""
    with outside.database(rehearsal) as connection:
        return int(outside.value(connection, query))


def looks(rehearsal: Rehearsal) -> int:
    """How often somebody has looked for sessions."""
    return asked(rehearsal, LOOKS)


def patient(rehearsal: Rehearsal) -> None:
    """Let runs wait longer for sessions."""
    text = rehearsal.settings_file.read_text("utf-8")
    rehearsal.settings_file.write_text(text.replace(SHORT, LONG), "utf-8")
