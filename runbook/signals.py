"""SIGINT, SIGTERM and SIGHUP end the current wait in order; a second one ends the process at once."""

from __future__ import annotations

import os
import signal
from types import FrameType

from runbook.outcome import Outcome

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Turns the first ending signal into a KeyboardInterrupt, which pytest and the gate know how to end with."""

    def __init__(self) -> None:
        self.received = ""

    def install(self) -> None:
        """Listen. Without this SIGTERM and SIGHUP would end pytest with nothing written.

        A signal that whoever started us has ignored, as nohup does with SIGHUP, stays ignored.
        """
        for number in ENDING:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._on_signal)

    def remove(self) -> None:
        """Give the signals back to whoever handles them by default."""
        for number in ENDING:
            if signal.getsignal(number) == self._on_signal:
                signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.received:
            os._exit(Outcome.INTERRUPTED.exit_code)
        self.received = signal.Signals(number).name
        raise KeyboardInterrupt(f"{self.received} received")
