"""What the plans that close the door have in common: how it is closed, kept safe, opened; as commands."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from fixtures import closing, dump_point, restart, rollback_point, snapshot_point, start
from fixtures.compose import Compose
from fixtures.rollback_point import DUMP, SNAPSHOT, Kind
from fixtures.settings import Target

RUN = "RUN"


class ClosedDoorPreview:
    """The commands on one target; RUN stands for the name that only the run will have."""

    def __init__(self, target: Target, compose: Compose, kind: Kind = SNAPSHOT) -> None:
        self.target, self.compose, self.kind = target, compose, kind
        self.directory = target.state / "runs" / RUN
        self.work = f"{compose.project}-{RUN}"

    def commands(self, stage: str) -> list[str]:
        """The commands of a stage that change something, a line each; SQL and work in containers say so."""
        method = getattr(self, stage, None)
        return method() if method else []

    def backup(self) -> list[str]:
        """Dump and archive, in containers of the run; restored into a clone at once."""
        to = self.target.state / "backups" / RUN
        database = self.target.database
        return [
            f"(in container {self.work}-dump) pg_dump --format=directory --file={to}/database {database.name}",
            f"(in container {self.work}-media-backup) tar --create --file={to}/media.tar",
            f"(in container {self.work}-restore) pg_restore --exit-on-error --create {to}/database",
            *self.copies(to),
        ]

    def copies(self, of: Path) -> list[str]:
        """The copy off the host and the deployment's own script, where they are configured."""
        wanted = self.target.backups
        copy = wanted.off_host.command_for(of, RUN) if wanted.off_host else []
        if wanted.off_host and wanted.off_host.restic:
            copy = ["restic", "backup", str(of)]
        commands = [shell(copy)] if copy else []
        return [*commands, f"(in {self.target.directory}) {shell(wanted.script)}"] if wanted.script else commands

    def point(self) -> list[str]:
        """What brings the data back: a copy of the database, or a dump of that moment."""
        name, to = self.target.database.name, dump_point.place(self.directory / rollback_point.DIRECTORY)
        if self.kind == DUMP:
            return [f"(in container {self.work}-dump-rollback-point) pg_dump --format=directory --file={to} {name}"]
        return [f"(SQL) create database {snapshot_point.name(name, RUN)} template {name}"]

    def point_back(self) -> list[str]:
        """How that is put back."""
        name = self.target.database.name
        if self.kind == DUMP:
            return self.restoring(dump_point.place(self.directory / rollback_point.DIRECTORY))
        return [
            f"(SQL) alter database {name} rename to {name}_failed_{RUN}",
            f"(SQL) alter database {snapshot_point.name(name, RUN)} rename to {name}",
        ]

    def restoring(self, dumped: Path) -> list[str]:
        """How a dump takes the place of what is in the database."""
        name, put_back = self.target.database.name, f"(in container {self.work}-put-back)"
        return [
            f"{put_back} (SQL) drop everything in {name}, in the transaction of:",
            f"{put_back} pg_restore --single-transaction --dbname={name} {dumped}",
        ]

    def page(self) -> list[str]:
        """The maintenance page, where one is wanted."""
        wanted = self.target.maintenance.page
        return [f"(in container {self.work}-maintenance-page) 503 with page {wanted}"] if wanted != "off" else []

    def stopping(self) -> list[str]:
        """Stop the writers, the door first."""
        stops = closing.stop_arguments(self.compose, self.target.services)
        return [shell(self.compose.argv(*words)) for words in stops]

    def restart(self) -> list[str]:
        """Start in the dark."""
        analyze = ["(SQL) analyze the tables whose statistics are stale"] * self.target.migrations.analyze
        return [*analyze, shell(self.compose.with_files(self.directory / restart.DARK_FILE).argv(*self.up()))]

    def acceptance(self) -> list[str]:
        """Make what will serve, then open the door."""
        return self.opening()

    def opening(self) -> list[str]:
        """Containers first, and only then users."""
        return [shell(self.compose.argv(*words)) for words in (start.MAKING, self.up())]

    def up(self) -> tuple[str, ...]:
        """The Compose arguments that start the services."""
        return start.arguments(self.target.limits.start_seconds)

    def in_web(self, what: str, *command: str) -> str:
        """A command in a container of the web service that outlives the runner."""
        options = ["run", "--detach", "--no-deps", "--name", f"{self.work}-{what}"]
        return shell(self.compose.argv(*options, self.target.services.web, *command))

    def tool(self, *arguments: str) -> str:
        """The migration tool."""
        return shell([*self.target.migrations.command, *arguments])

    def git(self, *arguments: str) -> str:
        """A git command on the deployment's clone."""
        return shell(["git", "-C", str(self.target.directory), *arguments])


def shell(argv: Sequence[str | Path]) -> str:
    """A command as a person would type it."""
    return shlex.join(str(word) for word in argv)
