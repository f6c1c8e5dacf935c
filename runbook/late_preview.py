"""The plan of a rollback after users were let in, as an operator reads it before anything is run."""

from __future__ import annotations

from fixtures import decision, dump_point, migration, migrator, rollback_point
from fixtures.attempt import Attempt
from fixtures.compose import Compose
from fixtures.decision import DOWNGRADE, ROLLBACK_POINT, Decision, Way
from fixtures.deployment import Deployment
from fixtures.images import Images
from fixtures.inspection import Inspection
from fixtures.rollback_point import DUMP, RollbackPoint
from fixtures.run import Run
from fixtures.settings import Target
from runbook import late, planned, prediction
from runbook.closed_door_preview import RUN
from runbook.planned import Plan
from runbook.plans import LATE_ROLLBACK
from runbook.preview import Preview


class LatePreview(Preview):
    """The commands by which an upgrade is undone, by one way back; RUN stands for the name that only the run will have.

    `known` has the old version as what is brought in, as the run itself has. Without a way nothing is reversed.
    """

    def __init__(self, target: Target, compose: Compose, known: Inspection, undone: Run, way: Way | None) -> None:
        super().__init__(target, compose, known, known.point.kind)
        self.undone, self.way = undone, way

    def attempt(self) -> list[str]:
        """There and back, on the clone."""
        if self.way != DOWNGRADE:
            return []
        return [
            f"(in container {self.work}-attempt-downgrade, on the clone) {self.downgrade()}",
            f"(in container {self.work}-attempt-upgrade, on the clone) {self.tool(*migrator.TO_HEAD)}",
        ]

    def reversal(self) -> list[str]:
        """The same downgrade, or the rollback point; old code takes the data as it is."""
        if self.way == DOWNGRADE:
            return [f"(in container {self.work}-{migration.CONTAINER}, of the new version) {self.downgrade()}"]
        return self.putting_back() if self.way == ROLLBACK_POINT else []

    def putting_back(self) -> list[str]:
        """A copy of the rollback point in the place of what users have written to, which is kept."""
        name, point = self.target.database.name, self.undone.get(RollbackPoint)
        archive = rollback_point.media_archive(point)
        files = [f"(in container {self.work}-media-reversal) tar --extract --file={archive}"] if point.archive else []
        if point.kind == DUMP:
            return [*self.restoring(dump_point.place(point.directory)), *files]
        return [
            f"(SQL) create database {name}_beside_{RUN} template {point.snapshot}",
            f"(SQL) alter database {name} rename to {name}_failed_{RUN}",
            f"(SQL) alter database {name}_beside_{RUN} rename to {name}",
            *files,
        ]

    def downgrade(self) -> str:
        """The guide's `flask db downgrade`."""
        return self.tool("downgrade", self.undone.get(Inspection).revisions[0])

    def wanted_image(self) -> str:
        """The old version's, which the upgrade kept."""
        return self.undone.get(Images).kept_names[self.target.services.web]

    def kept_image(self) -> str:
        """The new version's, which the upgrade built."""
        return self.undone.get(Images).built_names[self.target.services.web]


def plan(deployment: Deployment, *, accepts_loss: bool) -> Plan:
    """The rollback where users were let in: of a run that would begin, or would be gone on with.

    Changes nothing. Raise Refused when the deployment is no longer what the upgrade made of it.
    """
    begun = late.go_on(deployment)
    if begun is not None:
        undone, known, found = decision.upgrade(begun), begun.get(Inspection), begun.get(Decision)
        ways, reasons = [begun.get(Attempt).way] if begun.has(Attempt) else found.ways, found.reasons
    else:
        undone = late.upgrade_to_undo(deployment)
        known = decision.turned_round(deployment, undone)
        ways, reasons = decision.possible(undone.get(Inspection), decision.trial_of(undone))
        ways = [*ways, ROLLBACK_POINT] if accepts_loss else ways
    preview = LatePreview(deployment.target, deployment.compose(), known, undone, ways[0] if ways else None)
    target, state = deployment.target, deployment.target.state
    stages = planned.stages(LATE_ROLLBACK, preview, prediction.stage_seconds(state))
    lines, downtime = known_lines(undone, begun, ways, reasons), prediction.last_downtime(state, (LATE_ROLLBACK,))
    return Plan(LATE_ROLLBACK, target, stages, known, lines, downtime, prediction.source("rollback", downtime))


def known_lines(undone: Run, begun: Run | None, ways: list[Way], reasons: list[str]) -> list[str]:
    """What is undone, by which ways that may be, and why; and the run that would be gone on with, if there is one."""
    was = undone.get(Inspection)
    stops = 'none keeps what users wrote since: it stops and asks, unless --accept-data-loss "why" gives that up'
    return [
        f"From {was.version} back to {was.from_version}: undoes the upgrade of run {undone.name}",
        *([f"  goes on with run {begun.name}"] if begun else []),
        f"  ways back, the best one first: {', '.join(ways) or stops}",
        *(f"    {reason}" for reason in reasons),
        "  what users wrote since the opening is counted in the stage decision, and shown",
    ]
