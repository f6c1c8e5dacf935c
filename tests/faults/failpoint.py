"""A plugin for runs under test (`-p tests.faults.failpoint`): something happens to the process at one journal record.

`RUNBOOK_FAILPOINT` is `POINT=DEED`. The point is a record: its number, or its event and stage (`stage-passed backup`),
the first one that this process writes. The deed:

- `before`, `torn`, `after`: SIGKILL before the record is written, with half of it written, or once it is on disk;
- the name of a signal, such as `SIGTERM`: sent once the record is on disk.
"""

from __future__ import annotations

import json
import os
import signal

from fixtures.journal import Journal

VARIABLE = "RUNBOOK_FAILPOINT"
PLUGIN = ("-p", "tests.faults.failpoint")


def at(point: str | int, deed: str) -> dict[str, str]:
    """The environment in which a deed is done at a point."""
    return {VARIABLE: f"{point}={deed}"}


class Failpoint:
    """The one deed of this process, done at most once."""

    def __init__(self, text: str) -> None:
        self.point, _, self.deed = text.rpartition("=")
        self.is_done = False

    def is_reached(self, line: bytes) -> bool:
        """Whether the record that is about to be written is the one."""
        record = json.loads(line)
        names = (str(record["sequence"]), f"{record['event']} {record['stage']}".strip())
        return not self.is_done and self.point in names

    def append(self, journal: Journal, line: bytes) -> None:
        """Write a record, or not, and do the deed."""
        if not self.is_reached(line):
            write(journal, line)
            return
        self.is_done = True
        if self.deed == "before":
            die()
        if self.deed == "torn":
            write(journal, line[: len(line) // 2])
            die()
        write(journal, line)
        if self.deed == "after":
            die()
        os.kill(os.getpid(), signal.Signals[self.deed])


def die() -> None:
    """End this process as the kernel would, with nothing tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


write = Journal._append
if os.environ.get(VARIABLE):
    failpoint = Failpoint(os.environ[VARIABLE])
    Journal._append = lambda journal, line: failpoint.append(journal, line)  # type: ignore[method-assign, assignment]
