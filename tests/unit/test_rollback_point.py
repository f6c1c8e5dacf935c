"""The rollback point: which kind is chosen and why, and a dump that is known by its files."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from fixtures import budget, dump_point, rollback_point, snapshot_point
from fixtures.backup_files import describe
from fixtures.budget import Disk
from fixtures.database import Database
from fixtures.deployment import Deployment
from fixtures.errors import Refused, StageFailed
from fixtures.rollback_point import Choice, RollbackPoint
from fixtures.run import Run
from fixtures.sizes import Sizes
from fixtures.work import Work
from tests.unit.runs import EMPTY, SIZES, make_run

Patch = pytest.MonkeyPatch
NO_RIGHT = "the role punk_eco may not create databases"


def reality(patch: Patch, *, lacking: str = "", others: list[str] | None = None, room: tuple[bool, bool]) -> None:
    """What the server says, and whether a copy or a dump fits on the disk."""

    def disks(run: Run, sizes: Sizes, *, is_dumped: bool = False) -> list[Disk]:
        free = 2_000_000_000 if room[is_dumped] else 0
        return [Disk(name="/srv", free_bytes=free, free_files=None, reserve_bytes=1, needs=[])]

    patch.setattr(Deployment, "database", lambda deployment: None)
    patch.setattr(snapshot_point, "obstacle", lambda database: lacking)
    patch.setattr(dump_point, "obstacles", lambda database: others or [])
    patch.setattr(budget, "disks", disks)


def chosen(place: Path, kind: str = "auto") -> Choice:
    """What a run with such a setting takes."""
    return rollback_point.choose(make_run(place, rollback_points={"kind": kind}), SIZES)


def test_a_snapshot_is_taken_where_it_can_be(tmp_path: Path, monkeypatch: Patch) -> None:
    reality(monkeypatch, room=(True, True))
    assert chosen(tmp_path) == Choice(kind="snapshot")


def test_a_role_that_may_not_create_databases_gets_a_dump(tmp_path: Path, monkeypatch: Patch) -> None:
    reality(monkeypatch, lacking=NO_RIGHT, room=(False, True))
    assert chosen(tmp_path) == Choice(kind="dump", reason=NO_RIGHT)


def test_a_disk_without_room_for_a_copy_gets_a_dump(tmp_path: Path, monkeypatch: Patch) -> None:
    reality(monkeypatch, room=(False, True))
    assert chosen(tmp_path) == Choice(kind="dump", reason="no room for a copy of the database on /srv")


def test_where_neither_has_room_the_budget_tells_of_the_copy(tmp_path: Path, monkeypatch: Patch) -> None:
    reality(monkeypatch, room=(False, False))
    assert chosen(tmp_path) == Choice(kind="snapshot")


def test_where_a_dump_could_not_be_put_back_room_is_asked_for(tmp_path: Path, monkeypatch: Patch) -> None:
    reality(monkeypatch, others=["table public.audit is owned by postgres"], room=(False, True))
    assert chosen(tmp_path) == Choice(kind="snapshot")


def test_what_is_set_is_taken(tmp_path: Path, monkeypatch: Patch) -> None:
    reality(monkeypatch, room=(False, True))
    assert chosen(tmp_path, "snapshot") == Choice(kind="snapshot")
    assert chosen(tmp_path, "dump") == Choice(kind="dump", reason="rollback_points.kind says so")


def test_with_neither_nothing_is_begun(tmp_path: Path, monkeypatch: Patch) -> None:
    database = Database("", 5432, "punk_eco", "shop", SecretStr(""))
    reality(monkeypatch, lacking=NO_RIGHT, others=["table public.audit is owned by postgres"], room=(True, True))
    monkeypatch.setattr(Deployment, "database", lambda deployment: database)
    with pytest.raises(Refused) as refused:
        chosen(tmp_path)
    assert refused.value.found == f"\n{NO_RIGHT}\ntable public.audit is owned by postgres"
    assert "alter role shop createdb" in refused.value.next_step
    with pytest.raises(Refused, match="may not create databases; nothing was changed"):
        chosen(tmp_path, "snapshot")


def dumped(place: Path) -> RollbackPoint:
    """A rollback point that is a dump of one file."""
    files = dump_point.place(place)
    (files / "database").mkdir(parents=True)
    (files / "database" / "toc.dat").write_bytes(b"all that there was")
    known = describe(files / "database" / "toc.dat", "database/toc.dat")
    return RollbackPoint(kind="dump", directory=place, fingerprint=EMPTY, media={}, dump=(known,))


DATABASE = Database("", 5432, "punk_eco", "shop", SecretStr(""))


def test_a_dump_is_whole_as_long_as_every_byte_is(tmp_path: Path) -> None:
    point = dumped(tmp_path)
    assert point.name == f"dump {tmp_path}/dump"
    rollback_point.prove(point, DATABASE)
    (tmp_path / "dump" / "database" / "toc.dat").write_bytes(b"all that there vas")
    with pytest.raises(StageFailed) as failed:
        rollback_point.prove(point, DATABASE)
    assert failed.value.found.startswith("\ndatabase/toc.dat: 18 bytes")


def test_a_dump_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    point = RollbackPoint(kind="dump", directory=tmp_path, fingerprint=EMPTY, media={})
    assert rollback_point.damages(point, DATABASE) == [f"the dump {tmp_path}/dump is gone"]


def test_dumps_and_archives_that_are_kept_are_found_and_half_written_ones_are_not(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for run, name in (("A", "dump"), ("B", ".dump.partial"), ("C", "media"), ("D", "dump")):
        (runs / run / "rollback-point" / name).mkdir(parents=True)
    for run, name in (("A", "media.tar"), ("B", ".media.tar.partial"), ("C", "env")):
        (runs / run / "rollback-point" / name).touch()
    kept = ("A/rollback-point/dump", "A/rollback-point/media.tar", "D/rollback-point/dump")
    assert rollback_point.kept_files(tmp_path) == [runs / name for name in kept]


def test_users_wait_for_a_dump_as_long_as_backup_and_proof_took(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setattr(Work, "seconds", lambda work, what: {"dump": 2.0, "restore": 5.0}[what])
    run = make_run(tmp_path)
    assert rollback_point.seconds(run, Choice(kind="dump"), 0.5) == 7.0
    assert rollback_point.seconds(run, Choice(), 0.5) == 0.5
