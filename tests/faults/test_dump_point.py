"""A role that may not create databases, or a disk without room for a copy: the rollback point is a dump.

One deployment, whose database is on a small disk of its own and belongs to a role without CREATEDB; what that role does
not own is an extension. First the disk is what keeps a copy from being made, then the right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from staging.base_images import POSTGRES
from staging.clean import PROJECT_LABEL, docker
from staging.deployment import Rehearsal, compose
from tests.faults import deployments, disks, failpoint, invariants
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended
from tests.rehearsal.outside import Look

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside(long=True), disks.only_root]

RESERVE_BYTES = 100_000_000
DISK_BYTES = 1000 * disks.MIB
SETTINGS = f'\nfree_disk_bytes = {RESERVE_BYTES}\n[targets.rehearsal.database]\nuser = "shop"'
WAIVED = ("--waive", "trial=a test shows the way back")
BROKEN = "v2.0.1-login-500"
SIZE = "select pg_database_size('punk_eco')"
OWNED = """
    create role shop login password '{password}' createdb; create role reader; create extension citext;
    alter database punk_eco owner to shop;
    do $$ declare one text; begin
        for one in select format('alter table public.%I owner to shop', tablename)
                     from pg_tables where schemaname = 'public' loop execute one; end loop;
    end $$;
    set role shop;
    create schema audit; create type audit.mood as enum ('calm', 'cross');
    create table audit.notes (id serial primary key, mood audit.mood not null, body citext);
    insert into audit.notes (mood, body) values ('calm', 'First'), ('cross', 'Second');
    create view audit.calm as select body from audit.notes where mood = 'calm';
    create function audit.many() returns bigint language sql as 'select count(*) from audit.notes';
    create materialized view audit.counted as select audit.many() as many;
    grant usage on schema audit to reader; grant select on audit.calm to reader;
    alter default privileges in schema audit grant select on tables to reader;
    select lo_from_bytea(0, 'a large object');
    create table audit.ballast as
        select i, md5(i::text) || md5((-i)::text) as filling from generate_series(1, 900000) i;
    reset role
"""
BESIDE = """
    select json_build_array(
        (select string_agg(format('%s %s %s', id, mood, body), ', ' order by id) from audit.notes),
        (select array_agg(body::text) from audit.calm), audit.many(), (select many from audit.counted),
        has_table_privilege('reader', 'audit.calm', 'select'), (select count(*) from pg_default_acl),
        (select array_agg(convert_from(lo_get(oid), 'utf8')) from pg_largeobject_metadata),
        (select array_agg(extname::text order by 1) from pg_extension),
        (select pg_get_userbyid(datdba) from pg_database where datname = 'punk_eco'))::text
"""


@contextmanager
def deployed(disk: Path) -> Iterator[Rehearsal]:
    """Hand out a deployment that a role of its own owns, with the database on a disk of its own."""
    with deployments.deployed("dump-point", more=SETTINGS) as rehearsal:
        own = {"services": {"web": {"environment": {"DATABASE_URL": url()}}}}
        file = rehearsal.place / "own.yml"
        file.write_text(json.dumps(own), "utf-8")
        with (rehearsal.directory / ".env").open("a") as environment:
            environment.write(f"COMPOSE_FILE=docker-compose.yml:{file}\n")
        text = rehearsal.settings_file.read_text("utf-8")
        files = f'build_without_cache = false\nfiles = ["docker-compose.yml", "{file}"]'
        rehearsal.settings_file.write_text(text.replace("build_without_cache = false", files, 1), "utf-8")
        say(rehearsal, OWNED.format(password=outside.environment(rehearsal)["POSTGRES_PASSWORD"]))
        move(rehearsal, disk)
        yield rehearsal


def url() -> str:
    """The database as the application enters it."""
    return "postgresql+psycopg://shop:${POSTGRES_PASSWORD}@db:5432/punk_eco"


def say(rehearsal: Rehearsal, statements: str) -> None:
    """Have a superuser say something to the database."""
    with outside.database(rehearsal) as connection:
        connection.execute(statements.encode())


def move(rehearsal: Rehearsal, disk: Path) -> None:
    """Have the volume of the database on a disk, with all that is in it."""
    (name,) = [one for one in outside.volumes(rehearsal) if one.endswith("db_data")]
    data = disk / "data"
    data.mkdir()
    compose(rehearsal, "down")
    copy = ("--mount", f"type=volume,source={name},target=/from", "--mount", f"type=bind,source={data},target=/to")
    docker("run", "--rm", *copy, "--entrypoint", "cp", POSTGRES.name, "-a", "/from/.", "/to/")
    docker("volume", "rm", name)
    labels = (f"{PROJECT_LABEL}={rehearsal.project}", "com.docker.compose.volume=db_data")
    options = ("type=none", "o=bind", f"device={data}")
    words = [*(word for label in labels for word in ("--label", label)), *(w for o in options for w in ("--opt", o))]
    docker("volume", "create", *words, name)
    compose(rehearsal, "up", "--detach", "--no-build", "--wait")


def beside(rehearsal: Rehearsal) -> str:
    """What is in the database that the application does not know of."""
    with outside.database(rehearsal) as connection:
        return str(outside.value(connection, BESIDE))


def upgrade(rehearsal: Rehearsal, release: str, *options: str, extra: dict[str, str] | None = None) -> Ended:
    """Upgrade to a release."""
    command = ("-m", "upgrade", "--keep", "--to", release, *options, f"--place={rehearsal.place}")
    return gate.call(*command, extra=extra)


def size(rehearsal: Rehearsal) -> int:
    """The size of the database, in bytes."""
    with outside.database(rehearsal) as connection:
        return int(outside.value(connection, SIZE))


def was_emptied_first(rehearsal: Rehearsal) -> str:
    """Whether the newest run emptied the database in a transaction of its own before it restored the dump."""
    told = [r["evidence"] for r in outside.last_journal(rehearsal) if r["evidence"].get("what") == "restore the dump"]
    return str(told[-1]["emptied_first"])


def dumps(rehearsal: Rehearsal) -> list[Path]:
    """The dumps that rollback points keep."""
    return sorted((rehearsal.state_directory / "runs").glob("*/rollback-point/dump"))


def is_back(rehearsal: Rehearsal, ended: Ended, before: Look, known: str) -> None:
    """The old version serves with all that there was, though its database was never copied."""
    assert ended.exit_code == 11, ended.output
    assert invariants.violations(rehearsal, before, ended) == []
    assert beside(rehearsal) == known
    assert outside.databases(rehearsal) == []


def test_without_room_or_right_for_a_copy_the_rollback_point_is_a_dump() -> None:
    with disks.small(DISK_BYTES) as disk, deployed(disk) as rehearsal:
        before, known = outside.look(rehearsal), beside(rehearsal)
        no_room_for_a_copy(rehearsal, disk, before, known)
        say(rehearsal, "alter role shop nocreatedb")
        killed_and_rolled_back_and_a_damaged_dump_touches_nothing(rehearsal, disk, before, known)
        a_green_upgrade_keeps_its_dump(rehearsal, before, known)


def no_room_for_a_copy(rehearsal: Rehearsal, disk: Path, before: Look, known: str) -> None:
    """The release is found out in the dark, on a disk that has room for its migration, not for a copy as well."""
    hog = disks.fill(disk, but_bytes=RESERVE_BYTES + 7 * size(rehearsal) // 2)
    is_back(rehearsal, upgrade(rehearsal, BROKEN, *WAIVED), before, known)
    taken = next(r["evidence"] for r in outside.last_journal(rehearsal) if r["evidence"].get("kind") == "RollbackPoint")
    assert taken["result"]["kind"] == "dump"
    assert taken["result"]["reason"].startswith("no room for a copy of the database on "), taken["result"]["reason"]
    assert was_emptied_first(rehearsal) == "no"
    hog.unlink()


def killed_and_rolled_back_and_a_damaged_dump_touches_nothing(
    rehearsal: Rehearsal, disk: Path, before: Look, known: str
) -> None:
    """Killed once the database is migrated; a flipped bit of the dump stops the way back, and only that.

    Then there is not even room for what is restored beside what is there.
    """
    killed = upgrade(rehearsal, "v2.0.0", *failpoint.PLUGIN, *WAIVED, extra=failpoint.at("achieved migration", "after"))
    assert killed.exit_code == -9, killed.output
    back = ("-m", "rollback", f"--place={rehearsal.place}")
    with outside.database(rehearsal) as connection:
        migrated = outside.tables(connection)
    run = outside.newest_run(rehearsal)
    file = max((run / "rollback-point" / "dump" / "database").iterdir(), key=lambda one: one.stat().st_size)
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    stopped = gate.call(*back)
    assert stopped.exit_code == 12, stopped.output
    told = ("is damaged, so nothing was put back", f"database/{file.name}", f"pytest -m restore --backup {run.name}")
    assert [text for text in told if text not in stopped.output] == [], stopped.output
    with outside.database(rehearsal) as connection:
        assert outside.tables(connection) == migrated
    file.write_bytes(whole)
    hog = disks.fill(disk, but_bytes=RESERVE_BYTES + 9 * size(rehearsal) // 10)
    is_back(rehearsal, gate.call(*back), before, known)
    assert was_emptied_first(rehearsal) == "yes"
    hog.unlink()


def a_green_upgrade_keeps_its_dump(rehearsal: Rehearsal, before: Look, known: str) -> None:
    """The plan announces it, the report and the status tell it, and the dumps of earlier runs go."""
    plan = gate.call("-m", "upgrade", "--to", "v2.0.0", "--keep", "--plan", f"--place={rehearsal.place}")
    assert "-dump-rollback-point) pg_dump" in plan.output, plan.output
    ended = upgrade(rehearsal, "v2.0.0")
    assert ended.exit_code == 0, ended.output
    assert "a dump: the role shop may not create databases" in ended.output
    assert invariants.violations(rehearsal, before, ended) == []
    assert beside(rehearsal) == known
    kept = outside.newest_run(rehearsal) / "rollback-point" / "dump"
    assert dumps(rehearsal) == [kept]
    assert outside.databases(rehearsal) == []
    status = gate.call("-m", "status", f"--place={rehearsal.place}")
    assert f"dump {kept} (" in status.output, status.output
