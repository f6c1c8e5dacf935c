"""A run that is watched while it lives: begun in a process of its own, waited for by what its journal says."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from staging.deployment import Rehearsal
from tests.rehearsal import gate, outside

LONGEST_SECONDS = 600


@dataclass
class Living:
    """A command that was begun."""

    process: subprocess.Popen[bytes]
    output: IO[bytes]

    def said(self) -> str:
        """What it has printed so far."""
        return os.pread(self.output.fileno(), 10**6, 0).decode(errors="replace")

    def wait(self) -> int:
        """Wait for its end and return its exit code. Raise TimeoutExpired when that does not come."""
        return self.process.wait(LONGEST_SECONDS)

    def until(self, what: str, is_so: Callable[[], bool]) -> None:
        """Wait until something is so while it lives. Raise TimeoutError, with what it said, when it never is."""
        deadline = time.monotonic() + LONGEST_SECONDS
        while not is_so():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"{what}: never; exit code {self.process.poll()}\n{self.said()}")
            time.sleep(0.05)

    def until_recorded(self, rehearsal: Rehearsal, event: str, stage: str = "") -> None:
        """Wait until the newest run has journalled an event."""
        self.until(f"{event} {stage}", lambda: is_recorded(rehearsal, event, stage))

    def until_stopped(self) -> None:
        """Wait until the process stands still, as a failpoint with SIGSTOP has it."""
        self.until("a process that stands still", lambda: state(self.process.pid) == "T")

    def go_on(self) -> None:
        """Let it go on after SIGSTOP."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it with nothing tidied up."""
        self.process.kill()
        self.process.wait()


def is_recorded(rehearsal: Rehearsal, event: str, stage: str = "") -> bool:
    """Whether the newest run has journalled an event."""
    return any((r["event"], r["stage"]) == (event, stage) for r in outside.last_journal(rehearsal))


def state(process: int) -> str:
    """The state letter of a process: T when it was stopped."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


@contextmanager
def begun(*arguments: str, extra: dict[str, str] | None = None) -> Iterator[Living]:
    """Begin a call of the gate; it is killed at the end of the block, should it still live."""
    with begun_as(gate.argv(*arguments), extra=extra) as living:
        yield living


@contextmanager
def begun_as(argv: list[str], *, extra: dict[str, str] | None = None) -> Iterator[Living]:
    """Begin any command at the project's root."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            argv,
            cwd=gate.ROOT,
            env=gate.environment() | (extra or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        living = Living(process, output)
        try:
            yield living
        finally:
            living.kill()
