"""Going on after a death: what the journal says of it, and when what is really there contradicts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.errors import NeedsOperator
from fixtures.images import Images
from fixtures.rollback_point import RollbackPoint
from fixtures.run import Run
from runbook import reality, resuming
from runbook.plans import ALTERING_NAMES, LATE_NAMES, NAMES
from runbook.reality import Reality
from tests.unit.runs import EMPTY, IDENTITY, INSPECTION, make_run

OLD, NEW = INSPECTION.from_commit, INSPECTION.commit
SOUND = Reality(
    commit=OLD,
    revisions=INSPECTION.revisions,
    running={"web": "sha256:old"},
    is_door_open=True,
    kept_databases=[],
    work={},
    identity=IDENTITY,
)
DARK = SOUND.model_copy(update={"commit": NEW, "revisions": ["3f2a91"], "running": {}, "is_door_open": False})
IMAGES = Images(
    built={"web": "sha256:new"},
    built_names={"web": "shop-web:release-b"},
    commits={"web": NEW},
    kept={"web": "sha256:old"},
    kept_names={"web": "shop-web:rollback-a"},
    packages=[],
)
FORWARD = [name for name in NAMES if name != "rollback"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run that has inspected and built."""
    made = make_run(tmp_path)
    made.journal.write("run-begun", number=1, plan="upgrade", requested="v2.0.0", waived={})
    made.put(INSPECTION)
    made.put(IMAGES)
    return made


def close(run: Run) -> None:
    """Close its door, and take its rollback point."""
    run.journal.write("door-closing", "maintenance")
    run.put(RollbackPoint(snapshot="shop_before_x", directory=run.directory, fingerprint=EMPTY, media={}))


def test_what_a_run_can_have_left_is_gone_on_with(run: Run) -> None:
    reality.refuse_contradiction(run, SOUND)
    close(run)
    reality.refuse_contradiction(run, DARK)
    run.journal.write("door-opening", "acceptance")
    reality.refuse_contradiction(run, DARK.model_copy(update={"is_door_open": True}))


BEFORE: list[tuple[dict[str, Any], str]] = [
    ({"commit": NEW}, f"the directory was switched to {NEW}"),
    ({"revisions": ["3f2a91"]}, "the database is at 3f2a91"),
    (
        {"identity": IDENTITY.model_copy(update={"system_identifier": "2"})},
        "PostgreSQL system identifier: 1 became 2",
    ),
]


@pytest.mark.parametrize(("found", "told"), BEFORE, ids=[told for _, told in BEFORE])
def test_before_the_door_closed_only_somebody_else_can_have_changed_it(
    run: Run, found: dict[str, Any], told: str
) -> None:
    with pytest.raises(NeedsOperator, match="not as its journal says; nothing was changed now") as stopped:
        reality.refuse_contradiction(run, SOUND.model_copy(update=found))
    assert told in stopped.value.found


CLOSED: list[tuple[dict[str, Any], str]] = [
    ({"commit": "c" * 40}, f"the directory is at {'c' * 40}"),
    ({"is_door_open": True}, "the door is open, though this run never opened it"),
    ({"running": {"web": "sha256:old"}}, "the old version was started again"),
]


@pytest.mark.parametrize(("found", "told"), CLOSED, ids=[told for _, told in CLOSED])
def test_with_the_door_closed_users_may_have_been_let_in_by_hand(run: Run, found: dict[str, Any], told: str) -> None:
    close(run)
    with pytest.raises(NeedsOperator) as stopped:
        reality.refuse_contradiction(run, DARK.model_copy(update=found))
    assert told in stopped.value.found
    assert "the rollback point are kept" in stopped.value.next_step


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"other_data": ["table orders: 8 rows, not 7"]}, "table orders: 8 rows, not 7"),
        ({"started_meanwhile": ["web"]}, "web was started by hand since, with the door's ports, and stopped"),
    ],
    ids=["rows", "a service"],
)
def test_what_was_written_behind_the_closed_door_is_given_up_only_with_a_reason(
    run: Run, found: dict[str, Any], told: str
) -> None:
    reality.refuse_contradiction(run, SOUND.model_copy(update=found))
    close(run)
    with pytest.raises(NeedsOperator) as stopped:
        reality.refuse_contradiction(run, DARK.model_copy(update=found))
    assert told in stopped.value.found
    assert 'pytest -m rollback --accept-data-loss "why"' in stopped.value.next_step
    run.accepted_loss = "nobody had ordered"
    reality.refuse_contradiction(run, DARK.model_copy(update=found))
    with pytest.raises(NeedsOperator, match="not as its journal says"):
        reality.refuse_contradiction(run, DARK.model_copy(update=found | {"is_door_open": True}))


@pytest.mark.parametrize(
    ("stage", "what", "has_moved"),
    [
        ("maintenance", "take the rollback point", False),
        ("rollback", "stop and remove the writers", False),
        ("rollback", "put the data back", True),
        ("migration", "migrate the database", True),
        ("replacement", "give the restored database the live one's name", True),
        ("reversal", "take the data back: downgrade", True),
    ],
)
def test_data_is_held_against_the_rollback_point_until_the_run_itself_moves_it(
    run: Run, stage: str, what: str, has_moved: bool
) -> None:
    close(run)
    run.intend(stage, what)
    assert reality.has_moved_data(run) is has_moved


def test_an_open_door_is_closed_before_anything_else(run: Run) -> None:
    close(run)
    with pytest.raises(NeedsOperator) as stopped:
        reality.refuse_contradiction(run, DARK.model_copy(update={"is_door_open": True, "running": {"web": "x"}}))
    assert "docker compose stop web" in stopped.value.next_step


def test_before_the_rollback_point_the_old_version_may_still_run(run: Run) -> None:
    run.journal.write("door-closing", "maintenance")
    reality.refuse_contradiction(run, SOUND)


@pytest.mark.parametrize("found", [{"is_door_open": True}, {"running": {"web": "sha256:old"}}], ids=str)
def test_on_the_way_back_nobody_may_have_been_let_in_either(run: Run, found: dict[str, Any]) -> None:
    close(run)
    run.journal.write("stage-begun", "rollback")
    with pytest.raises(NeedsOperator):
        reality.refuse_contradiction(run, DARK.model_copy(update=found))


def test_once_the_old_version_was_let_back_in_it_may_run(run: Run) -> None:
    close(run)
    run.journal.write("stage-begun", "rollback")
    run.journal.write("door-reopening", "rollback")
    reality.refuse_contradiction(run, SOUND)


def test_a_contradiction_says_how_a_person_settles_it(run: Run) -> None:
    with pytest.raises(NeedsOperator) as stopped:
        reality.refuse_contradiction(run, SOUND.model_copy(update={"commit": NEW}))
    assert f"move {run.directory} aside" in stopped.value.next_step


def test_once_users_were_let_in_what_was_for_the_way_back_is_let_be(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(
        resuming, "PROVE_AGAIN", {name: lambda run, name=name: looked.append(name) for name in resuming.PROVE_AGAIN}
    )
    run.journal.write("door-opening", "acceptance")
    for stage in FORWARD:
        resuming.prove_again(run, stage)
    assert looked == ["migration"]


def test_another_volume_under_the_same_name_is_told(run: Run) -> None:
    other = IDENTITY.model_copy(update={"volumes": {"shop_db_data": "2026-02-02T00:00:00Z"}})
    with pytest.raises(NeedsOperator) as stopped:
        reality.refuse_contradiction(run, SOUND.model_copy(update={"identity": other}))
    assert "volume shop_db_data, made: 2026-01-01T00:00:00Z became 2026-02-02T00:00:00Z" in stopped.value.found


def test_who_serves_follows_from_the_records_of_the_door(run: Run) -> None:
    served = [resuming.served_by(run.journal)]
    for event in ("door-closing", "door-opening"):
        run.journal.write(event)
        served.append(resuming.served_by(run.journal))
    assert served == ["old", "nobody", "new"]


@pytest.mark.parametrize(
    ("events", "again"),
    [
        ((), ["preflight", "source", "configuration"]),
        (("door-closing",), ["restart", "verification"]),
        (("door-closing", "door-opening"), ["acceptance", "watch"]),
    ],
)
def test_what_is_quick_and_can_be_seen_again_is_done_again(run: Run, events: tuple[str, ...], again: list[str]) -> None:
    for event in events:
        run.journal.write(event)
    assert [stage for stage in FORWARD if resuming.is_done_again(stage, run.journal)] == again


def test_the_last_word_on_a_stage_counts(run: Run) -> None:
    run.journal.write("stage-failed", "backup", reasons=["no disk"])
    run.journal.write("stage-passed", "backup", reasons=[])
    run.journal.write("stage-waived", "trial", reasons=["no licence"])
    judged = resuming.judged(run.journal)
    assert {stage: (known.verdict, known.reasons) for stage, known in judged.items()} == {
        "backup": ("passed", []),
        "trial": ("waived", ["no licence"]),
    }


def test_every_stage_that_is_long_or_changes_the_data_is_proved_again_and_not_done_again() -> None:
    of_others = {"selection", "proof", "replacement", *LATE_NAMES, *ALTERING_NAMES}
    assert set(resuming.PROVE_AGAIN) - of_others == {"backup", "dependencies", "trial", "maintenance", "migration"}
