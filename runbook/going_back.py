"""After a watch that failed: the way back by itself, where the settings want it.

It is the command that a person would type, in the place of this process: it decides by itself which way the trial has
proved to lose nothing, and stops, as it would for a person, where there is none.
"""

from __future__ import annotations

import os
import sys

import pytest

from runbook.outcome import Outcome
from runbook.plans import UPGRADES
from runbook.runner import Runner


def is_wanted(runner: Runner, outcome: Outcome) -> bool:
    """Whether users are served by a version of which the watch found that it gets worse, and the settings say so."""
    is_worse = runner.failed_stage == "watch" and outcome is Outcome.NEEDS_OPERATOR
    return is_worse and runner.run.plan in UPGRADES and runner.run.deployment.target.watch.roll_back


def command(config: pytest.Config) -> list[str]:
    """The rollback as the same pytest is called for it, with the same target and the same places."""
    given = config.option
    options = [f"--target={given.target}", f"--settings={given.settings}"]
    options += [f"--{name}={place}" for name in ("place", "reports") if (place := getattr(given, name))]
    named = [name for name in config.known_args_namespace.plugins or () if not name.startswith("no:")]
    plugins = [word for name in named for word in ("-p", name)]
    return [sys.executable, "-m", "pytest", "-c", str(config.inipath), *plugins, "-m", "rollback", *options]


def go(config: pytest.Config) -> None:
    """CHANGES the deployment back: this process becomes the rollback, whose exit code is then that of the command."""
    argv = command(config)
    capture = config.pluginmanager.get_plugin("capturemanager")
    if capture is not None:
        capture.suspend_global_capture(in_=True)
    print(f"\nThe watch failed, and watch.roll_back is set: pytest -m rollback --target={config.option.target}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(argv[0], argv)
