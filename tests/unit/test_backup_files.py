"""A backup on disk: believed only after every byte of it was read."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fixtures import backup_files
from fixtures.backup_files import MANIFEST_NAME, MEDIA_NAME, PROOF_NAME, SEAL, Manifest
from fixtures.errors import StageFailed
from fixtures.host import Host
from tests.unit import made_backups
from tests.unit.made_backups import DATA_NAME

SIZE = 10_000
PLACES = random.Random(20261122).sample(range(SIZE), 16)
NAMES = (DATA_NAME, MEDIA_NAME)
SEALED = (MANIFEST_NAME, MANIFEST_NAME + SEAL)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of two files with its manifest."""
    content = random.Random(1).randbytes(SIZE)
    (tmp_path / DATA_NAME).parent.mkdir()
    for name in NAMES:
        (tmp_path / name).write_bytes(content)
    backup_files.write_manifest(Host(), tmp_path, manifest(tmp_path))
    return tmp_path


def manifest(directory: Path) -> Manifest:
    """The manifest of a backup of two files."""
    return made_backups.manifest(directory, 7)


def flip(path: Path, place: int) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << place % 8
    path.write_bytes(content)


def test_a_whole_backup_is_believed(backup: Path) -> None:
    assert backup_files.verify_files(backup) == manifest(backup)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", NAMES)
def test_one_changed_bit_is_noticed_wherever_it_is(backup: Path, name: str, place: int) -> None:
    flip(backup / name, place)
    with pytest.raises(StageFailed) as failed:
        backup_files.verify_files(backup)
    assert name in failed.value.found


@pytest.mark.parametrize("name", SEALED)
def test_one_changed_bit_in_the_manifest_or_its_seal_is_noticed_wherever_it_is(backup: Path, name: str) -> None:
    whole = (backup / name).read_bytes()
    for place in range(len(whole)):
        flip(backup / name, place)
        with pytest.raises(StageFailed, match="cannot be believed"):
            backup_files.verify_files(backup)
        (backup / name).write_bytes(whole)


@pytest.mark.parametrize("name", [PROOF_NAME, PROOF_NAME + SEAL, *SEALED])
def test_a_proof_counts_only_as_it_was_written_and_for_its_own_manifest(backup: Path, name: str) -> None:
    backup_files.write_proof(Host(), backup, "2026-11-22T02:11:00Z")
    assert backup_files.read_proof(backup) is not None
    flip(backup / name, 40)
    assert backup_files.read_proof(backup) is None


def test_all_damaged_files_are_told_together(backup: Path) -> None:
    flip(backup / DATA_NAME, 1)
    (backup / MEDIA_NAME).unlink()
    with pytest.raises(StageFailed) as failed:
        backup_files.verify_files(backup)
    assert DATA_NAME in failed.value.found
    assert f"{MEDIA_NAME}: no such file" in failed.value.found


def test_a_link_in_the_place_of_a_file_is_not_followed(backup: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "media.tar"
    elsewhere.write_bytes((backup / MEDIA_NAME).read_bytes())
    (backup / MEDIA_NAME).unlink()
    (backup / MEDIA_NAME).symlink_to(elsewhere)
    with pytest.raises(StageFailed, match="is not what was written"):
        backup_files.verify_files(backup)


@pytest.mark.parametrize("size", [0, 1, SIZE - 1, SIZE + 1])
def test_another_size_is_noticed_and_told(backup: Path, size: int) -> None:
    content = (backup / MEDIA_NAME).read_bytes() + b"x"
    (backup / MEDIA_NAME).write_bytes(content[:size])
    with pytest.raises(StageFailed) as failed:
        backup_files.verify_files(backup)
    assert f"{MEDIA_NAME}: {size} bytes" in failed.value.found
    assert f"not {SIZE} bytes" in failed.value.found
    assert "do not restore from it" in failed.value.next_step


def test_a_missing_manifest_is_told_to_a_person(backup: Path) -> None:
    (backup / MANIFEST_NAME).unlink()
    with pytest.raises(StageFailed):
        backup_files.verify_files(backup)


def test_a_damaged_manifest_is_told_to_a_person(backup: Path) -> None:
    (backup / MANIFEST_NAME).write_text((backup / MANIFEST_NAME).read_text()[:-9])
    with pytest.raises(StageFailed):
        backup_files.verify_files(backup)


def test_a_backup_has_its_name_only_once_it_is_whole(tmp_path: Path) -> None:
    partial = tmp_path / backup_files.partial_name("20261122")
    (partial / "database").mkdir(parents=True)
    (partial / DATA_NAME).write_bytes(b"dump")
    assert backup_files.complete(partial) == tmp_path / "20261122"
    assert [path.name for path in tmp_path.iterdir()] == ["20261122"]
    assert (tmp_path / "20261122" / DATA_NAME).read_bytes() == b"dump"


def test_what_is_half_there_can_be_discarded_with_all_that_is_in_it(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("whole")
    partial = tmp_path / backup_files.partial_name("20261122")
    (partial / "database").mkdir(parents=True)
    (partial / DATA_NAME).write_bytes(b"du")
    (partial / "link").symlink_to(tmp_path)
    backup_files.discard(partial)
    backup_files.discard(partial)
    assert list(tmp_path.iterdir()) == [kept]


@pytest.mark.parametrize("name", ["20261122", ".hidden", "database.partial"])
def test_nothing_that_is_whole_can_be_discarded(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match="not under a partial name"):
        backup_files.discard(tmp_path / name)
    assert (tmp_path / name).is_dir()
