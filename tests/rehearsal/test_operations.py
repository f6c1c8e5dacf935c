"""The guide's single commands, each as an operation on one deployment: recorded, reported, and held to what is so."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from staging.clean import docker
from staging.deployment import PLACES, Rehearsal
from tests.rehearsal import gate, outside

pytestmark = pytest.mark.engine
PLACE = PLACES / f"tests-operations-{os.getpid()}"
HEAD = "e6a41d92c0b7"
# Each command of the guide that only asks, and what a person must be able to read then.
SHOWN = {
    "current": f"{HEAD} (head)",
    "heads": f"{HEAD} (head)",
    "history": "<base> -> 4b1f0c6d2a91",
    "freeze": "Flask-Migrate==",
    "logs": "GET /version",
    "ps": "-web-1",
    "ready": "accepts connections",
}


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    """A deployment of v1.4.0."""
    with outside.deployed(PLACE, "v1.4.0") as made:
        yield made


def call(rehearsal: Rehearsal, *arguments: str) -> gate.Ended:
    """Call an operation on the deployment."""
    return gate.call("-m", *arguments, f"--place={rehearsal.place}")


@pytest.mark.parametrize(("operation", "shown"), SHOWN.items())
def test_a_command_that_asks_shows_its_answer_is_recorded_and_changes_nothing(
    rehearsal: Rehearsal, operation: str, shown: str
) -> None:
    before = outside.look(rehearsal)
    ended = call(rehearsal, operation)
    assert ended.exit_code == 0, ended.output
    assert shown.lower() in ended.output.lower()
    records = outside.last_journal(rehearsal)
    assert records[0]["evidence"]["plan"] == operation
    assert records[-1]["evidence"] == {"outcome": "done", "exit_code": 0}
    assert outside.look(rehearsal) == before
    assert outside.leftovers(rehearsal) == []


def test_followed_logs_are_shown_as_they_come_until_ctrl_c(rehearsal: Rehearsal) -> None:
    outside.look(rehearsal)
    command = gate.argv("-m", "logs", "--follow", f"--place={rehearsal.place}")
    with subprocess.Popen(
        command, cwd=gate.ROOT, env=gate.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            seen = next(line for line in process.stdout if "GET /version" in line)
            process.send_signal(signal.SIGINT)
            said = seen + process.stdout.read()
            exit_code = process.wait(timeout=60)
        finally:
            process.kill()
    assert exit_code == 0, said
    assert outside.last_journal(rehearsal)[-1]["evidence"] == {"outcome": "done", "exit_code": 0}


def test_what_does_not_run_fails_the_commands_that_ask_for_it(rehearsal: Rehearsal) -> None:
    found = outside.look(rehearsal).containers
    docker("container", "stop", found["web"].id)
    containers = call(rehearsal, "ps")
    docker("container", "start", found["web"].id)
    assert (containers.exit_code, set(containers.failures)) == (10, {"operation_containers_run"})
    with outside.database(rehearsal) as connection:
        connection.execute("update alembic_version set version_num = 'c2905be71f38'")
    behind = call(rehearsal, "migration_new", "--message", "not from here")
    with outside.database(rehearsal) as connection:
        connection.execute("update alembic_version set version_num = 'ffffffffffff'")
    current = call(rehearsal, "current")
    with outside.database(rehearsal) as connection:
        connection.execute("update alembic_version set version_num = %s", [HEAD])
    assert (current.exit_code, behind.exit_code) == (10, 10)
    assert "ffffffffffff" in current.output
    assert outside.look(rehearsal).changes == ""


def test_a_new_migration_is_a_file_that_is_shown_and_applied_to_nothing(rehearsal: Rehearsal) -> None:
    same = call(rehearsal, "migration_new", "--message", "nothing differs")
    assert same.exit_code == 10
    assert "No migration was generated" in same.output
    with outside.database(rehearsal) as connection:
        connection.execute("create table left_over (id integer primary key)")
    before = outside.look(rehearsal)
    ended = call(rehearsal, "migration_new", "--message", "Remove what is left over")
    after = outside.look(rehearsal)
    with outside.database(rehearsal) as connection:
        connection.execute("drop table left_over")
    written = [line.removeprefix("?? ") for line in after.changes.splitlines()]
    for path in written:
        (rehearsal.directory / path).unlink()
    assert ended.exit_code == 0, ended.output
    assert [path.endswith("_remove_what_is_left_over.py") for path in written] == [True]
    for text in (written[0], "op.drop_table('left_over')", f"down_revision = '{HEAD}'", "⚠ irreversible"):
        assert text in ended.output
    assert (after.containers, after.data, after.commit) == (before.containers, before.data, before.commit)
