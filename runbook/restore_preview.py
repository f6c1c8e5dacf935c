"""The commands of a restore, as they will be run, before anything is run."""

from __future__ import annotations

from pathlib import Path

from fixtures import beside, closing, restart, snapshot_point, start
from fixtures.compose import Compose
from fixtures.settings import Target
from runbook.preview import RUN, shell


class RestorePreview:
    """The commands of a restore on one target; RUN stands for the name that only the run will have."""

    def __init__(self, target: Target, compose: Compose, backup: Path) -> None:
        self.target, self.compose, self.backup = target, compose, backup
        self.name, self.work = target.database.name, f"{compose.project}-{RUN}"

    def commands(self, stage: str) -> list[str]:
        """The commands of a stage that change something, a line each; SQL and work in containers say so."""
        method = getattr(self, stage, None)
        return method() if method else []

    def proof(self) -> list[str]:
        """Restored into a clone, then beside."""
        read = f"pg_restore --exit-on-error {self.backup}/database"
        name = beside.database_name(self.name, RUN)
        return [
            f"(in container {self.work}-restore, on the clone) {read} --create",
            f"(SQL) create database {name} template template0",
            f"(in container {self.work}-restore-beside) {read} --dbname={name}",
        ]

    def replacement(self) -> list[str]:
        """Stop the writers, archive the files, two renames, unpack."""
        kept = snapshot_point.name(self.name, RUN)
        archive = self.target.state / "runs" / RUN / "rollback-point" / "media.tar"
        return [
            *(shell(self.compose.argv(*words)) for words in closing.stop_arguments(self.compose, self.target.services)),
            f"(in container {self.work}-media-rollback-point-1) tar --create --file={archive}",
            f"(SQL) alter database {self.name} rename to {kept}",
            f"(SQL) alter database {beside.database_name(self.name, RUN)} rename to {self.name}",
            f"(in container {self.work}-media-replacement) tar --extract --file={self.backup}/media.tar",
        ]

    def restart(self) -> list[str]:
        """Start in the dark."""
        dark = self.target.state / "runs" / RUN / restart.DARK_FILE
        return [shell(self.compose.with_files(dark).argv(*self.up()))]

    def acceptance(self) -> list[str]:
        """Make what will serve, then open the door."""
        return self.opening()

    def rollback(self) -> list[str]:
        """The way back."""
        return [
            *(shell(self.compose.argv(*words)) for words in closing.stop_arguments(self.compose, self.target.services)),
            f"(SQL) alter database {self.name} rename to {self.name}_failed_{RUN}",
            f"(SQL) alter database {snapshot_point.name(self.name, RUN)} rename to {self.name}",
            *self.opening(),
        ]

    def opening(self) -> list[str]:
        """Containers first, and only then users."""
        return [shell(self.compose.argv(*words)) for words in (start.MAKING, self.up())]

    def up(self) -> tuple[str, ...]:
        """The Compose arguments that start the services."""
        return start.arguments(self.target.limits.start_seconds)
