"""Keeps pytest's own words off the terminal in plan mode: the narrator tells the run, the report has the tracebacks."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

REPORTER = "terminalreporter"
QUIETEST = -2


def prepare(config: pytest.Config) -> None:
    """Have pytest say as little as it can until its reporter can be replaced."""
    config.option.verbose = QUIETEST
    config.option.no_header = config.option.no_summary = True
    if config.option.tbstyle == "auto":
        config.option.tbstyle = "short"


def begin(session: pytest.Session) -> None:
    """Put a reporter that writes to nowhere in place of pytest's own: neither words nor a closed pipe disturb a run."""
    plugins = session.config.pluginmanager
    plugins.unregister(name=REPORTER)
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - for as long as the process lives
    silent = pytest.TerminalReporter(session.config, nowhere)
    plugins.register(silent, REPORTER)
    silent.pytest_sessionstart(session)


def show_internal_error(text: str) -> None:
    """Show an error of pytest or of a plugin all the same, where somebody still listens."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{text}\n")
