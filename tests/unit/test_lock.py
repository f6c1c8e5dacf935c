"""The lock: held for the living process, freed by its death, and it says who holds it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fixtures.errors import Refused
from fixtures.lock import Lock, holder

HOLDER = """
import sys
from pathlib import Path
from fixtures.lock import Lock, holder
lock = Lock(Path(sys.argv[1]))
lock.take("an upgrade")
print("taken", flush=True)
sys.stdin.read()
"""


def hold(path: Path) -> subprocess.Popen[str]:
    """Another process that has taken the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "taken\n"
    return process


def test_a_second_run_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with hold(tmp_path / "lock") as other:
        with pytest.raises(Refused, match="Another run is at work on this deployment; nothing was changed") as refused:
            Lock(tmp_path / "lock").take("a trial")
        other.kill()
    assert f"process {other.pid}" in refused.value.found
    assert "doing an upgrade" in refused.value.found


def test_a_holder_that_did_not_write_its_name_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with hold(path) as other:
        told = path.read_text()
        path.write_text("")
        writing = threading.Timer(0.2, path.write_text, [told])
        writing.start()
        with pytest.raises(Refused) as refused:
            Lock(path).take("a trial")
        writing.join()
        other.kill()
    assert f"process {other.pid}" in refused.value.found


def test_a_killed_holder_frees_it_at_once(tmp_path: Path) -> None:
    with hold(tmp_path / "lock") as other:
        other.kill()
    Lock(tmp_path / "lock").take("a trial")


def test_a_freed_lock_can_be_taken(tmp_path: Path) -> None:
    for what in ("one", "two"):
        lock = Lock(tmp_path / "lock")
        lock.take(what)
        lock.free()
    assert (tmp_path / "lock").read_text().endswith("doing two\n")


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    Lock(tmp_path / "state" / "lock").free()
    assert (tmp_path / "state" / "lock").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("untouched")
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        Lock(tmp_path / "lock")


def test_a_look_at_it_says_who_holds_it_and_takes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert holder(path) == ""
    with hold(path) as other:
        assert f"process {other.pid}, since" in holder(path)
        other.kill()
        other.wait()
    assert holder(path) == ""
    Lock(path).take("a trial")
