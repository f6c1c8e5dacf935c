"""Small file systems of their own, filled and emptied at will; only root can mount one."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from staging import debian
from staging.deployment import Rehearsal

MIB = 2**20
only_root = pytest.mark.skipif(not debian.is_root(), reason="only root can mount a file system")


@contextmanager
def small(size_bytes: int, *options: str) -> Iterator[Path]:
    """A file system of this size, made with further options of `mkfs.ext4`."""
    with tempfile.TemporaryDirectory(prefix="disk-") as place:
        image, mounted = Path(place) / "disk.img", Path(place) / "disk"
        mounted.mkdir()
        with image.open("wb") as file:
            file.truncate(size_bytes)
        run("mkfs.ext4", "-q", "-m", "0", *options, str(image))
        run("mount", "-o", "loop", str(image), str(mounted))
        try:
            yield mounted
        finally:
            run("umount", str(mounted))


def run(*argv: str) -> None:
    """Run a command of the system's administrator."""
    subprocess.run(argv, check=True, capture_output=True, timeout=60)


def fill(disk: Path, *, but_bytes: int = 0) -> Path:
    """Take all room on a disk, but for so much of it; return the file that has it."""
    hog = disk / "hog"
    with hog.open("wb", buffering=0) as file:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
        file.truncate(file.tell() - but_bytes)
    return hog


@contextmanager
def holding_the_state(rehearsal: Rehearsal, disk: Path, *, reserve_bytes: int) -> Iterator[None]:
    """The runbook keeps its state of a deployment on a disk, and a reserve that fits it, as long as the block lasts."""
    text, state = rehearsal.settings_file.read_text("utf-8"), rehearsal.state_directory
    moved = text.replace(str(state), str(disk)) + f"free_disk_bytes = {reserve_bytes}\n"
    rehearsal.settings_file.write_text(moved, "utf-8")
    state.symlink_to(disk)
    try:
        yield
    finally:
        state.unlink()
        rehearsal.settings_file.write_text(text, "utf-8")
