"""The plan of a command of the migration tool alone, as an operator reads it before anything is run."""

from __future__ import annotations

from fixtures import alteration, migration, rollback_point
from fixtures.alteration import Intention
from fixtures.compose import Compose
from fixtures.deployment import Deployment
from fixtures.rollback_point import SNAPSHOT, Kind
from fixtures.settings import Target
from runbook import planned, prediction
from runbook.closed_door_preview import ClosedDoorPreview
from runbook.planned import Plan


class AlterationPreview(ClosedDoorPreview):
    """The commands by which the database alone is changed; the deployed version stays."""

    def __init__(self, target: Target, compose: Compose, intention: Intention, kind: Kind = SNAPSHOT) -> None:
        super().__init__(target, compose, kind)
        self.intended = intention

    def alteration(self) -> list[str]:
        """Close the door, take the rollback point, run the tool."""
        words = alteration.arguments(self.intended)
        command = self.in_web(migration.CONTAINER, *self.target.migrations.command, *words)
        return [*self.page(), *self.stopping(), *self.point(), command]

    def rollback(self) -> list[str]:
        """The way back: the database as it was, and the same version before it."""
        return [*self.stopping(), *self.point_back(), *self.opening()]


def plan(deployment: Deployment, name: str, asked: str) -> Plan:
    """What a command would do to the database. Changes nothing; raise Refused for a revision that it cannot reach."""
    target, database = deployment.target, deployment.database()
    intention = alteration.intended(deployment, name, asked, database.revisions(target.migrations.version_table))
    preview = AlterationPreview(target, deployment.compose(), intention, rollback_point.kind_of(deployment))
    stages = planned.stages(name, preview, prediction.stage_seconds(target.state))
    downtime = prediction.last_downtime(target.state, (name,))
    return Plan(name, target, stages, intention, known_lines(intention), downtime, prediction.source(name, downtime))


def known_lines(intention: Intention) -> list[str]:
    """From which revision to which, and what is run, undone or passed over for that."""
    return [intention.told, *(["  nothing to do: the database is there already"] if intention.is_so_already else [])]
