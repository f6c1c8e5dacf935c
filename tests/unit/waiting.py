"""Waiting for something that happens elsewhere, with a limit and without guessing how long it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE_SECONDS = 10


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is true, or fail."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"not true within {PATIENCE_SECONDS} s"
        pause.wait(0.01)
