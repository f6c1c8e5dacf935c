"""A6, A7: a journal that is torn, zeroed, cut or cannot be written: gone on with where it is true, else stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from staging.deployment import Rehearsal
from tests.faults import deployments, disks, failpoint, killing, living
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
SMALL_DISK_BYTES = 96 * disks.MIB
RESERVE_BYTES = 30_000_000


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


@pytest.mark.beside
@disks.only_root
@pytest.mark.parametrize(
    ("point", "code", "commands"),
    [
        ("stage-passed trial", 10, (("-m", "upgrade", "--keep", "--to", "v2.0.0"),)),
        ("achieved maintenance", 12, (("-m", "upgrade", "--resume"),)),
    ],
    ids=["before the door closes", "after it"],
)
@pytest.mark.thorough
def test_a7_a_full_disk_stops_a_run_before_its_next_change(
    point: str, code: int, commands: tuple[tuple[str, ...], ...]
) -> None:
    with (
        disks.small(SMALL_DISK_BYTES) as disk,
        deployments.deployed(f"full-disk-{code}") as rehearsal,
        disks.holding_the_state(rehearsal, disk, reserve_bytes=RESERVE_BYTES),
    ):
        before = outside.look(rehearsal)
        stopping = failpoint.at(point, "SIGSTOP")
        with living.begun(*failpoint.PLUGIN, *FORTH.command(rehearsal), extra=stopping) as runner:
            runner.until_stopped()
            hog = disks.fill(disk)
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
