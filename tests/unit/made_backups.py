"""Backups on disk, made by the functions that make real ones: verified, never restored, damaged, half written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fixtures import backup_files, backups
from fixtures.backup_files import DATABASE_NAME, MEDIA_NAME, PARTS, Manifest
from fixtures.host import Host

DATA_NAME = f"{DATABASE_NAME}/3120.dat.gz"


def run_name(number: int) -> str:
    """The name of the run with this number; by name the later ones come first, as after a clock that was set back."""
    return f"202611{28 - number:02}T021000Z-{number:04x}"


def make(state: Path, number: int, *, parts: Sequence[str] = PARTS, verified: bool = True) -> Path:
    """A backup that the run of this number took."""
    host, name = Host(), run_name(number)
    partial = backups.place(state) / backup_files.partial_name(name)
    host.make_directory(partial / DATABASE_NAME)
    for file in (DATA_NAME, MEDIA_NAME):
        (partial / file).write_bytes(f"{name} {file}".encode() * 100)
    backup_files.write_manifest(host, partial, manifest(partial, number, parts))
    directory = backup_files.complete(partial)
    if verified:
        backup_files.write_proof(host, directory, f"2026-11-22T{number:02}:11:00.000Z")
    return directory


def manifest(directory: Path, number: int, parts: Sequence[str] = PARTS) -> Manifest:
    """The manifest of such a backup."""
    return Manifest(
        run=run_name(number),
        number=number,
        taken_at=f"2026-11-22T{number:02}:10:41.000Z",
        parts=list(parts),
        commit="3f2a91",
        version="v1.4.0",
        revisions=["9c41d0"],
        postgres_version="15.18",
        system_identifier="1",
        database="punk_eco",
        images={"web": "sha256:1"},
        files=[backup_files.describe(directory / name, name) for name in (DATA_NAME, MEDIA_NAME)],
        content=None,
        media={"a.jpg": "1", "b.jpg": "2"},
    )


def damage(directory: Path) -> Path:
    """Change one byte of a backup's dump."""
    file = directory / DATA_NAME
    content = bytearray(file.read_bytes())
    content[7] ^= 1
    file.write_bytes(content)
    return directory


def damage_manifest(directory: Path) -> Path:
    """Change one byte of a backup's manifest."""
    file = directory / backup_files.MANIFEST_NAME
    content = bytearray(file.read_bytes())
    content[40] ^= 1
    file.write_bytes(content)
    return directory


def halve(state: Path, number: int) -> Path:
    """A directory that a run began to write."""
    partial = backups.place(state) / backup_files.partial_name(run_name(number))
    Host().make_directory(partial)
    (partial / MEDIA_NAME).write_bytes(b"half")
    return partial
