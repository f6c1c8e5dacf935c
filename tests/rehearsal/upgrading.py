"""One upgrade on the real engine, and what of it can be looked at from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from staging.deployment import Rehearsal
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended
from tests.rehearsal.outside import Answer, Look

LIMITS = f"{outside.PATIENT}\nwatch_seconds = 2"


@dataclass(frozen=True)
class Upgrade:
    """One upgrade: the deployment, how the gate ended, the deployment before and after, what users saw meanwhile."""

    rehearsal: Rehearsal
    ended: Ended
    before: Look
    after: Look
    answers: list[Answer]
    journal: list[dict[str, Any]]


def upgrade(rehearsal: Rehearsal, release: str) -> Upgrade:
    """Upgrade a deployment as it stands."""
    before = outside.look(rehearsal)
    with outside.asking(rehearsal) as answers:
        ended = gate.call("-m", "upgrade", "--keep", "--to", release, f"--place={rehearsal.place}", with_page=True)
    return Upgrade(rehearsal, ended, before, outside.look(rehearsal), answers, outside.last_journal(rehearsal))


def result(upgraded: Upgrade, kind: str) -> Any:
    """What a stage of an upgrade achieved, by its kind."""
    achieved = [record["evidence"] for record in upgraded.journal if record["event"] == "achieved"]
    return next(evidence["result"] for evidence in achieved if evidence["kind"] == kind)
