"""Says now and then that something still lasts, where no terminal can show its time running."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

INTERVAL_SECONDS = 30.0


class Heartbeat:
    """Calls `say` with the seconds so far and the last line, again and again until it is stopped."""

    def __init__(self, say: Callable[[float, str], None], interval_seconds: float = INTERVAL_SECONDS) -> None:
        self.say = say
        self.interval_seconds = interval_seconds
        self.last_line = ""
        self.begun_at = time.monotonic()
        self._stop = threading.Event()
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def _beat(self) -> None:
        while not self._stop.wait(self.interval_seconds):
            self.say(time.monotonic() - self.begun_at, self.last_line)

    def stop(self) -> None:
        """Say nothing any more."""
        self._stop.set()
