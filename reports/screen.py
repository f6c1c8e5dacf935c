"""Where lines for the operator go: the terminal that pytest was started in, past pytest's capture. Gone is gone."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from rich.console import Console, ConsoleDimensions


class Screen:
    """A file for rich that masks secrets, and that never raises when the terminal or the pipe is closed."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        self.mask = mask
        self.file = standard_output()

    def write(self, text: str) -> int:
        """Write a text without its secrets; nothing happens when nobody reads any more."""
        with suppress(OSError, ValueError):
            self.file.write(self.mask(text))
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        with suppress(OSError, ValueError):
            self.file.flush()

    def fileno(self) -> int:
        """The number of its file; raise OSError or ValueError where it has none."""
        return self.file.fileno()

    def isatty(self) -> bool:
        """Whether a person sits in front of it."""
        return self.file.isatty()


class Terminal(Console):
    """A console that asks the screen for its size: while tests run, pytest has other files for the standard streams."""

    @property  # type: ignore[misc]  # rich lets a size be set, too; nobody does here
    def size(self) -> ConsoleDimensions:
        """How many columns and lines there are now."""
        try:
            return ConsoleDimensions(*os.get_terminal_size(self.file.fileno()))
        except (OSError, ValueError):
            return super().size


def standard_output() -> TextIO:
    """Standard output as it is now, for good: pytest puts another one in its place while tests run."""
    try:
        return os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding=sys.stdout.encoding, errors="replace", buffering=1)
    except (OSError, ValueError):
        return sys.stdout


def open_console(mask: Callable[[str], str]) -> Console:
    """A rich console on the screen: colours and a spinner on a terminal, plain lines everywhere else."""
    screen = Screen(mask)
    # rich asks for a text file; of it, it uses what Screen has.
    return Terminal(
        file=screen,  # type: ignore[arg-type]
        force_terminal=screen.isatty(),
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )
