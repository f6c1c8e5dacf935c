"""The way back does without an archive that nothing would be taken from, and not without one that is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import backup_files, rollback
from fixtures.errors import NeedsOperator
from fixtures.maintenance import RollbackPoint
from fixtures.run import Run
from tests.unit.runs import EMPTY, make_run

FILES = {"a.jpg": "1" * 64, "b.jpg": "2" * 64}


class Uploads:
    """The files that the volume holds now."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def tree(self, seconds: float) -> dict[str, str]:
        """Each with its sha256."""
        return self.files


@pytest.fixture
def run(tmp_path: Path) -> Run:
    archive = tmp_path / "media.tar"
    archive.write_bytes(b"all files")
    made, described = make_run(tmp_path), backup_files.describe(archive)
    made.put(RollbackPoint(snapshot="x", directory=tmp_path, fingerprint=EMPTY, media=FILES, archive=described))
    return made


def hold(monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> None:
    monkeypatch.setattr(rollback, "media_of", lambda run: Uploads(files))


def test_a_whole_archive_is_as_good_for_any_files(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(monkeypatch, {})
    rollback.refuse_damaged_archive(run)


def test_files_that_are_what_they_were_need_no_archive(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "media.tar").write_bytes(b"all filed")
    hold(monkeypatch, FILES)
    rollback.refuse_damaged_archive(run)


@pytest.mark.parametrize("damage", ["other bytes", "no such file"])
def test_without_its_archive_the_files_that_differ_are_named_with_where_they_are(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    archive = tmp_path / "media.tar"
    archive.write_bytes(b"all filed") if damage == "other bytes" else archive.unlink()
    hold(monkeypatch, FILES | {"b.jpg": "3" * 64, "c.jpg": "4" * 64})
    backup = run.deployment.target.state / "backups" / run.name
    backup.mkdir(parents=True)
    with pytest.raises(NeedsOperator, match="so nothing was put back") as told:
        rollback.refuse_damaged_archive(run)
    assert told.value.found.splitlines() == [damage, "not what they were:", "file b.jpg", "file c.jpg"]
    assert "then pytest -m rollback" in told.value.next_step
    assert told.value.next_step.endswith(str(backup))
