"""A backup takes the place of what is live: C3, C4, S6, G2, G3, G4 and G6, each on a real deployment.

Two deployments, beside one another; what happens on each happens in order, because a refusal changes nothing.
"""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures import backup_files
from fixtures.host import Host
from staging.deployment import Rehearsal, compose
from tests.faults import deployments, failpoint, injected, invariants, living
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended
from tests.rehearsal.outside import Look

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside]

REASON = "a test empties nothing by mistake"
ACCEPTED = ("--accept-data-loss", REASON)
# What users write after the backup was taken, and what somebody does to the server.
BEFORE_THE_BACKUP = """
    create role reporter; create role auditor login password 'one-of-before'; grant select on orders to reporter;
    alter database punk_eco set work_mem = '5MB'; alter database punk_eco set search_path = public, "$user";
    alter role auditor in database punk_eco set datestyle = 'ISO, DMY'; alter database punk_eco connection limit 90;
    revoke connect on database punk_eco from public; grant connect on database punk_eco to auditor with grant option;
    comment on database punk_eco is 'the shop''s 100 %';
"""
SINCE_THEN = """
    update users set full_name = full_name || ' since' where id = 1;
    insert into orders (user_id, status, total, created_at) values (1, 'pending', 3, now());
    alter role auditor password 'another-one-since';
"""
ITSELF = """
    select datconnlimit, datacl, shobj_description(d.oid, 'pg_database'), datdba, encoding, datcollate, datctype,
           (select array_agg(row(setrole, setconfig) order by setrole)
              from pg_db_role_setting where setdatabase = d.oid)
      from pg_database d where datname = %s
"""
PASSWORD = "select rolpassword from pg_authid where rolname = 'auditor'"
GRANTED = "select has_table_privilege('reporter', 'orders', 'select')"


@dataclass(frozen=True)
class Place:
    """A deployment with a backup, and data and files that are newer than it."""

    rehearsal: Rehearsal
    backup: Path
    backed_up: Look
    newer: Look

    def restore(self, *options: str, extra: dict[str, str] | None = None) -> Ended:
        """Restore the backup, or go on with a restore."""
        return gate.call(*self.command(*options), extra=extra)

    def command(self, *options: str) -> tuple[str, ...]:
        """The words of a restore of the backup."""
        named = () if "--resume" in options else ("--backup", self.backup.name)
        return ("-m", "restore", *named, *options, f"--place={self.rehearsal.place}")


@contextmanager
def with_a_backup(name: str) -> Iterator[Place]:
    """A deployment whose backup is of an earlier moment: since then users have written rows and files."""
    with deployments.deployed(name) as rehearsal:
        say(rehearsal, BEFORE_THE_BACKUP)
        taken = gate.call("-m", "backup", "--keep", "--to", "v1.4.0", f"--place={rehearsal.place}")
        assert taken.exit_code == 0, taken.output
        backed_up = outside.look(rehearsal)
        say(rehearsal, SINCE_THEN)
        first, second = injected.uploaded(rehearsal, 1), injected.uploaded(rehearsal, 2)
        injected.inside(rehearsal, f"rm {first}; printf x >> {second}; cp -p {second} /data/media/since.jpg")
        (backup,) = (rehearsal.state_directory / "backups").iterdir()
        yield Place(rehearsal, backup, backed_up, outside.look(rehearsal))


def say(rehearsal: Rehearsal, statements: str) -> None:
    """Say something to the database."""
    with outside.database(rehearsal) as connection:
        connection.execute(statements.encode())


def asked(rehearsal: Rehearsal, query: str) -> object:
    """What the database answers."""
    with outside.database(rehearsal) as connection:
        return outside.value(connection, query)


def itself(rehearsal: Rehearsal, name: str) -> object:
    """What belongs to a database itself: rights, settings, owner, encoding, locale."""
    with outside.database(rehearsal) as connection:
        return connection.execute(ITSELF, [name]).fetchone()


def wrongs(place: Place, ended: Ended) -> list[str]:
    """What a run may never leave or tell, however it ended."""
    return [
        *invariants.nothing_left(place.rehearsal),
        *invariants.secrets_told(place.rehearsal, ended.output),
        *invariants.journal_agrees(place.rehearsal, ended.exit_code),
    ]


def is_refused(place: Place, ended: Ended, *told: str) -> None:
    """Assert that a restore was refused with these words, and that nothing at all was changed."""
    assert ended.exit_code == 10, ended.output
    assert [words for words in told if words not in ended.output] == [], ended.output
    assert outside.look(place.rehearsal) == place.newer
    assert outside.databases(place.rehearsal) == []
    assert wrongs(place, ended) == []


def serves(place: Place, wanted: Look) -> None:
    """Assert that a deployment serves these rows and files, from the volumes and with the images it had."""
    found = outside.look(place.rehearsal)
    assert (found.version, found.tables, found.media) == (wanted.version, wanted.tables, wanted.media)
    assert (found.source, found.images, found.volumes) == (wanted.source, wanted.images, wanted.volumes)


# refused, then accepted ----------------------------------------------------------------------------------------------


def flip(file: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def cut(file: Path) -> None:
    """Take the last byte of a file away."""
    file.write_bytes(file.read_bytes()[:-1])


def largest_dumped(backup: Path) -> Path:
    """The file of the dump that holds most of the data."""
    return max((backup / backup_files.DATABASE_NAME).iterdir(), key=lambda file: file.stat().st_size)


def damaged_is_refused(place: Place, file: Path, harm: Callable[[Path], None]) -> None:
    """C3, C4: a restore reads every byte before it does anything, and a reason for losing data changes nothing."""
    whole = file.read_bytes()
    harm(file)
    is_refused(place, place.restore(*ACCEPTED), "do not restore from it", str(place.backup))
    file.write_bytes(whole)


def a_link_in_the_archive_is_refused(place: Place) -> None:
    """S6: an archive that somebody made, and sealed as ours are, is not unpacked if it holds a link."""
    forged = place.backup.with_name(f"{place.backup.name}-forged")
    shutil.copytree(place.backup, forged)
    with tarfile.open(forged / backup_files.MEDIA_NAME, "a") as archive:
        link = tarfile.TarInfo("./link.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    manifest = backup_files.read_manifest(forged)
    files = [backup_files.describe(forged / file.name, file.name) for file in manifest.files]
    backup_files.write_manifest(Host(), forged, manifest.model_copy(update={"files": files}))
    ended = gate.call(
        *("-m", "restore", "--backup", str(forged), "--media-only", *ACCEPTED, f"--place={place.rehearsal.place}")
    )
    is_refused(place, ended, "link.jpg is a symbolic link to /etc/passwd")
    shutil.rmtree(forged)


def lost_writes_are_refused(place: Place) -> None:
    """G4: what was written since the backup is told, table by table, with the command that gives it up."""
    orders, older = place.newer.tables["orders"][0], place.backed_up.tables["orders"][0]
    told = f"table public.orders: {orders} rows now, {older} rows in the backup"
    users = f"table public.users: {place.newer.tables['users'][0]} rows now"
    files = "uploaded files: 2 of "
    is_refused(place, place.restore(), told, users, files, f"--backup {place.backup.name}", '--accept-data-loss "why"')


def with_a_reason_the_backup_takes_the_place(place: Place) -> None:
    """G6: data and files both, the server's roles and settings as they are; the replaced ones are kept, and told."""
    rehearsal, password = place.rehearsal, asked(place.rehearsal, PASSWORD)
    say(rehearsal, "revoke select on orders from reporter; drop role reporter")
    ended = place.restore(*ACCEPTED)
    assert ended.exit_code == 0, ended.output
    serves(place, place.backed_up)
    assert wrongs(place, ended) == []
    (kept,) = outside.databases(rehearsal)
    with outside.database(rehearsal, kept) as connection:
        assert outside.tables(connection) == place.newer.tables
    archive = outside.newest_run(rehearsal) / "rollback-point" / backup_files.MEDIA_NAME
    with tarfile.open(archive) as held:
        assert {member.name for member in held if member.isfile()} == {
            path.replace("/data/media", ".") for path in place.newer.media
        }
    assert itself(rehearsal, outside.DATABASE) == itself(rehearsal, kept)
    assert asked(rehearsal, GRANTED) is True
    assert asked(rehearsal, PASSWORD) == password
    assert REASON in json.dumps(outside.last_journal(rehearsal))
    assert [words for words in (REASON, kept, str(archive)) if words not in ended.output] == []


def again_there_is_nothing_to_do(place: Place) -> None:
    """What is live is what is in the backup: users notice nothing, and nothing is replaced."""
    before = outside.look(place.rehearsal)
    ended = place.restore()
    assert ended.exit_code == 0, ended.output
    assert "what is live is what is in the backup" in ended.output
    assert outside.look(place.rehearsal) == before


def an_emptied_deployment_comes_back(place: Place) -> None:
    """At 3 a.m.: no table, no file, no service, no git remote. There is nothing to lose, so no reason is asked for."""
    rehearsal, remote = place.rehearsal, place.rehearsal.place / "origin.git"
    injected.inside(rehearsal, "rm -r /data/media/*")
    compose(rehearsal, "stop", "web")
    say(rehearsal, "drop schema public cascade; create schema public")
    remote.rename(remote.with_name("gone.git"))
    ended = place.restore()
    remote.with_name("gone.git").rename(remote)
    assert ended.exit_code == 0, ended.output
    serves(place, place.backed_up)
    assert wrongs(place, ended) == []


def test_c3_c4_s6_g4_g6_a_restore_is_refused_for_damage_and_loss_and_keeps_what_it_replaces() -> None:
    with with_a_backup("restore") as place:
        lost_writes_are_refused(place)
        damaged_is_refused(place, largest_dumped(place.backup), flip)
        damaged_is_refused(place, place.backup / backup_files.MEDIA_NAME, cut)
        damaged_is_refused(place, place.backup / backup_files.MANIFEST_NAME, flip)
        a_link_in_the_archive_is_refused(place)
        with_a_reason_the_backup_takes_the_place(place)
        again_there_is_nothing_to_do(place)
        an_emptied_deployment_comes_back(place)


# failed, killed ------------------------------------------------------------------------------------------------------


def what_fails_in_the_dark_puts_the_newer_data_back(place: Place) -> None:
    """G2: restored data on which a check fails never serves; what it replaced comes back exactly."""
    stopping = failpoint.at("stage-passed replacement", "SIGSTOP")
    with living.begun(*failpoint.PLUGIN, *place.command(*ACCEPTED), extra=stopping) as runner:
        runner.until_stopped()
        say(place.rehearsal, "update users set active = not active")
        runner.go_on()
        ended = Ended(runner.wait(), runner.said(), {})
    assert ended.exit_code == 11, ended.output
    serves(place, place.newer)
    assert wrongs(place, ended) == []
    assert "the data that was to be replaced serves" in ended.output


def sequence_of(place: Place, what: str) -> int:
    """The number of the record that announced something in the newest run."""
    return next(int(r["sequence"]) for r in outside.last_journal(place.rehearsal) if r["evidence"].get("what") == what)


def killed_at(place: Place, point: str | int) -> None:
    """Have a restore die once a record is on disk."""
    killed = place.restore(*failpoint.PLUGIN, *ACCEPTED, extra=failpoint.at(point, "after"))
    assert killed.exit_code == -9, killed.output


def killed_half_way_it_is_taken_back(place: Place, unpacking: int) -> None:
    """G3, G6: the database was replaced, the files were not; the status names the way back, and it puts back both."""
    killed_at(place, unpacking)
    status = gate.call("-m", "status", f"--place={place.rehearsal.place}")
    named = [f"pytest -m {command} --place={place.rehearsal.place}" for command in ("restore --resume", "rollback")]
    assert [command for command in named if command not in status.output] == [], status.output
    upgrade = gate.call("-m", "upgrade", "--keep", f"--place={place.rehearsal.place}")
    assert upgrade.exit_code == 10, upgrade.output
    assert "pytest -m rollback" in upgrade.output
    ended = gate.call("-m", "rollback", f"--place={place.rehearsal.place}")
    assert ended.exit_code == 11, ended.output
    serves(place, place.newer)
    assert wrongs(place, ended) == []


def killed_while_the_door_opens_it_goes_on(place: Place) -> None:
    """Users may have written to the restored data by then: the only way is on, and it is named."""
    killed_at(place, "door-opening acceptance")
    ended = gate.call("-m", "rollback", f"--place={place.rehearsal.place}")
    assert ended.exit_code == 12, ended.output
    assert "pytest -m restore --resume" in ended.output
    ended = place.restore("--resume")
    assert ended.exit_code == 0, ended.output
    serves(place, place.backed_up)
    assert wrongs(place, ended) == []


def test_g2_g3_a_restore_that_fails_or_dies_leaves_old_or_new_and_nothing_between() -> None:
    with with_a_backup("restore-dies") as place:
        what_fails_in_the_dark_puts_the_newer_data_back(place)
        killed_half_way_it_is_taken_back(place, sequence_of(place, "unpack the uploaded files"))
        killed_while_the_door_opens_it_goes_on(place)
