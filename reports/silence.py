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
    """Have pytest's reporter write to nowhere."""
    speak_to(session, Path(os.devnull).open("w"))  # noqa: SIM115 - for as long as the process lives


def speak_to(session: pytest.Session, file: object) -> None:
    """Have pytest's reporter write to a file of ours: its own raises when the terminal or the pipe is closed."""
    plugins = session.config.pluginmanager
    plugins.unregister(name=REPORTER)
    # pytest asks for a text file; of it, it uses what a Screen has.
    reporter = pytest.TerminalReporter(session.config, file)  # type: ignore[arg-type]
    plugins.register(reporter, REPORTER)
    reporter.pytest_sessionstart(session)


def show_internal_error(text: str) -> None:
    """Show an error of pytest or of a plugin all the same, where somebody still listens."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{text}\n")
