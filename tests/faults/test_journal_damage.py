"""A6, A7: a journal that is torn, zeroed, cut or cannot be written: gone on with where it is true, else stopped."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from staging import debian
from staging.deployment import Rehearsal
from tests.faults import deployments, failpoint, killing, living
from tests.faults.killing import FORTH, KILLED
from tests.rehearsal import gate, outside

pytestmark = pytest.mark.engine

Damage = Callable[[bytes], bytes]
LOST: dict[str, Damage] = {
    "emptied": lambda content: b"",
    "zeroed": lambda content: bytes(len(content)),
    "cut in its first record": lambda content: content[:40],
    "zeroed in the middle": lambda content: content[:400] + bytes(400) + content[800:],
    "without its first record": lambda content: content.split(b"\n", 1)[1],
    "another's record in it": lambda content: content + b'{"who": "knows"}\n',
}
TRUE: dict[str, Damage] = {
    "its last record torn": lambda content: content[:-30],
    "its last record gone": lambda content: content[: content[:-1].rfind(b"\n") + 1],
    "zeros after its last record": lambda content: content + bytes(4096),
}
SMALL_DISK_BYTES = 96 * 2**20


def typed(rehearsal: Rehearsal, *options: str) -> tuple[str, ...]:
    """A command line on a deployment."""
    return (*options, f"--place={rehearsal.place}")


@pytest.fixture(scope="module")
def dead() -> Iterator[Rehearsal]:
    """A deployment whose upgrade died with the door closed, once its database was migrated."""
    with deployments.deployed("damage") as rehearsal:
        dying = gate.call(
            *failpoint.PLUGIN, *FORTH.command(rehearsal), extra=failpoint.at("achieved migration", "after")
        )
        assert dying.exit_code == KILLED, dying.output
        yield rehearsal


def journal_of(rehearsal: Rehearsal) -> Path:
    """The one journal of a deployment."""
    (run,) = outside.runs(rehearsal)
    return run / "journal.jsonl"


def look(rehearsal: Rehearsal) -> tuple[object, ...]:
    """What a command that is stopped must leave as it is."""
    with outside.database(rehearsal) as connection:
        revision = outside.value(connection, "select version_num from alembic_version")
    return revision, outside.containers(rehearsal), outside.git(rehearsal, "rev-parse", "HEAD"), outside.runs(rehearsal)


@pytest.mark.parametrize("how", LOST)
def test_a6_a_journal_that_cannot_be_believed_stops_everything(dead: Rehearsal, how: str) -> None:
    path, before = journal_of(dead), look(dead)
    whole = path.read_bytes()
    path.write_bytes(LOST[how](whole))
    damaged = path.read_bytes()
    commands = [("-m", "upgrade", "--keep"), ("-m", "upgrade", "--resume"), ("-m", "rollback"), ("-m", "status")]
    ended = {command: gate.call(*typed(dead, *command)) for command in commands}
    left = path.read_bytes()
    path.write_bytes(whole)
    assert {command: one.exit_code for command, one in ended.items()} == dict.fromkeys(commands, 12)
    assert [one.output for one in ended.values() if "nothing was changed now" not in one.output] == []
    assert (left, look(dead)) == (damaged, before)


@pytest.mark.parametrize("how", TRUE)
def test_a6_a_last_record_that_is_not_whole_is_no_loss(dead: Rehearsal, how: str) -> None:
    path, before = journal_of(dead), look(dead)
    whole = path.read_bytes()
    path.write_bytes(TRUE[how](whole))
    refused = gate.call(*typed(dead, "-m", "upgrade", "--keep"))
    status = gate.call(*typed(dead, "-m", "status"))
    path.write_bytes(whole)
    assert (refused.exit_code, "did not finish" in refused.output) == (10, True), refused.output
    assert (status.exit_code, "--resume" in status.output) == (0, True), status.output
    assert look(dead) == before


def test_a6_an_upgrade_goes_on_from_a_journal_whose_last_records_are_gone(dead: Rehearsal) -> None:
    path = journal_of(dead)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    ended = gate.call(*typed(dead, "-m", "upgrade", "--resume"))
    assert (ended.exit_code, outside.version(dead)) == (0, "2.0.0"), ended.output
    assert outside.leftovers(dead) == []


@contextmanager
def small_disk() -> Iterator[Path]:
    """A small file system of its own."""
    with tempfile.TemporaryDirectory(prefix="disk-") as place:
        image, mounted = Path(place) / "disk.img", Path(place) / "disk"
        mounted.mkdir()
        with image.open("wb") as file:
            file.truncate(SMALL_DISK_BYTES)
        run("mkfs.ext4", "-q", "-m", "0", str(image))
        run("mount", "-o", "loop", str(image), str(mounted))
        try:
            yield mounted
        finally:
            run("umount", str(mounted))


def run(*argv: str) -> None:
    """Run a command of the system's administrator."""
    subprocess.run(argv, check=True, capture_output=True, timeout=60)


def fill(disk: Path) -> Path:
    """Take all room on a disk; return the file that has it."""
    hog = disk / "hog"
    with hog.open("wb", buffering=0) as file:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return hog


@pytest.mark.beside
@pytest.mark.skipif(not debian.is_root(), reason="only root can mount a file system")
@pytest.mark.parametrize(
    ("point", "code", "commands"),
    [
        ("stage-passed trial", 10, (("-m", "upgrade", "--keep", "--to", "v2.0.0"),)),
        ("achieved maintenance", 12, (("-m", "upgrade", "--resume"),)),
    ],
    ids=["before the door closes", "after it"],
)
def test_a7_a_full_disk_stops_a_run_before_its_next_change(
    point: str, code: int, commands: tuple[tuple[str, ...], ...]
) -> None:
    with small_disk() as disk, deployments.deployed(f"full-disk-{code}") as rehearsal:
        text, state = rehearsal.settings_file.read_text("utf-8"), str(rehearsal.state_directory)
        rehearsal.settings_file.write_text(text.replace(state, str(disk)) + "free_disk_bytes = 30000000\n", "utf-8")
        rehearsal.state_directory.symlink_to(disk)
        before = outside.look(rehearsal)
        stopping = failpoint.at(point, "SIGSTOP")
        with living.begun(*failpoint.PLUGIN, *FORTH.command(rehearsal), extra=stopping) as runner:
            runner.until_stopped()
            hog = fill(disk)
            runner.go_on()
            assert runner.wait() == code, runner.said()
            assert "No space left" in runner.said() or "The disk has filled up" in runner.said()
        with outside.database(rehearsal) as connection:
            revision = outside.value(connection, "select version_num from alembic_version")
        assert revision == "e6a41d92c0b7"
        assert outside.last_journal(rehearsal)[-1]["evidence"] == {
            "outcome": "refused" if code == 10 else "needs-operator",
            "exit_code": code,
        }
        if code == 10:
            assert outside.look(rehearsal) == before
        hog.unlink()
        for command in commands:
            ended = gate.call(*typed(rehearsal, *command))
            assert ended.exit_code == 0, ended.output
        assert killing.judge(rehearsal, before, [ended]) == []
