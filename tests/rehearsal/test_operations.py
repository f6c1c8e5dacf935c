"""The guide's single commands, each as an operation on one deployment: recorded, reported, and held to what is so."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from textwrap import dedent

import pytest

from staging.clean import docker
from staging.deployment import PLACES, Rehearsal, compose
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]
PLACE = PLACES / f"tests-operations-{os.getpid()}"
HEAD = "e6a41d92c0b7"
NEWER = "0c1d2e3f4a5b"
INDEX = dedent(
    f'''\
    """An index on totals."""

    from alembic import op

    revision = "{NEWER}"
    down_revision = "{HEAD}"


    def upgrade() -> None:
        op.create_index("ix_orders_total", "orders", ["total"])


    def downgrade() -> None:
        op.drop_index("ix_orders_total", table_name="orders")
    '''
)
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
    planned = call(rehearsal, operation, "--plan")
    assert (planned.exit_code, planned.output.count("      $ ")) == (0, 1), planned.output
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
            said = seen + process.communicate(timeout=120)[0]
        finally:
            process.kill()
    assert process.returncode == 0, said
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


# what changes the database -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def newer(rehearsal: Rehearsal) -> Rehearsal:
    """The deployment with a further migration in its source and in its image, which was never run."""
    (rehearsal.directory / f"migrations/versions/{NEWER}_index.py").write_text(INDEX, "utf-8")
    outside.git(rehearsal, "add", "migrations")
    author = ("-c", "user.name=Operator", "-c", "user.email=operator@example.org")
    outside.git(rehearsal, *author, "commit", "--quiet", "--message", "An index on totals")
    compose(rehearsal, "build", "web")
    compose(rehearsal, "up", "--detach", "--wait")
    return rehearsal


def index(rehearsal: Rehearsal) -> bool:
    """Whether the index of the further migration is there."""
    with outside.database(rehearsal) as connection:
        return bool(outside.value(connection, "select count(*) from pg_indexes where indexname = 'ix_orders_total'"))


def revision(rehearsal: Rehearsal) -> str:
    """The revision that the database is at."""
    with outside.database(rehearsal) as connection:
        return str(outside.value(connection, "select version_num from alembic_version"))


def data(look: outside.Look) -> tuple[object, ...]:
    """What users would miss; the revision is no part of it."""
    return {name: told for name, told in look.tables.items() if name != "alembic_version"}, look.media, look.volumes


def test_upgrade_downgrade_and_stamp_change_nothing_but_what_they_say(newer: Rehearsal) -> None:
    before = outside.look(newer)
    upgraded = call(newer, "database_upgrade")
    assert upgraded.exit_code == 0, upgraded.output
    assert (index(newer), revision(newer)) == (True, NEWER)
    assert f"{NEWER} (An index on totals.): is run" in upgraded.output
    assert "door-closing" in [record["event"] for record in outside.last_journal(newer)]
    assert call(newer, "database_upgrade").exit_code == 0

    undoing = outside.look(newer)
    planned = call(newer, "downgrade", "--revision=-1", "--plan")
    assert planned.exit_code == 0, planned.output
    assert f"{NEWER} (An index on totals.): is undone" in planned.output
    assert f"flask db downgrade {HEAD}" in planned.output
    assert outside.look(newer) == undoing

    lossy = call(newer, "downgrade", "--revision=c2905be71f38")
    assert lossy.exit_code == 11, lossy.output
    assert "the column is gone" in lossy.output
    assert (index(newer), revision(newer)) == (True, NEWER)
    assert data(outside.look(newer)) == data(before)

    unknown = call(newer, "downgrade", "--revision=ffffffffffff")
    assert unknown.exit_code == 10, unknown.output

    back = call(newer, "downgrade", "--revision=-1")
    assert back.exit_code == 0, back.output
    assert (index(newer), revision(newer)) == (False, HEAD)

    stamped = call(newer, "stamp", f"--revision={NEWER}", "--reason", "the index is made by hand tonight")
    assert stamped.exit_code == 0, stamped.output
    assert (index(newer), revision(newer)) == (False, NEWER)
    assert f"{NEWER} (An index on totals.): counts as applied, and is not run" in stamped.output
    assert "made by hand tonight" in stamped.output

    after = outside.look(newer)
    assert (data(after), after.source) == (data(before), before.source)
    assert outside.leftovers(newer) == []
