"""The commands of each stage, as they will be run, before anything is run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from fixtures import closing, images, maintenance, restart, source, start
from fixtures.comparison import Comparison
from fixtures.compose import Compose
from fixtures.repository import checkout_arguments
from fixtures.settings import Target

RUN = "RUN"


class Preview:
    """The commands of a plan on one target; RUN stands for the name that only the run will have."""

    def __init__(self, target: Target, compose: Compose, known: Comparison) -> None:
        self.target, self.compose, self.requested = target, compose, known.requested
        self.is_tag = known.version == known.requested
        self.commit, self.old, self.branch = known.commit, known.from_commit, known.from_branch
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

    def source(self) -> list[str]:
        """Fetch, backup branch, worktree."""
        branch, remote = source.branch_name(datetime.now(UTC)), self.target.git.remote
        pushed = [] if self.target.git.push == "off" else [f"refs/heads/{branch}:refs/heads/{branch}"]
        tag = [self.git("fetch", "--no-tags", remote, f"refs/tags/{self.requested}:refs/tags/{self.requested}")]
        return [
            self.git("fetch", "--prune", remote),
            *(tag if self.is_tag else []),
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
        return [
            shell(release.argv(*images.build_arguments(self.target), web)),
            shell(["docker", "image", "tag", "RUNNING", keep]),
        ]

    def trial(self) -> list[str]:
        """Migrate and start, on the clone."""
        migrate = shlex.join([*self.target.migrations.command, "upgrade"])
        return [
            f"(in container {self.work}-trial-migration, on the clone) {migrate}",
            f"(on the clone) docker compose {shlex.join(self.up())}",
        ]

    def maintenance(self) -> list[str]:
        """Stop the writers, take the rollback point, switch directory and images."""
        name, web = self.target.database.name, self.target.services.web
        return [
            *self.page(),
            *self.stopping(),
            f"(SQL) create database {maintenance.snapshot_name(name, RUN)} template {name}",
            self.git(*checkout_arguments(self.commit, maintenance.branch_for(self.requested, self.target))),
            shell(["docker", "image", "tag", self.wanted_image(), f"{self.compose.project}-{web}"]),
        ]

    def page(self) -> list[str]:
        """The maintenance page, where one is wanted."""
        wanted = self.target.maintenance.page
        return [f"(in container {self.work}-maintenance-page) 503 with page {wanted}"] if wanted != "off" else []

    def stopping(self) -> list[str]:
        """Stop the writers, the door first."""
        stops = closing.stop_arguments(self.compose, self.target.services)
        return [shell(self.compose.argv(*words)) for words in stops]

    def migration(self) -> list[str]:
        """The guide's `flask db upgrade`, in a container that outlives the runner."""
        options = ["run", "--detach", "--no-deps", "--name", f"{self.work}-migration"]
        return [
            shell(self.compose.argv(*options, self.target.services.web, *self.target.migrations.command, "upgrade"))
        ]

    def restart(self) -> list[str]:
        """Start in the dark."""
        analyze = ["(SQL) analyze the tables whose statistics are stale"] * self.target.migrations.analyze
        return [*analyze, shell(self.compose.with_files(self.directory / restart.DARK_FILE).argv(*self.up()))]

    def acceptance(self) -> list[str]:
        """Make what will serve, then open the door."""
        return self.opening()

    def rollback(self) -> list[str]:
        """The way back."""
        name, web = self.target.database.name, self.target.services.web
        return [
            *self.stopping(),
            f"(SQL) alter database {name} rename to {name}_failed_{RUN}",
            f"(SQL) alter database {maintenance.snapshot_name(name, RUN)} rename to {name}",
            self.git(*checkout_arguments(self.old, self.branch)),
            shell(["docker", "image", "tag", self.kept_image(), f"{self.compose.project}-{web}"]),
            *self.opening(),
        ]

    def wanted_image(self) -> str:
        """What the image of the version is called that is brought in."""
        return images.release_name(self.compose.project, self.target.services.web, self.commit)

    def kept_image(self) -> str:
        """What the image is called that runs now."""
        return images.rollback_name(self.compose.project, self.target.services.web, self.old)

    def opening(self) -> list[str]:
        """Containers first, and only then users."""
        return [shell(self.compose.argv(*words)) for words in (start.MAKING, self.up())]

    def up(self) -> tuple[str, ...]:
        """The Compose arguments that start the services."""
        return start.arguments(self.target.limits.start_seconds)

    def git(self, *arguments: str) -> str:
        """A git command on the deployment's clone."""
        return shell(["git", "-C", str(self.target.directory), *arguments])


def shell(argv: Sequence[str | Path]) -> str:
    """A command as a person would type it."""
    return shlex.join(str(word) for word in argv)
