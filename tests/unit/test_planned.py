"""The plan as it is printed, word for word, and the same for machines. `GOLDEN=write` writes the files anew."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from fixtures.alteration import Intention
from fixtures.deployment import Deployment
from fixtures.release import Revision
from fixtures.settings import Target
from runbook import alteration_preview, asking_preview, plan_text, planned
from runbook.alteration_preview import AlterationPreview
from runbook.planned import Plan
from runbook.preview import Preview
from tests.unit.recording import RecordingHost, answering_config, project
from tests.unit.runs import INSPECTION

GOLDEN = Path(__file__).parent / "golden"
DIRECTORY = Path("/srv/shop")
SECONDS = dict.fromkeys(["preflight", "source", "dependencies", "configuration", "restart", "acceptance"], 4.0) | {
    **{"backup": 31.0, "trial": 62.0, "maintenance": 6.0, "migration": 11.6, "verification": 9.0, "watch": 60.0}
}
REVISION = Revision(
    revision="3f2a91",
    parents=("9c41d0",),
    title="Split the name",
    operations=("add column users.family_name", "change rows of users"),
)
KNOWN = INSPECTION.model_copy(
    update={"pending": [REVISION], "requirements": ["-flask==3.0", "+flask==3.1"], "new_keys": ["INVOICE_SENDER"]}
)


def plan(name: str, seconds: dict[str, float], downtime: float | None = None, source: str = "") -> Plan:
    """A plan on a deployment that exists on paper only."""
    target = Target(name="shop", directory=DIRECTORY, url="http://127.0.0.1:8080")
    host = RecordingHost(answers=answering_config({"services": {"web": {"build": {}}}}))
    stages = planned.stages(name, Preview(target, project(host, DIRECTORY), KNOWN), seconds)
    return Plan(name, target, stages, KNOWN, plan_text.known_lines(KNOWN), downtime, source)


def paper() -> Deployment:
    """A deployment that exists on paper only, with the git and the Compose files of one."""
    target = Target(name="shop", directory=DIRECTORY, url="http://127.0.0.1:8080")
    answers = answering_config({"name": "shop", "services": {"web": {"build": {}}}})
    answers |= {("rev-parse",): "a" * 40 + "\n", ("describe",): "v1.4.0\n"}
    return Deployment(target, RecordingHost(answers=answers))


def altering(operation: str, steps: list[str], wanted: list[str]) -> Plan:
    """A command of the migration tool alone, on that deployment."""
    deployment, intention = paper(), Intention(operation=operation, current=["3f2a91"], wanted=wanted, steps=steps)
    preview = AlterationPreview(deployment.target, deployment.compose(), intention)
    stages = planned.stages(operation, preview, SECONDS)
    return Plan(operation, deployment.target, stages, intention, alteration_preview.known_lines(intention))


class Silent:
    """No commands at all."""

    def commands(self, stage: str) -> list[str]:
        """None of a stage."""
        return []


PLANS = {
    "upgrade": plan("upgrade", SECONDS, 15.7, "the trial of this release"),
    "upgrade_never_tried": plan("upgrade", {}),
    "backup": plan("backup", SECONDS),
    "downgrade": altering("downgrade", ["3f2a91 (Split the name): is undone"], ["9c41d0"]),
    "stamp": altering("stamp", ["3f2a91 (Split the name): counts as not applied"], []),
    "current": asking_preview.plan(paper(), "current", ""),
    "logs": asking_preview.plan(paper(), "logs", "--follow"),
    "diagnose": asking_preview.plan(paper(), "diagnose", ""),
    "migration_new": asking_preview.plan(paper(), "migration_new", "Add prices"),
}


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_is_printed_word_for_word(name: str) -> None:
    told = re.sub(r"backup-\d{8}", "backup-YYYYMMDD", plan_text.render(PLANS[name])) + "\n"
    path = GOLDEN / f"plan_{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(told, "utf-8")
    assert told == path.read_text("utf-8")


def test_a_machine_reads_the_same_stages_commands_and_predictions() -> None:
    found = json.loads(json.dumps(planned.record(PLANS["upgrade"])))
    assert [stage["number"] for stage in found["stages"]] == list(range(1, 14))
    assert (found["seconds"], found["downtime_seconds"]) == (sum(SECONDS.values()), 15.7)
    assert found["known"]["pending"][0]["revision"] == "3f2a91"
    migration = found["stages"][7]
    assert (migration["name"], migration["seconds"], migration["served_by"]) == ("migration", 11.6, "nobody is served")
    assert migration["commands"] == PLANS["upgrade"].stages[7].commands != []


@pytest.mark.parametrize(
    ("name", "time", "downtime"),
    [
        ("restore", "no earlier restore that timed selection, proof, replacement", "no earlier restore in one go"),
        (
            "late_rollback",
            "no earlier rollback that timed decision, attempt, reversal",
            "no earlier rollback in one go",
        ),
    ],
)
def test_what_earlier_upgrades_cannot_say_is_told_as_it_is(name: str, time: str, downtime: str) -> None:
    stages = planned.stages(name, Silent(), SECONDS)
    told = plan_text.render(Plan(name, paper().target, stages, KNOWN, []))
    assert f"  time: not known: {time}\n  downtime: not known: {downtime}\n" in told
    none = plan_text.render(Plan(name, paper().target, planned.stages(name, Silent(), {}), KNOWN, []))
    assert f"  time: not known: {time.partition(' that ')[0]}\n" in none


def test_a_rollback_takes_as_long_as_the_newest_one() -> None:
    first, later = (planned.stages("rollback", Silent(), seconds) for seconds in ({}, {"rollback": 7.0}))
    assert "  time: not known: no earlier rollback\n" in plan_text.render(
        Plan("rollback", paper().target, first, KNOWN, [])
    )
    assert "  time: about 7 s, by the newest earlier runs\n" in plan_text.render(
        Plan("rollback", paper().target, later, KNOWN, [])
    )


def test_what_is_not_known_is_not_guessed() -> None:
    found = planned.record(PLANS["upgrade_never_tried"])
    assert (found["seconds"], found["downtime_seconds"]) == (None, None)
