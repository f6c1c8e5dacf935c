"""The plan of one of the guide's single commands: the command itself, as it will be run."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict

from fixtures import diagnosis, new_migration, question
from fixtures.deployment import Deployment
from runbook.closed_door_preview import ClosedDoorPreview, shell
from runbook.planned import Plan, PlannedStage
from runbook.plans import DIAGNOSE, MIGRATION_NEW, OPERATIONS

# What an operation changes; the others only ask.
CHANGES = {MIGRATION_NEW: "the deployment directory: one new, untracked file"}


class Deployed(BaseModel):
    """The version that is asked."""

    model_config = ConfigDict(frozen=True)

    commit: str
    version: str


class OperationPreview(ClosedDoorPreview):
    """The command of an operation on one target; `requested` is what the operation was told beside its name."""

    def command(self, name: str, requested: str) -> list[str]:
        """The commands of an operation, a line each."""
        made: dict[str, Callable[[], list[str]]] = {
            DIAGNOSE: self.diagnose,
            MIGRATION_NEW: lambda: self.migration_new(requested),
            "freeze": lambda: [self.in_web("freeze", "pip", "freeze")],
            "logs": lambda: [shell(self.compose.argv(*question.log_arguments(follow=bool(requested))))],
            "ps": lambda: [shell(self.compose.argv(*diagnosis.CONTAINERS))],
            "ready": lambda: [shell(self.compose.argv(*diagnosis.is_ready(self.target)))],
        }
        tool = [*self.target.migrations.command, name]
        return made[name]() if name in made else [self.in_web(name, *tool)]

    def diagnose(self) -> list[str]:
        """What a person would type, one after the other."""
        return [
            *(shell(self.compose.argv(*words)) for words in diagnosis.typed(self.target).values()),
            f"(SQL) select version_num from {self.target.migrations.version_table}",
            "(SQL) sessions and locks: pg_stat_activity, pg_locks",
        ]

    def migration_new(self, message: str) -> list[str]:
        """Generated into a copy of the revisions, then put into the directory."""
        generated = self.in_web("migrate", *self.target.migrations.command, *new_migration.GENERATE, message)
        to = self.target.directory / self.target.migrations.directory
        return [f"{generated}  (into {self.directory / 'migrations'})", f"copy the generated file into {to}"]


def plan(deployment: Deployment, name: str, requested: str) -> Plan:
    """What an operation would do. Changes nothing."""
    repository, target = deployment.repository, deployment.target
    commands = OperationPreview(target, deployment.compose()).command(name, requested)
    changes = CHANGES.get(name, "nothing")
    stage = PlannedStage(1, name, OPERATIONS[name], changes, "users are served as before", None, commands)
    known = Deployed(commit=repository.commit, version=repository.describe(repository.commit))
    return Plan(name, target, [stage], known, [f"Deployed: {known.version} ({known.commit[:12]})"])
