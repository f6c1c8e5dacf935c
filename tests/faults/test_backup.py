"""C2–C4, C9, C12, S3: a backup of a real deployment that goes wrong is noticed, and no half one gets a final name."""

from __future__ import annotations

import random
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from fixtures import backup_files
from fixtures.errors import StageFailed
from fixtures.host import Host
from staging.clean import docker
from staging.deployment import Rehearsal
from tests.faults import deployments, failpoint, injected, living
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

PLACES = 16
READER = "create role reader login connection limit 3; alter role reader set work_mem = '8MB'; grant reader to punk_eco"
GRANTED = "grant select on orders to reader; create view dear as select * from orders where total > 100"
EXTENSION = {"control": "default_version = '1'\nrelocatable = true\n", "1.sql": "create function zest() returns int"}
BODY = " language sql as 'select 1';\n"


def backed_up(rehearsal: Rehearsal, *options: str) -> Ended:
    """Take a backup."""
    return gate.call("-m", "backup", "--keep", *options, f"--place={rehearsal.place}")


def backups(rehearsal: Rehearsal) -> list[Path]:
    """The backups under a final name, the newest last."""
    return sorted(path for path in (rehearsal.state_directory / "backups").glob("*/") if path.name[0] != ".")


def readable_by_others(directory: Path) -> list[str]:
    """What of the runbook's own files somebody else could read or enter at this moment, the lock apart."""
    found = []
    for path in [directory, *directory.rglob("*")]:
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        is_git = "release.git" in path.parts
        if not is_git and not stat.S_ISLNK(mode) and mode & 0o077 and path.name != "lock":
            found.append(f"{path.relative_to(directory)} {mode & 0o777:o}")
    return found


@pytest.fixture(scope="module")
def deployment() -> Iterator[Rehearsal]:
    """A deployment with a second role, and a view; its backups stay."""
    with deployments.deployed("backup") as rehearsal:
        with outside.database(rehearsal) as connection:
            connection.execute(READER.encode())
            connection.execute(GRANTED.encode())
        yield rehearsal


@pytest.fixture(scope="module")
def backup(deployment: Rehearsal) -> Path:
    """A verified backup, taken under a umask that hides nothing; whatever could be read meanwhile is noted."""
    watched: set[str] = set()
    with living.begun_as(
        ["sh", "-c", 'umask 000; exec "$@"', "sh", *gate.argv("-m", "backup", "--keep", f"--place={deployment.place}")]
    ) as taking:
        while taking.process.poll() is None:
            watched |= set(readable_by_others(deployment.state_directory))
        assert taking.wait() == 0, taking.said()
    assert watched == set()
    return backups(deployment)[-1]


def test_s3_nobody_else_can_read_anything_of_a_backup_not_even_while_it_is_made(
    deployment: Rehearsal, backup: Path
) -> None:
    assert readable_by_others(deployment.state_directory) == []
    assert backup.stat().st_mode & 0o777 == 0o700


def test_roles_views_and_grants_are_in_it_and_came_back(backup: Path) -> None:
    content = backup_files.verify_files(backup).content
    assert content is not None
    assert content.roles["reader"] == "login connections 3 settings 0 {work_mem=8MB}"
    assert [name for name in content.definitions if name.startswith("dear; Type: VIEW")] != []
    assert [name for name in content.definitions if name.startswith("TABLE orders; Type: ACL")] != []
    assert backup_files.read_proof(backup) is not None


def damaged_everywhere(backup: Path, damage: Callable[[bytes, int], bytes]) -> list[str]:
    """Damage every file of a backup in sixteen seeded places, one at a time; return where that went unnoticed."""
    seeded, silent = random.Random(20261124), []
    for path in sorted(path for path in backup.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        for place in seeded.sample(range(len(whole)), min(PLACES, len(whole))):
            path.write_bytes(damage(whole, place))
            if is_believed(backup):
                silent.append(f"{path.relative_to(backup)} at {place}")
        path.write_bytes(whole)
    return silent


def is_believed(backup: Path) -> bool:
    """Whether a backup still counts as whole and verified."""
    try:
        backup_files.verify_files(backup)
    except StageFailed:
        return False
    return backup_files.read_proof(backup) is not None


def test_c3_one_bit_flipped_anywhere_in_any_file_is_noticed(backup: Path) -> None:
    def flip(whole: bytes, place: int) -> bytes:
        return whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]

    assert damaged_everywhere(backup, flip) == []
    assert is_believed(backup)


def test_c4_a_cut_anywhere_in_any_file_is_noticed(backup: Path) -> None:
    assert damaged_everywhere(backup, lambda whole, place: whole[:place]) == []
    assert is_believed(backup)


@contextmanager
def stopped_at(deployment: Rehearsal, point: str, *options: str) -> Iterator[living.Living]:
    """A backup that stands still at a record of its journal."""
    command = (*failpoint.PLUGIN, "-m", "backup", "--keep", *options, f"--place={deployment.place}")
    with living.begun(*command, extra=failpoint.at(point, "SIGSTOP")) as taking:
        taking.until_stopped()
        yield taking


def largest_data(backup: Path) -> Path:
    """The largest file of the dump's data."""
    return max((backup / "database").glob("*.dat.gz"), key=lambda path: path.stat().st_size)


def flip(backup: Path) -> None:
    """Flip a bit of the data behind the manifest's back."""
    file = largest_data(backup)
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 4
    file.write_bytes(whole)


def flip_and_seal(backup: Path) -> None:
    """Flip a bit of the data, and have the manifest agree: as if it had been written like that."""
    flip(backup)
    seal(backup)


def redefine_and_seal(backup: Path) -> None:
    """Flip one bit where the dump defines a view: what it makes of it is SQL as good as before."""
    contents = backup / "database" / "toc.dat"
    whole = contents.read_bytes()
    assert whole.count(b"> (100)") == 1, "the view is defined there"
    contents.write_bytes(whole.replace(b"> (100)", b"> (900)"))
    seal(backup)


def seal(backup: Path) -> None:
    """Make a manifest for the files as they are."""
    manifest = backup_files.read_manifest(backup)
    files = [backup_files.describe(backup / known.name, known.name) for known in manifest.files]
    backup_files.write_manifest(Host(), backup, manifest.model_copy(update={"files": files}))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (flip, "is not what was written"),
        (flip_and_seal, "restore failed"),
        (redefine_and_seal, "definition of dear; Type: VIEW; Schema: public; Owner: punk_eco differs"),
    ],
    ids=["after it was written", "while it was written", "in a definition"],
)
def test_c3_a_bit_flipped_before_the_proof_refuses_the_backup(
    deployment: Rehearsal, damage: Callable[[Path], None], said: str
) -> None:
    before = outside.look(deployment)
    with stopped_at(deployment, "backup-written backup", "--db-only") as taking:
        damage(backups(deployment)[-1])
        taking.go_on()
        exit_code, output = taking.wait(), taking.said()
    assert (exit_code, said in output) == (10, True), output
    assert backup_files.read_proof(backups(deployment)[-1]) is None
    assert (outside.look(deployment), outside.leftovers(deployment)) == (before, [])


def test_c2_a_database_that_dies_in_the_dump_leaves_no_backup(deployment: Rehearsal) -> None:
    kept, server = backups(deployment), outside.containers(deployment)["db"].id
    with stopped_at(deployment, "stage-begun backup", "--db-only") as taking:
        with suppress(psycopg.Error), outside.database(deployment) as connection, connection.transaction():
            connection.execute("lock table orders in access exclusive mode")
            taking.go_on()
            taking.until("a dump that runs", lambda: is_dumping(deployment))
            docker("kill", server)
        exit_code, output = taking.wait(), taking.said()
        docker("start", server)
        injected.eventually("a healthy database", lambda: injected.health(deployment, "db") == "healthy")
    assert exit_code == 10, output
    assert backups(deployment) == kept
    assert outside.leftovers(deployment) == []


def is_dumping(deployment: Rehearsal) -> bool:
    """Whether the container that dumps is running."""
    return docker("ps", "--quiet", "--filter", f"name={deployment.project}-.*-dump$") != []


@contextmanager
def unmounted(deployment: Rehearsal) -> Iterator[None]:
    """Where the volume of the uploaded files is, an empty file system is now; what has it open already keeps it."""
    (volume,) = outside.inspected("volume", f"{deployment.project}_media")
    Host().run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", volume["Mountpoint"]])
    try:
        yield
    finally:
        Host().run(["umount", volume["Mountpoint"]])


def emptied(deployment: Rehearsal) -> AbstractContextManager[None]:
    """No uploaded file is where they all were."""
    away = "mkdir /data/kept && mv /data/media/* /data/kept/"
    return injected.done_inside(deployment, away, "mv /data/kept/* /data/media/ && rmdir /data/kept")


def written_to(deployment: Rehearsal) -> AbstractContextManager[None]:
    """Somebody uploads without an end."""
    loop = "touch /tmp/writing; while [ -e /tmp/writing ]; do date >> /data/media/loop.txt; done"
    return injected.in_background(deployment, "/tmp/writing", "sh", "-c", loop)


MEDIA_FAULTS = {
    "unmounted": (unmounted, "is empty, but it was not always"),
    "emptied": (emptied, "is empty, but it was not always"),
    "written to meanwhile": (written_to, "change faster than they can be archived"),
}


@pytest.mark.parametrize("fault", MEDIA_FAULTS)
def test_c9_uploaded_files_that_are_gone_or_never_still_are_not_backed_up(
    deployment: Rehearsal, backup: Path, fault: str
) -> None:
    inject, said = MEDIA_FAULTS[fault]
    with stopped_at(deployment, "stage-begun backup", "--media-only") as taking:
        with inject(deployment):
            taking.go_on()
            exit_code, output = taking.wait(), taking.said()
        injected.inside(deployment, "rm -f /data/media/loop.txt")
    assert (exit_code, said in output) == (10, True), output
    assert all(path.name != outside.newest_run(deployment).name for path in backups(deployment))


@contextmanager
def extended(deployment: Rehearsal) -> Iterator[None]:
    """An extension is used that somebody copied into the running server: its image has none of that name."""
    server = outside.containers(deployment)["db"].id
    place = "/usr/share/postgresql/15/extension"
    for name, text in {"zest.control": EXTENSION["control"], "zest--1.sql": EXTENSION["1.sql"] + BODY}.items():
        docker("exec", server, "sh", "-euc", f'printf %s "$1" > {place}/{name}', "sh", text)
    with injected.said_to_database(deployment, "create extension zest", "drop extension zest"):
        yield


def test_c12_a_dump_that_cannot_be_restored_is_refused(deployment: Rehearsal) -> None:
    with extended(deployment):
        before = outside.look(deployment)
        ended = backed_up(deployment, "--db-only")
        assert (ended.exit_code, outside.look(deployment)) == (10, before)
    assert 'extension "zest"' in ended.output
    assert backup_files.read_proof(backups(deployment)[-1]) is None


@pytest.mark.parametrize(
    ("option", "parts", "held"),
    [("--db-only", ["database"], {"rows"}), ("--media-only", ["media"], {"files"})],
)
def test_one_part_alone_is_backed_up_and_proved(
    deployment: Rehearsal, option: str, parts: list[str], held: set[str]
) -> None:
    ended = backed_up(deployment, option)
    assert ended.exit_code == 0, ended.output
    newest = backups(deployment)[-1]
    manifest = backup_files.verify_files(newest)
    assert (manifest.parts, set(manifest.holds)) == (parts, held)
    assert backup_files.read_proof(newest) is not None
    assert (newest / "media.tar").exists() is ("media" in parts)
