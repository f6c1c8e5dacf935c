"""E7: with the door closed the migration finds no room: on the disk of the database, in its WAL, or in memory.

The trial had room enough. Somebody else takes it afterwards, or a limit is lowered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from staging.clean import docker
from staging.deployment import Rehearsal, compose
from tests.faults import deployments, disks, failpoint, injected, invariants, living, releasing
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended
from tests.rehearsal.outside import Look

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside(long=True)]

HEAD = "d9135e7b80c4"
DISK_BYTES = 600 * disks.MIB
LIMITS = "\nfree_disk_bytes = 20000000\nstart_seconds = 45"
# What a run must find room for depends on this; by default it is larger than the disk.
SMALL_WAL = "alter system set max_wal_size = '64MB'"
KEPT_WAL = "alter system set wal_keep_size = '1GB'"
RELOADED = "select pg_reload_conf()"
# A table that no WAL tells of, and WAL that no table holds; a pause in which the test can act.
WIDE = 'op.execute("CREATE TEMP TABLE wide AS SELECT repeat(md5(n::text), 20) FROM generate_series(1, 200000) n")'
LONG = "op.execute(\"SELECT pg_logical_emit_message(true, 'x', repeat('x', 1000000)) FROM generate_series(1, 200)\")"
HUNGRY = 'op.execute("SELECT pg_sleep(8)"); held = b"x" * 600_000_000'
ASLEEP = "select count(*) from pg_stat_activity where query like '%pg_sleep(8)%' and pid <> pg_backend_pid()"
LITTLE_MEMORY = "160m"
LEFT_BYTES = 40 * disks.MIB


@contextmanager
def on_a_disk(rehearsal: Rehearsal) -> Iterator[Path]:
    """The volume of the database is a small disk of its own, as long as the block lasts; its data came with it."""
    (found,) = outside.inspected("volume", f"{rehearsal.project}_db_data")
    place = Path(found["Mountpoint"])
    with disks.small(DISK_BYTES) as disk:
        compose(rehearsal, "stop")
        disks.run("cp", "--archive", str(place), str(disk / "data"))
        disks.run("mount", "--bind", str(disk / "data"), str(place))
        try:
            compose(rehearsal, "up", "--detach", "--wait")
            yield disk
        finally:
            compose(rehearsal, "stop")
            disks.run("umount", str(place))


def begin(rehearsal: Rehearsal, release: str) -> tuple[str, ...]:
    """The command line of an upgrade."""
    return ("-m", "upgrade", "--keep", "--to", release, f"--place={rehearsal.place}")


def filled_before_the_migration(rehearsal: Rehearsal, release: str, disk: Path) -> tuple[Ended, Path]:
    """Upgrade, and take the room on the database's disk once the door is closed; also return what takes it."""
    stopping = failpoint.at("intended migration", "SIGSTOP")
    with living.begun(*failpoint.PLUGIN, *begin(rehearsal, release), extra=stopping) as runner:
        runner.until_stopped()
        hog = disks.fill(disk, but_bytes=LEFT_BYTES)
        runner.go_on()
        return Ended(runner.wait(), runner.said(), {}), hog


def a_full_disk_leads_back(rehearsal: Rehearsal, before: Look, disk: Path) -> None:
    """E7: the migration's table finds no room."""
    ended, hog = filled_before_the_migration(rehearsal, "v2.0.1-wide", disk)
    hog.unlink()
    assert ended.exit_code == 11, ended.output
    assert "ran out of room" in ended.output
    assert invariants.violations(rehearsal, before, ended) == []


def a_full_wal_is_told_and_ended(rehearsal: Rehearsal, before: Look, disk: Path) -> None:
    """E7: the server itself dies for want of WAL, and may not come up again before there is room.

    Then a person is told, and what remains to be typed works as soon as there is room.
    """
    for statement in (KEPT_WAL, RELOADED):
        injected.say(rehearsal, statement)
    ended, hog = filled_before_the_migration(rehearsal, "v2.0.1-long", disk)
    assert ended.exit_code in (11, 12), ended.output
    hog.unlink()
    if ended.exit_code == 12:
        assert "pytest -m rollback" in gate.call("-m", "status", f"--place={rehearsal.place}").output
        ended = gate.call("-m", "rollback", f"--place={rehearsal.place}")
    assert ended.exit_code == 11, ended.output
    assert invariants.violations(rehearsal, before, ended) == []


def too_little_memory_leads_back_and_is_named(rehearsal: Rehearsal, before: Look) -> None:
    """E7: the kernel ends the migration's process, which can say nothing itself."""
    with living.begun(*begin(rehearsal, "v2.0.1-hungry")) as runner:
        runner.until_recorded(rehearsal, "intended", "migration")
        runner.until("the migration at work", lambda: is_asleep(rehearsal))
        run = outside.newest_run(rehearsal).name.lower()
        docker(
            *("container", "update", "--memory", LITTLE_MEMORY, "--memory-swap", LITTLE_MEMORY),
            f"{rehearsal.project}-{run}-migration",
        )
        ended = Ended(runner.wait(), runner.said(), {})
    assert ended.exit_code == 11, ended.output
    assert "more memory than it may have" in ended.output
    assert invariants.violations(rehearsal, before, ended) == []


def is_asleep(rehearsal: Rehearsal) -> bool:
    """Whether the migration pauses."""
    with outside.database(rehearsal) as connection:
        return bool(outside.value(connection, ASLEEP))


@disks.only_root
def test_e7_a_migration_without_room_leaves_the_old_version_or_a_command_that_brings_it_back() -> None:
    with deployments.deployed("no-room", "v2.0.0", more=LIMITS) as rehearsal, on_a_disk(rehearsal) as disk:
        for number, (name, statement) in enumerate({"wide": WIDE, "long": LONG, "hungry": HUNGRY}.items()):
            files = releasing.revision(f"aaaa2{number}", HEAD, statement)
            releasing.tag(rehearsal, f"v2.0.1-{name}", "v2.0.0", files)
        for statement in (SMALL_WAL, RELOADED):
            injected.say(rehearsal, statement)
        before = outside.look(rehearsal)
        too_little_memory_leads_back_and_is_named(rehearsal, before)
        a_full_disk_leads_back(rehearsal, before, disk)
        a_full_wal_is_told_and_ended(rehearsal, before, disk)
