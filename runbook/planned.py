"""What a run would do, as data: what is known, and every stage with its commands and how long it may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from fixtures.settings import Target
from runbook.plans import ALTERATIONS, BY_NAME, LATE_ROLLBACK, NAMES, PLANS, RESTORE

FORMAT_VERSION = 1
# Who serves users in an upgrade, and where the words of an upgrade would mislead.
SERVED_BY = {"old": "the old version serves", "nobody": "nobody is served", "new": "the new version serves"}
SERVED_OTHERWISE = {
    RESTORE: {"old": "the data that is live serves", "new": "the restored data serves"},
    LATE_ROLLBACK: {"old": "the new version serves", "new": "the old version serves"},
    **{plan: {"old": "the deployed version serves", "new": "it serves the altered data"} for plan in ALTERATIONS},
    **dict.fromkeys(("verification", "watch"), dict.fromkeys(SERVED_BY, "the deployed version serves")),
}
ONLY_ON_FAILURE = "after a failure"


class Commands(Protocol):
    """What knows the commands of each stage before anything is run."""

    def commands(self, stage: str) -> list[str]:
        """The commands of a stage that change something, a line each."""


@dataclass(frozen=True)
class PlannedStage:
    """A stage: its number, what it changes, who is served meanwhile, its seconds where they can be known, commands."""

    number: int
    name: str
    guide: str
    changes: str
    served_by: str
    seconds: float | None
    commands: list[str]


@dataclass(frozen=True)
class Plan:
    """What would be done on a target; `known` is the release or the backup, `lines` the same for a person.

    `downtime_seconds` is None where neither a trial of this release nor an earlier run of the plan says anything of
    it; `downtime_from` says which of them did.
    """

    name: str
    target: Target
    stages: list[PlannedStage]
    known: BaseModel
    lines: list[str]
    downtime_seconds: float | None = None
    downtime_from: str = ""

    @property
    def seconds(self) -> float | None:
        """How long all of it would take where nothing fails; None where a stage is not known."""
        known = [stage.seconds for stage in self.foreseen]
        return sum(one for one in known if one is not None) if None not in known else None

    @property
    def foreseen(self) -> list[PlannedStage]:
        """The stages that happen where nothing fails."""
        return [stage for stage in self.stages if stage.served_by != ONLY_ON_FAILURE]


def serving(plan: str) -> dict[str, str]:
    """What `old`, `nobody` and `new` mean in a plan: who serves users."""
    return SERVED_BY | SERVED_OTHERWISE.get(plan, {})


def stages(plan: str, preview: Commands, expected: Mapping[str, float]) -> list[PlannedStage]:
    """The stages of a plan, given its commands and the seconds that its stages may take, as far as they are known."""
    names, said = PLANS[plan], serving(plan)
    on_failure = ("rollback",) if len(names) > 1 else ()
    is_numbered = set(names) <= set(NAMES)
    return [
        PlannedStage(
            number=NAMES.index(name) + 1 if is_numbered else position,
            name=name,
            guide=BY_NAME[name].guide,
            changes=BY_NAME[name].changes,
            served_by=ONLY_ON_FAILURE if name in on_failure else said[BY_NAME[name].served_by],
            seconds=expected.get(name) if name not in on_failure else None,
            commands=preview.commands(name),
        )
        for position, name in enumerate(names, start=1)
    ]


def record(plan: Plan) -> dict[str, Any]:
    """A plan for machines; durations in seconds, None where they are not known."""
    return {
        "format": FORMAT_VERSION,
        "plan": plan.name,
        "target": {"name": plan.target.name, "directory": str(plan.target.directory), "url": plan.target.url},
        "seconds": plan.seconds,
        "downtime_seconds": plan.downtime_seconds,
        "downtime_from": plan.downtime_from,
        "known": plan.known.model_dump(mode="json"),
        "stages": [asdict(stage) for stage in plan.stages],
    }
