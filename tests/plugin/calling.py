"""The gate as an operator calls it, in a copy of the project: what it prints, its exit code, what it leaves behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.rehearsal import gate

ROOT = Path(__file__).parents[2]
PARTS = ("runbook", "checks", "fixtures", "reports", "staging")
FILES = ("conftest.py", "pytest.ini")
LEFT_OUT = ("node_modules", "runs", "generated")
LONGEST_SECONDS = 60
OWN_TEST = "def test_of_the_suite() -> None:\n    assert True\n"


@dataclass(frozen=True)
class Ended:
    """How a call ended, and all that it printed."""

    exit_code: int
    output: str

    @property
    def lines(self) -> list[str]:
        """What it printed, line by line."""
        return self.output.splitlines()


@dataclass(frozen=True)
class Project:
    """A copy of the project with one test of its own in `tests/`, so that no call leaves anything in this one."""

    directory: Path

    def call(self, *arguments: str, extra: dict[str, str] | None = None) -> Ended:
        """Call pytest in it and wait for its end."""
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=self.directory,
            env=gate.environment(self.directory.with_name(f"{self.directory.name}-bytecode")) | (extra or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_SECONDS,
        )
        return Ended(done.returncode, done.stdout)

    def call_each(self, lines: Iterable[Sequence[str]]) -> dict[tuple[str, ...], Ended]:
        """Make several calls beside one another; return how each ended."""
        wanted = [tuple(line) for line in lines]
        with ThreadPoolExecutor(max_workers=2) as pool:
            return dict(zip(wanted, pool.map(lambda line: self.call(*line), wanted), strict=True))


def copy_project(directory: Path) -> Project:
    """Copy what pytest reads of the project."""
    for name in PARTS:
        shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for name in FILES:
        shutil.copy(ROOT / name, directory / name)
    (directory / "tests").mkdir()
    (directory / "tests" / "test_own.py").write_text(OWN_TEST)
    return Project(directory)
