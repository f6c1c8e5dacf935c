"""What only the inside of a container shows, read from what a script has said there."""

from __future__ import annotations

import pytest

from fixtures import inside
from fixtures.inside import Look


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("oom 3\noom_kill 2\noom_group_kill 0\nopen_files 41\n", Look(2, 41)),
        ("oom_kill_disable 0\nunder_oom 0\noom_kill 1\nopen_files 7\n", Look(1, 7)),
        ("", Look(0, 0)),
    ],
    ids=["cgroups of version 2", "of version 1", "no shell"],
)
def test_ended_processes_and_open_files_are_counted(said: str, seen: Look) -> None:
    assert inside.read(said) == seen


def test_only_what_is_pinned_to_one_version_is_compared() -> None:
    text = "Flask==3.1.0\n# x==1\ntyping_extensions[a]==4.1 \\\n  --hash=sha256:ab\nclick>=8\nwin==1; os=='x'\n"
    assert inside.pinned(text) == {"flask": "3.1.0", "typing-extensions": "4.1"}


@pytest.mark.parametrize(("said", "bytes_"), [("60000\t/data/media\n", 61_440_000), ("", 0)], ids=["said", "no du"])
def test_the_disk_that_a_volume_takes_is_read(said: str, bytes_: int) -> None:
    assert inside.kilobytes(said) * 1024 == bytes_
