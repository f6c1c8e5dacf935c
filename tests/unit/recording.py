"""A host on which no command runs: it notes each one, and gives the answers that a test laid down."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixtures.command import CommandFailed, CommandResult
from fixtures.compose import Compose
from fixtures.host import Host


@dataclass(frozen=True)
class Noted:
    """One command that would have run, and what it would have run with."""

    argv: tuple[str, ...]
    directory: Path | None
    environment: Mapping[str, str]
    timeout_seconds: float


@dataclass
class RecordingHost(Host):
    """Answers by the words that a command begins with; anything else is answered with nothing and exit code 0."""

    answers: dict[tuple[str, ...], str] = field(default_factory=dict)
    exit_codes: dict[tuple[str, ...], int] = field(default_factory=dict)
    noted: list[Noted] = field(default_factory=list)

    @property
    def commands(self) -> list[list[str]]:
        """The argument lists, in their order."""
        return [list(noted.argv) for noted in self.noted]

    def run(
        self,
        argv: Sequence[str],
        *,
        directory: Path | None = None,
        environment: Mapping[str, str] | None = None,
        input_text: str | None = None,
        timeout_seconds: float = 120,
        check: bool = True,
    ) -> CommandResult:
        """Note a command and answer it."""
        self.noted.append(Noted(tuple(argv), directory, environment or {}, timeout_seconds))
        result = CommandResult(tuple(argv), self.exit_code(argv), self.answer(argv), "", 0.0)
        if check and result.exit_code:
            raise CommandFailed.of(result)
        return result

    def answer(self, argv: Sequence[str]) -> str:
        """The answer laid down for a command."""
        return next((text for words, text in self.answers.items() if stands_in(words, argv)), "")

    def exit_code(self, argv: Sequence[str]) -> int:
        """The exit code laid down for a command."""
        return next((code for words, code in self.exit_codes.items() if stands_in(words, argv)), 0)


def stands_in(words: tuple[str, ...], argv: Sequence[str]) -> bool:
    """Whether these words follow one another in a command."""
    starts = range(len(argv) - len(words) + 1)
    return any(tuple(argv[start : start + len(words)]) == words for start in starts)


def answering_config(config: dict[str, Any]) -> dict[tuple[str, ...], str]:
    """The answer to `docker compose config`."""
    return {("config", "--format", "json"): json.dumps(config)}


def project(host: Host, directory: Path = Path("/srv/shop")) -> Compose:
    """A Compose project on a host."""
    return Compose(host, directory, "shop", (directory / "docker-compose.yml",), (directory / ".env",))
