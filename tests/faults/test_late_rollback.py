"""G4, G5: a rollback hours after users were let in keeps what they wrote, or stops and asks. One deployment each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from staging.clean import docker
from staging.deployment import Rehearsal
from staging.origin import git
from staging.sample import CUSTOMER, STAFF, Person
from tests.faults import deployments, failpoint, invariants, living, releasing, writing
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended
from tests.rehearsal.outside import Look

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside(long=True)]

WAIVED = ("--waive", "trial=a test shows the way back")
REASON = "a test gives up what was ordered since"
# Users are served by the new version, by nobody, by nobody, by nobody, by the old version.
DEATHS = (
    "stage-passed backup",
    "intended maintenance",
    "achieved reversal",
    "stage-passed verification",
    "door-opening acceptance",
)
HEAD = "d9135e7b80c4"
DECLARED = "migrations/expected-changes.toml"
USER = "punk_eco/models/user.py"
# The old code finds no such column, and what the migration forgets no downgrade knows.
RENAME = 'op.alter_column("users", "phone", new_column_name="phone_number"); op.execute("UPDATE users SET {}")'
RENAMED = "renamed_columns = { phone = 'phone_number' }\nrewritten_columns = ['phone']"
SERVING = 'CMD ["gunicorn", "punk_eco:create_app()"]'
MIGRATING_FIRST = """CMD ["sh", "-c", "flask db upgrade 2>&1 && exec gunicorn 'punk_eco:create_app()'"]"""
MIGRATES = "Running upgrade"
NOTE = 'op.add_column("orders", sa.Column("note", sa.Text()))'


def upgraded(rehearsal: Rehearsal, release: str, *options: str) -> Ended:
    """Upgrade to a release."""
    return gate.call("-m", "upgrade", "--keep", "--to", release, *options, f"--place={rehearsal.place}")


def rolled_back(rehearsal: Rehearsal, *options: str, extra: dict[str, str] | None = None) -> Ended:
    """Type what takes an upgrade back."""
    return gate.call("-m", "rollback", *options, f"--place={rehearsal.place}", extra=extra)


def wrongs(rehearsal: Rehearsal, ended: Ended) -> list[str]:
    """What a run may never leave or tell, however it ended."""
    return [
        *invariants.nothing_left(rehearsal),
        *invariants.secrets_told(rehearsal, ended.output),
        *invariants.journal_agrees(rehearsal, ended.exit_code),
    ]


def test_g3_g4_no_acknowledged_write_is_lost_by_a_red_run_a_green_one_and_its_late_rollback_that_dies() -> None:
    with deployments.deployed("written-to") as rehearsal:
        before = outside.look(rehearsal)
        with writing.writing(rehearsal) as account:
            red = upgraded(rehearsal, "v2.0.1-login-500", *WAIVED)
            green = upgraded(rehearsal, "v1.5.0")
            served, acknowledged = outside.version(rehearsal), len(account.acknowledged)
            planned = rolled_back(rehearsal, "--plan")
            for point in DEATHS:
                killed_at(rehearsal, point)
            back = rolled_back(rehearsal)
        assert (red.exit_code, green.exit_code, served) == (11, 0, "1.5.0"), red.output + green.output
        assert back.exit_code == 11, back.output
        assert len(account.acknowledged) > acknowledged
        assert account.wrongs(rehearsal) == []
        told = (
            "From v1.5.0 back to v1.4.0",
            "the best one first: downgrade",
            "flask db downgrade e6a41d92c0b7",
            "acceptance",
        )
        assert (planned.exit_code, [text for text in told if text not in planned.output]) == (0, []), planned.output
        after = outside.look(rehearsal)
        assert (after.version, after.source, after.images) == ("1.4.0", before.source, before.images)
        assert (after.volumes, after.media) == (before.volumes, before.media)
        told = ("by downgrade", "public.orders: ", "rows now", "serves    v1.4.0")
        assert [text for text in told if text not in back.output] == [], back.output
        assert set(checks_in_the_report(rehearsal)) == {"proved earlier"}
        assert "KeyError" not in back.output
        assert wrongs(rehearsal, back) == []


def checks_in_the_report(rehearsal: Rehearsal) -> list[str]:
    """How each check in the dark ended, as the report of the newest run shows it; what holds from before says so."""
    places = (gate.REPORTS / "runs").glob(f"{outside.newest_run(rehearsal).name}*/allure-results/*-result.json")
    shown = [json.loads(path.read_text("utf-8")) for path in places]
    moment = {"name": "moment", "value": "taken-back"}
    dark = [result for result in shown if moment in result.get("parameters", [])]
    return ["proved earlier" if result["name"].endswith(" · proved earlier") else result["status"] for result in dark]


def tagged(rehearsal: Rehearsal, name: str, files: dict[str, str]) -> str:
    """Put a release that is v2.0.0 with some other files at the remote; return its tag."""
    releasing.tag(rehearsal, name, "v2.0.0", files)
    return name


def renaming(rehearsal: Rehearsal) -> str:
    """A release by which there is no way back: its downgrade loses something, and the old code cannot work on it."""
    shown = {path: git("show", f"v2.0.0:{path}", directory=rehearsal.origin) for path in (DECLARED, USER)}
    upgrade = RENAME.format("phone_number = NULL")
    back = 'op.alter_column("users", "phone_number", new_column_name="phone")'
    column = 'mapped_column("phone_number", String(30))'
    model = shown[USER].replace(
        "phone: Mapped[str | None] = mapped_column(String(30))", f"phone: Mapped[str | None] = {column}"
    )
    declared = f"{shown[DECLARED]}\n\n[aaaa10.tables.users]\n{RENAMED}\n"
    files = releasing.revision("aaaa10", HEAD, upgrade, back) | {DECLARED: declared, USER: model + "\n"}
    return tagged(rehearsal, "v2.0.1-renames", files)


def used(rehearsal: Rehearsal) -> Look:
    """What there is once people have ordered and uploaded something."""
    password = rehearsal.seed_password_file.read_text("utf-8").strip()
    Person(rehearsal.url, CUSTOMER, password).order(1, 1)
    Person(rehearsal.url, STAFF, password).add_photo(2)
    return outside.look(rehearsal)


def without_a_way_it_stops_and_names_what_remains(rehearsal: Rehearsal, live: Look) -> None:
    """G4, G5: neither is gone a way that was not proved; users notice nothing."""
    planned, ended = rolled_back(rehearsal, "--plan"), rolled_back(rehearsal)
    assert (planned.exit_code, "none keeps what users wrote since" in planned.output) == (0, True), planned.output
    assert ended.exit_code == 12, ended.output
    told = ("downgrade: lossy", "users.phone", "old code: not compatible", "orders: ", '--accept-data-loss "why"')
    assert [text for text in told if text not in ended.output] == [], ended.output
    assert outside.look(rehearsal) == live
    assert wrongs(rehearsal, ended) == []


def killed_at(rehearsal: Rehearsal, point: str, *options: str) -> None:
    """Have a rollback die once a record is on disk."""
    killed = rolled_back(rehearsal, *failpoint.PLUGIN, *options, extra=failpoint.at(point, "after"))
    assert killed.exit_code == -9, killed.output


def with_a_reason_the_rollback_point_comes_back(rehearsal: Rehearsal, before: Look, live: Look) -> None:
    """G4, G6: data and files both, though it dies on the way; what users wrote is kept, and so is the reason."""
    killed_at(rehearsal, "door-closing maintenance", "--accept-data-loss", REASON)
    status = gate.call("-m", "status", f"--place={rehearsal.place}")
    assert "pytest -m rollback" in status.output, status.output
    assert "  kept       punk_eco_before_" in status.output, status.output
    killed_at(rehearsal, "achieved reversal")
    ended = rolled_back(rehearsal)
    assert ended.exit_code == 11, ended.output
    after = outside.look(rehearsal)
    assert (after.version, after.source, after.images) == (before.version, before.source, before.images)
    assert (after.tables, after.media, after.volumes) == (before.tables, before.media, before.volumes)
    kept = f"punk_eco_before_{outside.newest_run(rehearsal).name.lower().replace('-', '_')}"
    with outside.database(rehearsal, kept) as connection:
        assert outside.tables(connection) == live.tables
    assert REASON in json.dumps(outside.last_journal(rehearsal))
    assert [text for text in (REASON, kept) if text not in ended.output] == [], ended.output
    assert wrongs(rehearsal, ended) == []


def what_fails_in_the_dark_brings_the_new_version_back(rehearsal: Rehearsal, live: Look) -> None:
    """G2: the old version is not let in when a check fails on it; the new one comes back with all that users wrote."""
    stopping = failpoint.at("stage-passed reversal", "SIGSTOP")
    with living.begun(*failpoint.PLUGIN, "-m", "rollback", f"--place={rehearsal.place}", extra=stopping) as runner:
        runner.until_stopped()
        with outside.database(rehearsal) as connection:
            connection.execute("update users set active = not active")
        runner.go_on()
        ended = Ended(runner.wait(), runner.said(), {})
    assert ended.exit_code == 12, ended.output
    assert "the new version serves again with all data" in ended.output
    found = outside.look(rehearsal)
    assert (found.version, found.source, found.images) == (live.version, live.source, live.images)
    assert (found.tables, found.media) == (live.tables, live.media)
    assert wrongs(rehearsal, ended) == []


def old_code_comes_back_on_the_new_schema(rehearsal: Rehearsal, before: Look, live: Look) -> None:
    """G1, G5: a downgrade that raises is no way, but the trial proved that the old version works on the new schema."""
    ended = rolled_back(rehearsal)
    assert ended.exit_code == 11, ended.output
    assert "by old code" in ended.output
    after = outside.look(rehearsal)
    assert (after.version, after.source, after.images) == (before.version, before.source, before.images)
    assert (after.tables, after.media) == (live.tables, live.media)
    assert wrongs(rehearsal, ended) == []


def migrating_at_boot(rehearsal: Rehearsal) -> dict[str, str]:
    """The image of v2.0.0 with a command that migrates before it serves."""
    file = git("show", "v2.0.0:Dockerfile", directory=rehearsal.origin)
    if SERVING not in file:
        raise LookupError(f"the Dockerfile has no {SERVING}")
    return {"Dockerfile": file.replace(SERVING, MIGRATING_FIRST) + "\n"}


def its_boot_found_nothing_to_migrate(rehearsal: Rehearsal) -> None:
    """E8: the runbook's migration was over when the application that migrates at boot was started."""
    said = [r["evidence"]["result"]["output"] for r in outside.last_journal(rehearsal) if is_migration(r)]
    assert [MIGRATES in text for text in said] == [True]
    assert MIGRATES not in "\n".join(docker("logs", outside.containers(rehearsal)["web"].id))


def is_migration(record: dict[str, Any]) -> bool:
    """Whether a record says what a migration has achieved."""
    return bool(record["evidence"].get("kind") == "Migration")


def test_e8_g1_g2_g4_g5_g6_a_late_rollback_goes_only_where_nothing_is_lost_or_a_person_says_so() -> None:
    with deployments.deployed("late", "v2.0.0") as rehearsal:
        before = outside.look(rehearsal)
        first = upgraded(rehearsal, renaming(rehearsal))
        assert first.exit_code == 0, first.output
        live = used(rehearsal)
        without_a_way_it_stops_and_names_what_remains(rehearsal, live)
        with_a_reason_the_rollback_point_comes_back(rehearsal, before, live)
        sticky = releasing.revision("aaaa11", HEAD, NOTE, 'raise RuntimeError("no way")') | migrating_at_boot(rehearsal)
        second = upgraded(rehearsal, tagged(rehearsal, "v2.0.1-sticky", sticky))
        assert second.exit_code == 0, second.output
        its_boot_found_nothing_to_migrate(rehearsal)
        live = used(rehearsal)
        what_fails_in_the_dark_brings_the_new_version_back(rehearsal, live)
        old_code_comes_back_on_the_new_schema(rehearsal, before, live)
