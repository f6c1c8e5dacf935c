"""The commands of a restore, as they will be run, before anything is run."""

from __future__ import annotations

from pathlib import Path

from fixtures import beside, snapshot_point
from fixtures.compose import Compose
from fixtures.settings import Target
from runbook.closed_door_preview import RUN, ClosedDoorPreview


class RestorePreview(ClosedDoorPreview):
    """The commands of a restore on one target."""

    def __init__(self, target: Target, compose: Compose, directory: Path) -> None:
        super().__init__(target, compose)
        self.restored, self.name = directory, target.database.name

    def proof(self) -> list[str]:
        """Restored into a clone, then beside."""
        read = f"pg_restore --exit-on-error {self.restored}/database"
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
            *self.stopping(),
            f"(in container {self.work}-media-rollback-point-1) tar --create --file={archive}",
            f"(SQL) alter database {self.name} rename to {kept}",
            f"(SQL) alter database {beside.database_name(self.name, RUN)} rename to {self.name}",
            f"(in container {self.work}-media-replacement) tar --extract --file={self.restored}/media.tar",
        ]

    def rollback(self) -> list[str]:
        """The way back."""
        return [*self.stopping(), *self.point_back(), *self.opening()]
