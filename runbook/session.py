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
from runbook import history
from runbook.options import waivers

REHEARSAL = "rehearsal"


def target(config: pytest.Config, rehearsal_settings: Path | None) -> Target:
    """The target that was asked for, from the rehearsal's own settings file or from the operator's."""
    path = rehearsal_settings or config.rootpath / config.option.settings
    return settings.choose(settings.load(path), config.option.target)


def make_run(config: pytest.Config, plan: str, chosen: Target) -> Run:
    """The run of a plan on a deployment: a new one, or, for a rollback, the one that is to be rolled back.

    Raise Refused when the target is unfit, when an earlier run is unfinished, or when there is nothing to roll back.
    """
    deployment = Deployment(chosen, LocalHost())
    state = deployment.host.make_directory(chosen.state)
    if plan == "rollback":
        return history.reopen(deployment, history.last_that_changed(state))
    if plan == "upgrade":
        history.refuse_unfinished(state)
    name = run_name()
    directory = deployment.host.make_directory(state / "runs" / name)
    journal = Journal.open(directory / "journal.jsonl")
    return Run(name, plan, deployment, journal, directory, release(config, chosen), waivers(config))


def release(config: pytest.Config, chosen: Target) -> str:
    """The release that was asked for: the deployed branch unless `--to` says otherwise."""
    try:
        return settings.safe_reference(config.option.to or chosen.git.branch)
    except ValueError as error:
        raise Refused(f"--to cannot be used: {error}; nothing was changed.") from error


def run_name() -> str:
    """A name for a run that sorts by time and is never given twice, such as 20261122T021000Z-4f1a."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


class Lock:
    """One run at a time on a deployment: held by the kernel for the living process, freed by its death."""

    def __init__(self, state: Path) -> None:
        self.path = state / "lock"
        self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

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
