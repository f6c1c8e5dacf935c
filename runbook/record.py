"""How one stage of a run went, as the runner knows it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass
class StageRecord:
    """How one stage went: `passed`, `failed`, `waived`, or still `running`; its seconds; why it failed.

    `earlier_at` is the time at which an earlier process of this run came to that judgement; else it is empty.
    """

    name: str
    begun_at: float
    verdict: str = "running"
    seconds: float = 0.0
    reasons: list[str] = field(default_factory=list)
    earlier_at: str = ""
    _begun: float = field(default_factory=time.monotonic)

    def end(self, verdict: str) -> None:
        """Note the judgement, and how long it took to come to it."""
        self.verdict, self.seconds = verdict, time.monotonic() - self._begun
