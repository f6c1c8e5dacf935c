"""A backup on disk: believed only after every byte of it was read."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fixtures import backup_files
from fixtures.backup_files import DUMP_NAME, MANIFEST_NAME, MEDIA_NAME, Manifest
from fixtures.errors import StageFailed
from fixtures.fingerprint import Fingerprint

SIZE = 10_000
PLACES = random.Random(20261122).sample(range(SIZE), 16)
EMPTY = Fingerprint(tables={}, sequences={}, constraints={}, invalid_indexes=[], extensions={})


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of two files with its manifest."""
    content = random.Random(1).randbytes(SIZE)
    for name in (DUMP_NAME, MEDIA_NAME):
        (tmp_path / name).write_bytes(content)
    manifest = Manifest(
        taken_at="2026-11-22T02:10:41Z",
        commit="3f2a91",
        revisions=["9c41d0"],
        postgres_version="15.18",
        images={"web": "sha256:1"},
        files=[backup_files.describe(tmp_path / name) for name in (DUMP_NAME, MEDIA_NAME)],
        fingerprint=EMPTY,
        media={"a.jpg": "1"},
    )
    (tmp_path / MANIFEST_NAME).write_text(manifest.model_dump_json())
    return tmp_path


def test_a_whole_backup_is_believed(backup: Path) -> None:
    manifest = backup_files.verify_files(backup)
    assert [(file.name, file.size_bytes) for file in manifest.files] == [(DUMP_NAME, SIZE), (MEDIA_NAME, SIZE)]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", [DUMP_NAME, MEDIA_NAME])
def test_one_changed_bit_is_noticed_wherever_it_is(backup: Path, name: str, place: int) -> None:
    content = bytearray((backup / name).read_bytes())
    content[place] ^= 1
    (backup / name).write_bytes(content)
    with pytest.raises(StageFailed, match=f"{name} is not what was written"):
        backup_files.verify_files(backup)


@pytest.mark.parametrize("size", [0, 1, SIZE - 1, SIZE + 1])
def test_another_size_is_noticed_and_told(backup: Path, size: int) -> None:
    content = (backup / DUMP_NAME).read_bytes() + b"x"
    (backup / DUMP_NAME).write_bytes(content[:size])
    with pytest.raises(StageFailed) as failed:
        backup_files.verify_files(backup)
    assert failed.value.expected.startswith(f"{SIZE} bytes")
    assert failed.value.found.startswith(f"{size} bytes")
    assert "do not restore from it" in failed.value.next_step


def test_a_missing_file_is_noticed(backup: Path) -> None:
    (backup / MEDIA_NAME).unlink()
    with pytest.raises(StageFailed) as failed:
        backup_files.verify_files(backup)
    assert failed.value.found == "no such file"


def test_a_missing_manifest_is_told_to_a_person(backup: Path) -> None:
    (backup / MANIFEST_NAME).unlink()
    with pytest.raises(StageFailed):
        backup_files.verify_files(backup)


def test_a_damaged_manifest_is_told_to_a_person(backup: Path) -> None:
    (backup / MANIFEST_NAME).write_text((backup / MANIFEST_NAME).read_text()[:-9])
    with pytest.raises(StageFailed):
        backup_files.verify_files(backup)


def test_a_file_has_its_name_only_once_it_is_whole(tmp_path: Path) -> None:
    partial = tmp_path / backup_files.partial_name(DUMP_NAME)
    partial.write_bytes(b"dump")
    assert not (tmp_path / DUMP_NAME).exists()
    assert backup_files.complete(partial) == tmp_path / DUMP_NAME
    assert [path.name for path in tmp_path.iterdir()] == [DUMP_NAME]
