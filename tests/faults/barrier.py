"""A plugin for runs under test (`-p tests.faults.barrier`): none of them takes the target's lock before all are there.

`RUNBOOK_BARRIER` is a directory in which each process leaves a file, and the number of files that there must be.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from fixtures import lock
from fixtures.lock import Lock

VARIABLE = "RUNBOOK_BARRIER"
PLUGIN = ("-p", "tests.faults.barrier")
LONGEST_SECONDS = 60


def at(directory: Path, number: int) -> dict[str, str]:
    """The environment in which so many processes wait for one another."""
    return {VARIABLE: f"{number}:{directory}"}


def meet() -> None:
    """Say that this process is there, and wait for the others. Raise TimeoutError when they do not come."""
    number, _, directory = os.environ[VARIABLE].partition(":")
    (Path(directory) / str(os.getpid())).touch()
    deadline = time.monotonic() + LONGEST_SECONDS
    while len(list(Path(directory).iterdir())) < int(number):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not {number} processes at the barrier within {LONGEST_SECONDS} s")
        time.sleep(0.01)


def take(self: Lock, what: str) -> None:
    """Take a lock; the target's together with all others."""
    if self.path.name == lock.NAME:
        meet()
    really_take(self, what)


really_take = Lock.take
if os.environ.get(VARIABLE):
    Lock.take = take  # type: ignore[method-assign]
