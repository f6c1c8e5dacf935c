"""A restore on paper: which backup, what it is refused for, which roles are made, what stands in the way of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures import backup_files, beside, replacement, restore_budget, rollback, selection
from fixtures.backup_files import DATABASE, MEDIA_NAME, PARTS, BackupFile
from fixtures.errors import NeedsOperator, Refused, StageFailed
from fixtures.fingerprint import Fingerprint
from fixtures.host import Host
from fixtures.journal import Journal
from fixtures.run import Run
from fixtures.selection import Selection
from fixtures.settings import Target
from runbook import history, plan_text, planned
from runbook.outcome import Outcome
from runbook.plans import PLANS
from runbook.restore_preview import RestorePreview
from runbook.runner import Runner
from tests.unit.recording import RecordingHost, answering_config, project
from tests.unit.runs import EMPTY, INSPECTION, SIZES, make_run
from tests.unit.test_history import write_run
from tests.unit.test_loss import FILES, LIVE, data, manifest

GLOBALS = """
CREATE ROLE punk_eco;
ALTER ROLE punk_eco WITH SUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:one';
CREATE ROLE "report ing";
ALTER ROLE "report ing" WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:two';
ALTER ROLE "report ing" SET work_mem TO '1MB';
CREATE ROLE readers;
ALTER ROLE readers WITH NOLOGIN;
GRANT readers TO "report ing" GRANTED BY punk_eco;
GRANT readers TO punk_eco GRANTED BY punk_eco;
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A restore of the deployed version, of which no stage was performed yet."""
    made = make_run(tmp_path, plan="restore")
    made.put(INSPECTION)
    monkeypatch.setattr(type(made.deployment), "migration_heads", lambda deployment: ["9c41d0"])
    return made


def selected(live: Fingerprint, **fields: Any) -> Selection:
    """A backup that was selected while this was live."""
    values: dict[str, Any] = {"directory": Path("/b"), "manifest": manifest(LIVE, FILES), "parts": list(PARTS)}
    values |= {"live": live, "live_media": FILES, "differences": ["x"], "losses": [], "accepted": ""}
    return Selection(**(values | fields))


# which backup --------------------------------------------------------------------------------------------------------


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with two backups, one of them damaged."""
    directory = tmp_path / "state" / "backups" / "20261122T021041Z-4f1a"
    directory.mkdir(parents=True)
    backup_files.write_manifest(Host(), directory, manifest(LIVE, FILES))
    (directory.parent / "20261121T021041Z-0000").mkdir()
    return tmp_path / "state"


def test_a_backup_is_found_by_its_name_and_by_its_path(state: Path) -> None:
    wanted = state / "backups" / "20261122T021041Z-4f1a"
    assert selection.find(state, wanted.name) == selection.find(state, str(wanted)) == wanted


@pytest.mark.parametrize("asked", ["", "20261122", "/nowhere/at/all", "."])
def test_a_backup_that_is_not_there_is_told_with_those_there_are(
    state: Path, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(state / "backups")
    with pytest.raises(Refused, match="othing was changed") as refused:
        selection.find(state, asked)
    assert "20261122T021041Z-4f1a  v1.4.0, 2026-11-22T02:10:41Z, 8 rows, 2 files" in refused.value.found
    assert "20261121T021041Z-0000  damaged" in refused.value.found


def test_without_any_backup_that_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        selection.find(tmp_path, "x")
    assert refused.value.found == "no backup at all"


# what it is refused for ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"database": "shop"}, "of another database"),
        ({"postgres_version": "16.1"}, "The server is older"),
        ({"revisions": ["1b"]}, "The backup is of v1.4.0, and another version is deployed"),
        ({"revisions": []}, "another version is deployed"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused_before_anything_is_done(
    run: Run, fields: dict[str, Any], told: str
) -> None:
    backup = manifest(LIVE, FILES, **fields)
    with pytest.raises(Refused, match=told) as refused:
        selection.refuse_unfit(run, backup, [DATABASE])
    assert "nothing was changed" in refused.value.what
    selection.refuse_unfit(run, backup, ["media"])


def test_what_to_do_with_a_backup_of_another_version_is_told(run: Run) -> None:
    with pytest.raises(Refused) as refused:
        selection.refuse_unfit(run, manifest(LIVE, FILES, revisions=["1b"]), [DATABASE])
    assert "git checkout 3f2a91" in refused.value.next_step
    assert "9c41d0" in refused.value.expected


def test_a_backup_that_fits_is_not_refused(run: Run) -> None:
    selection.refuse_unfit(run, manifest(LIVE, FILES, postgres_version="14.2"), [DATABASE])


ARCHIVE = [BackupFile(name=MEDIA_NAME, size_bytes=1, sha256="1")]


@pytest.mark.parametrize(
    ("fields", "asked", "parts"),
    [
        ({"files": ARCHIVE}, PARTS, ["database", "media"]),
        ({"files": ARCHIVE}, ("media",), ["media"]),
        ({"files": ARCHIVE, "content": None}, PARTS, ["media"]),
        ({}, PARTS, ["database"]),
    ],
)
def test_what_the_backup_has_is_restored_unless_one_part_is_asked_for(
    run: Run, fields: dict[str, Any], asked: tuple[str, ...], parts: list[str]
) -> None:
    run.parts = asked
    assert selection.parts_of(run, manifest(LIVE, FILES, **fields)) == parts


def test_a_part_that_the_backup_has_not_is_refused(run: Run) -> None:
    run.parts = ("media",)
    with pytest.raises(Refused, match="does not hold that; nothing was changed"):
        selection.parts_of(run, manifest(LIVE, FILES))


def test_files_are_refused_where_the_target_has_no_place_for_them(tmp_path: Path) -> None:
    run = make_run(tmp_path, plan="restore", media=None)
    with pytest.raises(Refused, match="the target declares none; nothing was changed"):
        selection.parts_of(run, manifest(LIVE, FILES, files=ARCHIVE))


def test_what_would_be_lost_is_refused_with_the_command_that_gives_it_up() -> None:
    losses = ["table orders: 5 rows now, 4 rows in the backup"]
    with pytest.raises(Refused, match="nothing was changed") as refused:
        selection.refuse_loss(selected(LIVE, losses=losses))
    assert losses[0] in refused.value.found
    assert '--backup 20261122T021041Z-4f1a --accept-data-loss "why"' in refused.value.next_step
    selection.refuse_loss(selected(LIVE, losses=losses, accepted="emptied by mistake"))


def test_what_was_written_since_it_was_selected_is_not_thrown_away() -> None:
    with pytest.raises(StageFailed, match="not thrown away"):
        replacement.refuse_writes_since(selected(LIVE), data(users=(4, "z")), FILES)
    with pytest.raises(StageFailed, match="not thrown away"):
        replacement.refuse_writes_since(selected(LIVE), LIVE, {**FILES, "c.jpg": "3"})
    replacement.refuse_writes_since(selected(LIVE), LIVE, FILES)
    replacement.refuse_writes_since(selected(LIVE, accepted="why"), data(users=(4, "z")), {})


def test_somebody_who_still_has_the_database_open_stops_it() -> None:
    with pytest.raises(StageFailed, match="still has the database open"):
        replacement.refuse_sessions(["pid 7 punk_eco psql idle"])
    replacement.refuse_sessions([])


def test_what_is_in_place_is_compared_with_the_backup_part_by_part() -> None:
    assert replacement.changes(selected(EMPTY), LIVE, FILES) == []
    assert replacement.changes(selected(EMPTY), LIVE, {}) == ["file a.jpg", "file b.jpg"]
    assert replacement.changes(selected(EMPTY, parts=["database"]), LIVE, {}) == []
    assert len(replacement.changes(selected(EMPTY, parts=["database"]), EMPTY, {})) == 3


def test_data_of_another_version_is_never_started_on_the_deployed_one(run: Run) -> None:
    run.put(INSPECTION.model_copy(update={"head": "9c41d0", "revisions": ["1b"]}))
    with pytest.raises(NeedsOperator, match="another version is deployed") as told:
        rollback.refuse_other_version(run)
    assert str(run.directory) in told.value.next_step


@pytest.mark.parametrize(("head", "revisions"), [("9c41d0", ["9c41d0"]), ("", []), ("9c41d0", ["1b", "9c41d0"])])
def test_data_of_the_deployed_version_is(run: Run, head: str, revisions: list[str]) -> None:
    run.put(INSPECTION.model_copy(update={"head": head, "revisions": revisions}))
    rollback.refuse_other_version(run)


# the disk ------------------------------------------------------------------------------------------------------------


DUMP = BackupFile(name="database/3120.dat.gz", size_bytes=200_000_000, sha256="2")


def test_room_is_wanted_for_the_clone_the_database_beside_and_what_is_replaced() -> None:
    wanted = restore_budget.needs(SIZES, manifest(LIVE, FILES, files=[DUMP, *ARCHIVE]))
    sizes = {need.what: need.size_bytes for need in wanted}
    assert sizes["the restored database beside the live one"] == sizes["clone: the restored database"] == 2_000_000_000
    assert sizes["uploaded files that are replaced"] == SIZES.media_bytes
    assert {need.stage for need in wanted} - {""} <= set(PLANS["restore"])


def test_of_a_part_that_the_backup_has_not_nothing_is_wanted() -> None:
    assert {need.place for need in restore_budget.needs(SIZES, manifest(LIVE, FILES, files=[]))} == {"state"}
    media = restore_budget.needs(SIZES, manifest(LIVE, FILES, files=ARCHIVE))
    assert [need.what for need in media if "database" in need.what] == []


# the plan ------------------------------------------------------------------------------------------------------------


def test_the_plan_names_every_command_that_changes_something(tmp_path: Path) -> None:
    target = Target(name="shop", directory=tmp_path, url="http://127.0.0.1:1")
    host = RecordingHost(answers=answering_config({"services": {"web": {"build": {}}}}))
    preview = RestorePreview(target, project(host), Path("/backups/A"))
    backup = manifest(LIVE, FILES)
    stages = planned.stages("restore", preview, {})
    lines = plan_text.backup_lines(Path("/backups/A"), backup)
    told = plan_text.render(planned.Plan("restore", target, stages, backup, lines))
    wanted = [
        *("Backup /backups/A", "of v1.4.0 (3f2a91), taken at 2026-11-22T02:10:41.000Z", "8 rows, 2 files"),
        *(
            "create database punk_eco_beside_RUN",
            "rename to punk_eco_before_RUN",
            "punk_eco_beside_RUN rename to punk_eco",
        ),
        *("rm --stop --force web", "tar --extract --file=/backups/A/media.tar", "the restored data serves"),
    ]
    assert [words for words in wanted if words not in told] == []
    named = [line.split(" changes ")[0].split()[-1] for line in told.splitlines() if " changes " in line]
    assert named == list(PLANS["restore"])


# roles ---------------------------------------------------------------------------------------------------------------


def test_only_a_missing_role_is_made_and_nobodys_password_is_touched() -> None:
    assert list(beside.about(["report ing"], GLOBALS)) == [
        'CREATE ROLE "report ing";',
        "ALTER ROLE \"report ing\" WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:two';",
        "ALTER ROLE \"report ing\" SET work_mem TO '1MB';",
        'GRANT readers TO "report ing" GRANTED BY punk_eco;',
    ]
    assert list(beside.about([], GLOBALS)) == []


def test_a_role_that_the_backup_does_not_make_is_told() -> None:
    with pytest.raises(StageFailed, match="lacks the role auditor"):
        beside.refuse_unknown(["auditor", "readers"], list(beside.about(["auditor", "readers"], GLOBALS)))


# the run -------------------------------------------------------------------------------------------------------------


def test_with_nothing_to_do_that_is_the_outcome(run: Run) -> None:
    run.put(selected(LIVE, differences=[]))
    assert Runner(run, PLANS["restore"]).outcome() is Outcome.NOTHING_TO_DO


RESTORE_CLOSED = ("stage-begun selection", "door-closing replacement")


def test_a_restore_that_closed_the_door_and_did_not_end_stands_in_the_way_and_names_its_commands(
    tmp_path: Path,
) -> None:
    state = tmp_path / "shop.runbook"
    write_run(state, "20261122T021000Z-aaaa", *RESTORE_CLOSED, plan="restore")
    with pytest.raises(Refused, match="did not finish; nothing was changed now") as refused:
        history.refuse_unfinished(state)
    assert refused.value.what.startswith("The restore of v2.0.0 ")
    assert "`pytest -m restore --resume`" in refused.value.next_step
    assert "`pytest -m rollback` ends it with the data it replaced" in refused.value.next_step


@pytest.mark.parametrize("outcome", ["", "interrupted", "refused"])
def test_a_restore_that_never_closed_the_door_stands_in_nobodys_way(tmp_path: Path, outcome: str) -> None:
    state = tmp_path / "shop.runbook"
    write_run(state, "20261122T021000Z-aaaa", "stage-begun proof", plan="restore", outcome=outcome)
    history.refuse_unfinished(state)


@pytest.mark.parametrize(("left", "asked"), [("restore", "upgrade"), ("upgrade", "restore")])
def test_only_the_plan_that_did_not_finish_is_gone_on_with(tmp_path: Path, left: str, asked: str) -> None:
    run = make_run(tmp_path)
    write_run(run.deployment.target.state, "20261122T031000Z-aaaa", *RESTORE_CLOSED, plan=left, number=2)
    with pytest.raises(Refused, match=f"What did not finish is the {left}") as refused:
        history.resume(run.deployment, asked, "", {})
    assert f"pytest -m {left} --resume" in refused.value.next_step


def test_a_restore_is_gone_on_with_as_a_restore(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    journal: Journal = write_run(
        run.deployment.target.state, "20261122T031000Z-aaaa", *RESTORE_CLOSED, plan="restore", number=2
    )
    again = history.resume(run.deployment, "restore", "", {})
    assert (again.plan, again.begun_as, again.directory) == ("restore", "restore", journal.path.parent)
