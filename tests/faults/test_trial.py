"""What a release would do to the data is found out on the clone and called by its name; the old version never stops.

E1, E2, E4, E9, E10 and F11, all on one deployment, with releases that are committed and tagged at its remote. E11 is
`v2.0.1-migration-raises` in tests/rehearsal/test_broken_releases.py; downgrades are in test_ways_back.py.
"""

from __future__ import annotations

import json

import pytest

from staging.clean import docker
from staging.deployment import Rehearsal
from staging.origin import git
from tests.faults import deployments, injected, listening, releasing
from tests.faults.listening import Trap
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

HEAD = "d9135e7b80c4"
APPLICATION = "punk_eco/__init__.py"
WAIVED = ("--waive", "trial=a test shows the way back")
CALL_OUT = """
import socket
for host in {hosts!r}:
    for port in {ports!r}:
        try:
            socket.create_connection((host, port), 2).close()
        except OSError:
            pass
"""


@pytest.mark.beside(long=True)
def test_e1_e2_e4_e9_e10_f11_the_trial_calls_a_fault_by_its_name() -> None:
    with deployments.deployed("trial", "v2.0.0") as rehearsal:
        injected.say(rehearsal, "create type mood as enum ('calm')")
        before = outside.look(rehearsal)
        judges = (
            e4_rows_and_values_that_are_lost,
            e9_an_enum_value_used_too_early,
            e10_an_index_left_invalid,
            f11_nobody_hears_of_the_clone,
            e1_e2_a_migration_that_stops_half_way,
        )
        for judge in judges:
            judge(rehearsal)
            assert outside.leftovers(rehearsal) == [], judge.__name__
            after = outside.look(rehearsal)
            assert (after.data, after.source, after.version) == (before.data, before.source, before.version)


def refused(rehearsal: Rehearsal, tag: str, *named: str) -> None:
    """Have a release refused by its trial, with all these parts of an answer, and no container touched."""
    containers = outside.containers(rehearsal)
    ended = gate.call("-m", "trial", "--keep", "--to", tag, f"--place={rehearsal.place}")
    said = f"{ended.output}\n{ended.failures}"
    assert ended.exit_code == 10, said
    assert [part for part in named if part not in said] == [], said
    assert [part for part in named if part not in reported(rehearsal)] == []
    assert outside.containers(rehearsal) == containers


def reported(rehearsal: Rehearsal) -> str:
    """The text of all results in the report of the newest run."""
    directory = gate.REPORTS / "runs" / outside.newest_run(rehearsal).name
    results = [json.loads(file.read_text("utf-8")) for file in directory.rglob("*-result.json")]
    assert results, directory
    return "\n".join(str(result) for result in results)


def e4_rows_and_values_that_are_lost(rehearsal: Rehearsal) -> None:
    """E4: every seventh row, one value of one row, and all that a column held, lost with exit code 0."""
    statements = (
        "DELETE FROM order_lines WHERE order_id % 7 = 0",
        "DELETE FROM orders WHERE id % 7 = 0",
        "UPDATE products SET name = name || '!' WHERE id = 7",
        "UPDATE users SET phone = NULL",
    )
    upgrade = "; ".join(f'op.execute("{statement}")' for statement in statements)
    releasing.tag(rehearsal, "v2.0.1-damage", "v2.0.0", releasing.revision("dddd1", HEAD, upgrade))
    refused(
        rehearsal,
        "v2.0.1-damage",
        "public.orders: 300 rows gone (2101 before, 1801 now): id = 7; 14; 21",
        "public.products.name: not what it was, among 1 row changed: id = 7",
        "public.users.phone: emptied, among",
    )


def e9_an_enum_value_used_too_early(rehearsal: Rehearsal) -> None:
    """E9: a value is added to an enum and used in the same transaction."""
    upgrade = (
        "op.execute(\"ALTER TYPE mood ADD VALUE 'wild'\"); "
        "op.add_column('users', sa.Column('mood', sa.Text(), server_default=sa.text(\"'wild'::mood::text\")))"
    )
    releasing.tag(rehearsal, "v2.0.1-mood", "v2.0.0", releasing.revision("eeee1", HEAD, upgrade))
    named = "The revision eeee1 (The revision eeee1) uses a new enum value in the transaction that adds it"
    refused(rehearsal, "v2.0.1-mood", named, "no revision is committed")


def e10_an_index_left_invalid(rehearsal: Rehearsal) -> None:
    """E10: a concurrent index cannot be built, and the migration goes on as if it had been."""
    upgrade = (
        "with op.get_context().autocommit_block():\n"
        "        try:\n"
        "            op.execute('CREATE UNIQUE INDEX CONCURRENTLY ix_city ON addresses (city)')\n"
        "        except sa.exc.IntegrityError:\n"
        "            pass"
    )
    releasing.tag(rehearsal, "v2.0.1-index", "v2.0.0", releasing.revision("eeee2", HEAD, upgrade))
    refused(rehearsal, "v2.0.1-index", "check_no_index_is_invalid", "ix_city")


def e1_e2_a_migration_that_stops_half_way(rehearsal: Rehearsal) -> None:
    """E1, E2: the third of four revisions raises; an autocommit block before it has committed what came first."""
    building = (
        "with op.get_context().autocommit_block():\n"
        "        op.execute('CREATE INDEX CONCURRENTLY ix_city ON addresses (city)')"
    )
    files = (
        releasing.revision("ffff1", HEAD, 'op.add_column("orders", sa.Column("note", sa.Text()))')
        | releasing.revision("ffff2", "ffff1", building)
        | releasing.revision("ffff3", "ffff2", 'raise RuntimeError("no city has such a name")')
        | releasing.revision("ffff4", "ffff3", "pass")
    )
    releasing.tag(rehearsal, "v2.0.1-half-way", "v2.0.0", files)
    named = (
        "The revision ffff3 (The revision ffff3) failed: no city has such a name",
        "half way: 1 of 4 revisions are committed, the database is at ffff1; left: ffff2, ffff3, ffff4",
    )
    refused(rehearsal, "v2.0.1-half-way", *named)
    ended = gate.call("-m", "upgrade", "--keep", "--to", "v2.0.1-half-way", *WAIVED, f"--place={rehearsal.place}")
    assert ended.exit_code == 11, ended.output
    assert [part for part in named if part not in f"{ended.output}\n{ended.failures}"] == [], ended.output


def f11_nobody_hears_of_the_clone(rehearsal: Rehearsal) -> None:
    """F11: a release that calls out wherever it runs reaches neither a mail server nor anybody else from the clone."""
    with listening.trap(b"220 trap ESMTP\r\n") as mail, listening.trap(b"canary\r\n") as canary:
        calling = CALL_OUT.format(hosts=addresses(rehearsal), ports=(mail.port, canary.port))
        docker("exec", injected.web(rehearsal), "python", "-c", calling)
        assert_heard(mail, canary)
        application = git("show", f"v2.0.0:{APPLICATION}", directory=rehearsal.origin)
        files = {APPLICATION: f"{application}\n{calling}"} | releasing.revision("abab1", HEAD, "pass")
        releasing.tag(rehearsal, "v2.0.1-calls", "v2.0.0", files)
        ended = gate.call("-m", "trial", "--keep", "--to", "v2.0.1-calls", f"--place={rehearsal.place}")
        assert ended.exit_code == 0, ended.output
        assert (mail.heard, canary.heard) == ([], [])


def assert_heard(*traps: Trap) -> None:
    """That each trap hears what comes from the live deployment's network; they have forgotten it afterwards."""
    for trap in traps:
        injected.eventually("a caller", lambda trap=trap: bool(trap.heard))  # type: ignore[misc]
        trap.heard.clear()


def addresses(rehearsal: Rehearsal) -> list[str]:
    """This machine as it is reached from a container: by the engine's bridge, and by the deployment's own network."""
    networks = outside.inspected("network", "bridge", f"{rehearsal.project}_default")
    return [network["IPAM"]["Config"][0]["Gateway"] for network in networks]
