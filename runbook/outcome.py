"""How a run can end, and the exit code that says so."""

from __future__ import annotations

from enum import Enum


class Outcome(Enum):
    """The end of a run: its name in journal and report, and its exit code."""

    DONE = ("done", 0)
    NOTHING_TO_DO = ("nothing-to-do", 0)
    REFUSED = ("refused", 10)
    ROLLED_BACK = ("rolled-back", 11)
    NEEDS_OPERATOR = ("needs-operator", 12)
    INTERRUPTED = ("interrupted", 2)

    def __init__(self, word: str, exit_code: int) -> None:
        self.word = word
        self.exit_code = exit_code
