"""The gates of a production target: when each is open, what a waiver is, and that all closed ones are told at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from fixtures import backups, certificate, door, gates
from fixtures.certificate import Certificate
from fixtures.downgrade import Downgrade
from fixtures.errors import Refused
from fixtures.gates import Asked, ProductionGates
from fixtures.inspection import Inspection
from fixtures.migration_watch import Observed
from fixtures.run import Run
from fixtures.settings_gates import NAMES, GateName, Gates, Waiver, end_of_window
from runbook import plan_text
from runbook.plans import PLANS
from tests.unit import made_backups
from tests.unit.runs import INSPECTION, make_run

NIGHT = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)  # a Sunday
OPEN = Gates(windows=("Sun 02:00-05:00",), downtime_seconds=60, allow_root=True, backup_hours=24)
CERTIFICATE = Certificate(
    run="20261121T120000Z-0001",
    made_at="2026-11-21T12:00:00.000Z",
    commit=INSPECTION.commit,
    version="v2.0.0",
    from_commit=INSPECTION.from_commit,
    from_revisions=INSPECTION.revisions,
    head=INSPECTION.head,
    images={},
    database_bytes=1,
    rows=72_559,
    migration_seconds=4.0,
    start_seconds=2.0,
    predicted_downtime_seconds=16.5,
    weight=Observed(exclusive_seconds={}, rewritten=[], changed_rows={}, most_bytes=1),
    downgrade=Downgrade(verdict="lossless", seconds=1.0, lost=[]),
    compatibility="compatible",
    old_version_cannot=[],
)
GIVEN = Asked(approval="shop:v2.0.0", notes_read="v2.0.0")


def production(place: Path, allowed: Gates = OPEN, *waivers: Waiver) -> Run:
    """A run on a production target, with a certificate and a backup of that night."""
    run = make_run(place, production=True, gates=allowed, waivers=waivers)
    run.stages = PLANS["upgrade"]
    run.put(INSPECTION)
    state = run.deployment.target.state
    if not backups.known(state):
        made_backups.make(state, 1)
    path = certificate.place(state, INSPECTION.commit)
    path.parent.mkdir(exist_ok=True)
    path.write_text(CERTIFICATE.model_dump_json())
    return run


def closed(run: Run, asked: Asked = GIVEN, at: datetime = NIGHT, known: Inspection = INSPECTION) -> dict[str, str]:
    """The gates that are closed, with what was found."""
    found = gates.look(run.deployment, known, asked, at)
    assert [gate.name for gate in found] == list(NAMES)
    return {gate.name: gate.found for gate in found if gate.is_closed}


def test_with_all_that_is_asked_for_every_gate_is_open(tmp_path: Path) -> None:
    assert closed(production(tmp_path)) == {}


def test_nothing_is_open_by_itself(tmp_path: Path) -> None:
    run = make_run(tmp_path, production=True)
    run.stages = PLANS["upgrade"]
    run.put(INSPECTION)
    with pytest.raises(Refused, match="of the gates before the production target shop are closed") as refused:
        gates.perform(run)
    for name in ("window", "certificate", "release-notes", "backup-age", "approval", "downtime"):
        assert f"✗ {name}: " in refused.value.found


@pytest.mark.parametrize(
    ("window", "at", "is_in"),
    [
        ("Sun 02:00-05:00", "2026-11-22T02:00", True),
        ("Sun 02:00-05:00", "2026-11-22T05:00", False),
        ("Sun 02:00-05:00", "2026-11-23T02:30", False),
        ("Sun 23:30-01:00", "2026-11-23T00:59", True),
        ("Sun 23:30-01:00", "2026-11-22T00:30", False),
        ("daily 23:30-01:00", "2026-11-24T23:30", True),
        ("any time", "2026-11-24T12:00", True),
    ],
)
def test_a_window_is_a_time_of_a_day_and_may_pass_midnight(window: str, at: str, is_in: bool) -> None:
    moment = datetime.fromisoformat(f"{at}+00:00")
    assert (end_of_window((window,), "UTC", moment) is not None) is is_in


def test_a_window_is_in_its_own_time_zone() -> None:
    at = datetime.fromisoformat("2026-07-05T01:30+00:00")
    assert end_of_window(("Sun 02:00-05:00",), "Africa/Casablanca", at) is not None
    assert end_of_window(("Sun 02:00-05:00",), "UTC", at) is None


@pytest.mark.parametrize(
    "mistake", [{"windows": ["Sunday 2-5"]}, {"windows": ["Sun 25:00-26:00"]}, {"time_zone": "Mars/Olympus"}]
)
def test_a_window_that_is_none_is_a_mistake_in_the_settings(mistake: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="write"):
        Gates.model_validate(mistake)


@pytest.mark.parametrize(("hour", "found"), [("04:59:50", "it is Sun 04:59 UTC and 16 s of downtime are predicted")])
def test_the_downtime_has_to_end_in_the_window(tmp_path: Path, hour: str, found: str) -> None:
    late = datetime.fromisoformat(f"2026-11-22T{hour}+00:00")
    assert closed(production(tmp_path), at=late) == {"window": found}


def test_the_time_is_told_in_the_zone_of_the_windows(tmp_path: Path) -> None:
    friday = datetime.fromisoformat("2026-07-10T05:12+00:00")
    for windows, is_closed in ((("Sun 02:00-05:00",), True), (("any time",), False)):
        allowed = OPEN.model_copy(update={"windows": windows, "time_zone": "Africa/Casablanca"})
        gate = gates.window(production(tmp_path, allowed).deployment.target, friday, None)
        assert (gate.found, gate.is_closed) == ("it is Fri 06:12 Africa/Casablanca", is_closed)


def test_a_certificate_of_another_commit_or_too_old_does_not_count(tmp_path: Path) -> None:
    run = production(tmp_path)
    other = INSPECTION.model_copy(update={"commit": "c" * 40})
    assert closed(run, Asked(approval=f"shop:{'c' * 40}", notes_read="v2.0.0"), known=other) == {
        "certificate": "no trial of this commit",
        "downtime": "no trial that counts",
    }
    week_after = datetime(2026, 11, 29, 2, 30, tzinfo=UTC)
    assert closed(run, at=week_after)["certificate"] == "a trial of 2026-11-21T12:00:00.000Z, from 9c41d0"


@pytest.mark.parametrize(
    ("old", "new", "is_open"),
    [
        ("v1.4.0", "v1.5.0", True),
        ("v1.4.0", "v2.0.0", False),
        ("v1.4.0", "3f2a91c", False),
        ("9c41d0a", "v2.0.0", False),
    ],
)
def test_the_notes_of_a_major_version_are_read_by_somebody(tmp_path: Path, old: str, new: str, is_open: bool) -> None:
    known = INSPECTION.model_copy(update={"from_version": old, "version": new, "breaking": ["tokens end"]})
    found = closed(production(tmp_path), Asked(approval=f"shop:{INSPECTION.commit}"), known=known)
    assert ("release-notes" not in found) is is_open
    assert closed(production(tmp_path), Asked(approval=f"shop:{new}", notes_read=new), known=known) == {}


@pytest.mark.parametrize(
    ("breaking", "notes"),
    [
        ([], []),
        (["## 2.0.0", "", "- tokens end"], ["    ## 2.0.0", "    - tokens end"]),
        (["", *"abcde", ""], [f"    {line}" for line in "abcde"]),
        (["a", "", *"bcdef"], [*(f"    {line}" for line in "abcde"), "    … and 1 more line"]),
        (["## 2.0.0", "", *"abcdefg"], ["    ## 2.0.0", *(f"    {line}" for line in "abcd"), "    … and 3 more lines"]),
    ],
    ids=["nothing breaks", "a few lines", "all that are shown", "one more", "more"],
)
def test_the_first_lines_of_what_breaks_stand_below_the_gate(breaking: list[str], notes: list[str]) -> None:
    gate = gates.release_notes(INSPECTION.model_copy(update={"breaking": breaking}), "")
    assert gate.lines == [gate.line, *notes]
    assert "\n" not in gate.line
    with pytest.raises(Refused) as refused:
        gates.refuse_closed((gate,), "shop")
    assert refused.value.found.splitlines() == ["", gate.line, *notes]
    assert plan_text.gate_lines([gate])[1:] == [f"    {line}" for line in gate.lines]


def test_a_gate_that_is_waived_needs_no_notes() -> None:
    gate = gates.release_notes(INSPECTION.model_copy(update={"breaking": ["tokens end"]}), "")
    waived = gate.model_copy(update={"waived": "read aloud"})
    assert waived.lines == [waived.line]


def test_an_old_backup_or_one_never_restored_does_not_count(tmp_path: Path) -> None:
    run = production(tmp_path)
    made_backups.make(run.deployment.target.state, 2, verified=False)
    day_after = datetime(2026, 11, 29, 2, 30, tzinfo=UTC)
    assert closed(run, at=day_after)["backup-age"] == "the newest is of 2026-11-22 01:10 UTC"


@pytest.mark.parametrize("typed", ["", "shop", "v2.0.0", "other:v2.0.0", "shop:v1.5.0", "shop:"])
def test_an_approval_names_target_and_release(tmp_path: Path, typed: str) -> None:
    assert "approval" in closed(production(tmp_path), Asked(approval=typed, notes_read="v2.0.0"))


def test_an_approval_may_stand_in_a_variable_or_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = Asked(notes_read="v2.0.0")
    file = tmp_path / "approved"
    file.write_text(f"shop:{INSPECTION.commit}\nby the owner\n")
    assert closed(production(tmp_path, OPEN.model_copy(update={"approval_file": file})), notes) == {}
    monkeypatch.setenv(gates.APPROVAL, "shop:v2.0.0")
    assert closed(production(tmp_path), notes) == {}


def test_a_downtime_beyond_the_budget_closes(tmp_path: Path) -> None:
    assert closed(production(tmp_path, OPEN.model_copy(update={"downtime_seconds": 16}))) == {
        "downtime": "16 s are predicted"
    }


@pytest.mark.parametrize(
    ("number", "is_allowed", "is_closed"), [(0, False, True), (0, True, False), (1000, False, False)]
)
def test_root_runs_it_only_where_that_is_allowed(
    tmp_path: Path, number: int, is_allowed: bool, is_closed: bool
) -> None:
    run = production(tmp_path, OPEN.model_copy(update={"allow_root": is_allowed}))
    assert gates.user(run.deployment.target, number).is_closed is is_closed


@pytest.mark.parametrize("name", NAMES)
def test_each_gate_can_be_waived_for_a_while_and_the_reason_is_told(tmp_path: Path, name: GateName) -> None:
    gate = gates.Gate(name=name, expected="more", found="less", next_step="wait")
    standing = Waiver.model_validate({"gate": name, "reason": "a move", "until": "2026-11-22"})
    target = production(tmp_path, OPEN, standing).deployment.target
    waived = gates.waive(gate, target, {}, NIGHT)
    assert not waived.is_closed
    assert waived.line == f"⚠ {name} is waived (a move, until 2026-11-22): less"
    over = gates.waive(gate, target, {}, datetime(2026, 11, 23, tzinfo=UTC))
    assert over.is_closed
    assert "its waiver ended on 2026-11-22" in over.line
    assert not gates.waive(gate, target, {name: "tonight"}, datetime(2026, 11, 23, tzinfo=UTC)).is_closed


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"gate": "backup"}, {"until": "soon"}, {"until": None}])
def test_a_waiver_names_a_gate_a_reason_and_an_end(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Waiver.model_validate({"gate": "window", "reason": "why", "until": "2026-12-01"} | wrong)


@pytest.mark.parametrize("plan", ["trial", "backup", "preflight"])
def test_what_never_closes_the_door_needs_no_gate(tmp_path: Path, plan: str) -> None:
    run = make_run(tmp_path, production=True)
    run.stages = PLANS[plan]
    run.put(INSPECTION)
    assert gates.perform(run) == ProductionGates()


def test_before_the_door_closes_the_window_is_looked_at_again_and_never_after(tmp_path: Path) -> None:
    run = production(tmp_path, OPEN.model_copy(update={"windows": ()}))
    with pytest.raises(Refused, match="gates before the production target"):
        gates.refuse_late(run)
    run.journal.write(door.CLOSING)
    gates.refuse_late(run)
