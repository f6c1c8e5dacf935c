"""Makes a run out of the command line: the target, its deployment, the run's directory, journal and lock."""

from __future__ import annotations

import fcntl
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures import settings
from fixtures.deployment import Deployment
from fixtures.errors import Refused
from fixtures.host import LocalHost
from fixtures.journal import Journal, now
from fixtures.run import Run
from fixtures.settings import Target
from runbook.options import waivers

REHEARSAL = "rehearsal"


def target(config: pytest.Config, rehearsal_settings: Path | None) -> Target:
    """The target that was asked for, from the rehearsal's own settings file or from the operator's."""
    path = rehearsal_settings or config.rootpath / config.option.settings
    return settings.choose(settings.load(path), config.option.target)


def make_run(config: pytest.Config, plan: str, chosen: Target) -> Run:
    """A run of a plan on a deployment, with its directory and journal. Raise Refused when the target is unfit."""
    host = LocalHost()
    deployment = Deployment(chosen, host)
    name = run_name()
    directory = host.make_directory(chosen.state / "runs" / name)
    journal = Journal.open(directory / "journal.jsonl")
    requested = settings.safe_reference(config.option.to or chosen.git.branch)
    return Run(name, plan, deployment, journal, directory, requested, waivers(config))


def run_name() -> str:
    """A name for a run that sorts by time and is never given twice, such as 20261122T021000Z-4f1a."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


class Lock:
    """One run at a time on a deployment: held by the kernel for the living process, freed by its death."""

    def __init__(self, state: Path) -> None:
        self.path = state / "lock"
        self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)

    def take(self, what: str) -> None:
        """Take the lock; raise Refused saying who holds it, since when, doing what."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = self.path.read_text().strip() or "another process"
            raise Refused(
                "Another run is at work on this deployment; nothing was changed.",
                found=holder,
                next_step="wait for it to end; the lock is freed by itself when that process is gone",
            ) from error
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, f"process {os.getpid()}, since {now()}, doing {what}\n".encode(), 0)

    def free(self) -> None:
        """Let the next run begin."""
        os.close(self.descriptor)
