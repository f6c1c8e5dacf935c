"""Which verbs a stage performs, and what each of them achieves."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_type_hints

from pydantic import BaseModel

from fixtures import (
    acceptance,
    alteration,
    attempt,
    backup,
    baseline,
    beside,
    configuration,
    decision,
    drift,
    images,
    inspection,
    maintenance,
    maintenance_page,
    migration,
    migration_sql,
    off_host,
    own_backup,
    replacement,
    restart,
    reversal,
    rollback,
    selection,
    source,
    trial,
    watch,
)
from fixtures.instance import Instance
from fixtures.maintenance import RollbackPoint
from fixtures.rollback import PutBack
from fixtures.run import Run

Action = Callable[[Run], BaseModel]

ACTIONS: dict[str, tuple[Action, ...]] = {
    "preflight": (inspection.perform, baseline.perform, maintenance_page.choose, inspection.remember),
    "backup": (backup.perform, off_host.perform, own_backup.perform),
    "source": (source.perform,),
    "dependencies": (images.perform, migration_sql.perform),
    "configuration": (configuration.perform,),
    "trial": (drift.perform, trial.perform),
    "maintenance": (maintenance.perform,),
    "migration": (migration.perform,),
    "restart": (restart.perform,),
    "verification": (),
    "acceptance": (acceptance.perform,),
    "watch": (watch.perform,),
    "rollback": (rollback.perform,),
    "selection": (
        *(selection.inspect, selection.images_in_use, selection.perform, selection.expectation),
        maintenance_page.choose,
    ),
    "proof": (beside.prove, beside.perform),
    "replacement": (replacement.perform,),
    "decision": (decision.inspect, decision.images_back, decision.expectation, decision.remember, decision.perform),
    "attempt": (attempt.perform,),
    "reversal": (reversal.perform,),
    "intention": (
        *(alteration.inspect, selection.images_in_use, alteration.perform, alteration.expectation),
        maintenance_page.choose,
    ),
    "alteration": (alteration.alter,),
}

INSTANCES: dict[str, Callable[[Run], Instance]] = {
    "before": baseline.instance,
    "trial": trial.instance,
    "dark": restart.instance,
    "restored": replacement.instance,
    "taken-back": reversal.instance,
    "altered": alteration.instance,
    "open": acceptance.instance,
    "rolled-back": rollback.instance,
    "now": baseline.instance_now,
}


def achievement(action: Action) -> type[BaseModel]:
    """What an action returns, as its annotation says."""
    kind: type[BaseModel] = get_type_hints(action)["return"]
    return kind


# Every result that a journal can hold, by its name, so that another process can read it back.
KINDS: list[type[BaseModel]] = [achievement(action) for actions in ACTIONS.values() for action in actions]
KINDS += [RollbackPoint, PutBack]
RESULTS = {kind.__name__: kind for kind in KINDS}
