"""The commands of each stage, as they will be run, before anything is run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from fixtures import images, maintenance, migrator, source
from fixtures.comparison import Comparison
from fixtures.compose import Compose
from fixtures.repository import checkout_arguments
from fixtures.rollback_point import SNAPSHOT, Kind
from fixtures.settings import Target
from runbook.closed_door_preview import ClosedDoorPreview, shell
from runbook.plans import MINOR


class Preview(ClosedDoorPreview):
    """The commands of an upgrade on one target."""

    def __init__(
        self, target: Target, compose: Compose, known: Comparison, kind: Kind = SNAPSHOT, plan: str = "upgrade"
    ) -> None:
        super().__init__(target, compose, kind)
        self.script = target.minor.script if plan == MINOR else ()
        self.known, self.commit, self.old = known, known.commit, known.from_commit

    def source(self) -> list[str]:
        """Fetch, backup branch, worktree."""
        branch, remote = source.branch_name(datetime.now(UTC)), self.target.git.remote
        pushed = [] if self.target.git.push == "off" else [f"refs/heads/{branch}:refs/heads/{branch}"]
        requested, is_tag = self.known.requested, self.known.version == self.known.requested
        tag = [self.git("fetch", "--no-tags", remote, f"refs/tags/{requested}:refs/tags/{requested}")]
        return [
            self.git("fetch", "--prune", remote),
            *(tag if is_tag else []),
            self.git("branch", branch, self.old),
            *(self.git("push", remote, reference) for reference in pushed),
            self.git("worktree", "add", "--force", "--detach", str(self.directory / "release"), self.commit),
        ]

    def dependencies(self) -> list[str]:
        """Build from the worktree, pin what runs."""
        worktree = self.directory / "release"
        release = replace(
            self.compose,
            directory=worktree,
            files=(*(worktree / file for file in self.target.compose.files), self.directory / "build.yml"),
            env_files=(self.directory / "candidate.env",),
        )
        web = self.target.services.web
        keep = images.rollback_name(self.compose.project, web, self.old)
        is_pulled = web in self.target.compose.pull
        return [
            shell(release.argv(*(("pull",) if is_pulled else images.build_arguments(self.target)), web)),
            shell(["docker", "image", "tag", "RUNNING", keep]),
        ]

    def trial(self) -> list[str]:
        """Migrate and start, on the clone."""
        return [
            f"(in container {self.work}-trial-migration, on the clone) {self.tool(*migrator.TO_HEAD)}",
            f"(on the clone) docker compose {shell(self.up())}",
        ]

    def maintenance(self) -> list[str]:
        """Stop the writers, take the rollback point, switch directory and images."""
        web = self.target.services.web
        return [
            *self.page(),
            *self.stopping(),
            *self.point(),
            self.switching(),
            shell(["docker", "image", "tag", self.wanted_image(), f"{self.compose.project}-{web}"]),
        ]

    def switching(self) -> str:
        """The checkout, or the deployment's own script."""
        if self.script:
            return f"(in {self.target.directory}) {shell(self.script)}"
        return self.git(*checkout_arguments(self.commit, maintenance.branch_for(self.known, self.target)))

    def migration(self) -> list[str]:
        """The guide's `flask db upgrade`, in a container that outlives the runner."""
        return [self.in_web("migration", *self.target.migrations.command, *migrator.TO_HEAD)]

    def rollback(self) -> list[str]:
        """The way back."""
        web = self.target.services.web
        return [
            *self.stopping(),
            *self.point_back(),
            self.git(*checkout_arguments(self.old, self.known.from_branch)),
            shell(["docker", "image", "tag", self.kept_image(), f"{self.compose.project}-{web}"]),
            *self.opening(),
        ]

    def wanted_image(self) -> str:
        """What the image of the version is called that is brought in."""
        return images.release_name(self.compose.project, self.target.services.web, self.commit)

    def kept_image(self) -> str:
        """What the image is called that runs now."""
        return images.rollback_name(self.compose.project, self.target.services.web, self.old)
