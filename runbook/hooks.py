"""What the runbook tells whoever listens: reports implement these, the runbook never calls a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from fixtures.command import CommandResult
    from fixtures.prober import Timeline
    from fixtures.run import Run
    from runbook.outcome import Outcome
    from runbook.record import StageRecord
    from runbook.runner import Runner


def pytest_runbook_begun(run: Run, config: pytest.Config) -> None:
    """A run begins: its directory exists, nothing has been looked at yet."""


def pytest_runbook_stage_begun(stage: str) -> None:
    """The first function of a stage is about to run."""


def pytest_runbook_command(stage: str, result: CommandResult) -> None:
    """A command of a stage has ended."""


def pytest_runbook_said(stage: str, line: str, is_news: bool) -> None:
    """Something that lasts has said a line; it is news where a person should not miss it."""


def pytest_runbook_told(text: str) -> None:
    """An operation has been answered something that a person asked to see."""


def pytest_runbook_stage_over(runner: Runner, record: StageRecord) -> None:
    """A stage was judged: passed, failed or waived."""


def pytest_runbook_interrupted(item: pytest.Item, reason: str) -> None:
    """A person or the system ended the run in the middle of a function of a stage."""


def pytest_runbook_ended(runner: Runner, outcome: Outcome, timeline: Timeline) -> None:
    """The run is over, its outcome is in the journal."""
