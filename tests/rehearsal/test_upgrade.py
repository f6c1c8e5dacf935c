"""A green upgrade on the real engine, looked at from outside: what it leads to, what it keeps, what users saw."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runbook import plans
from staging.clean import docker
from staging.deployment import PLACES, compose
from staging.maker import INVOICE_SENDER
from tests.rehearsal import browser, gate, outside
from tests.rehearsal.upgrading import LIMITS, Upgrade, result, upgrade

pytestmark = pytest.mark.engine

PLACE = PLACES / f"tests-upgrade-{os.getpid()}"
COMMIT_LABEL = "org.opencontainers.image.revision"
KEPT_TABLES = ("categories", "products", "photos", "orders", "order_lines", "users")


@pytest.fixture(scope="module")
def upgraded() -> Iterator[Upgrade]:
    """A deployment that was upgraded from v1.4.0 to v2.0.0."""
    with outside.deployed(PLACE, "v1.4.0", limits=LIMITS, is_built_anew=True) as rehearsal:
        yield upgrade(rehearsal, "v2.0.0")


@pytest.fixture(scope="module")
def release_commit(upgraded: Upgrade) -> str:
    """The commit of v2.0.0."""
    return outside.git(upgraded.rehearsal, "rev-parse", "v2.0.0^{commit}")


@pytest.fixture(scope="module")
def backup(upgraded: Upgrade) -> Iterator[dict[str, Any]]:
    """The manifest of the one backup, and the directory it is in."""
    (directory,) = (upgraded.rehearsal.state_directory / "backups").iterdir()
    yield json.loads((directory / "manifest.json").read_text("utf-8")) | {"directory": directory}


def test_the_gate_ends_with_0(upgraded: Upgrade) -> None:
    assert upgraded.ended.exit_code == 0, upgraded.ended.output


def test_its_page_is_made(upgraded: Upgrade) -> None:
    (told,) = [line for line in upgraded.ended.output.splitlines() if line.startswith("  report ")]
    assert "<title> upgrade v1.4.0 → v2.0.0: done" in (gate.ROOT / told.split()[-1]).read_text("utf-8"), told


def test_its_page_shows_the_stages_in_order_and_pictures_and_asks_nobody(upgraded: Upgrade, tmp_path: Path) -> None:
    (told,) = [line for line in upgraded.ended.output.splitlines() if line.startswith("  report ")]
    seen = browser.look(gate.ROOT / told.split()[-1], tmp_path)
    groups = [piece.split(" · ")[0] for piece in seen.pieces if re.match(r"\d\d \w+ · ", piece)]
    assert list(dict.fromkeys(groups)) == ["00 outcome", *map(plans.label, plans.NAMES)]
    assert (seen.errors, seen.refused, seen.requests) == ([], [], [])
    assert {name for name, width in seen.pictures.items() if width > 0} == {"timeline", "resources"}


def test_the_new_version_serves(upgraded: Upgrade) -> None:
    assert (upgraded.before.version, upgraded.after.version) == ("1.4.0", "2.0.0")


def test_what_serves_was_built_from_the_release(upgraded: Upgrade, release_commit: str) -> None:
    (image,) = outside.inspected("image", upgraded.after.images["web"])
    assert image["Config"]["Labels"][COMMIT_LABEL] == release_commit
    assert image["Id"] != upgraded.before.images["web"]


def test_the_old_image_is_kept_under_a_name(upgraded: Upgrade) -> None:
    (image,) = outside.inspected("image", upgraded.before.images["web"])
    assert image["RepoTags"] == [f"{upgraded.rehearsal.project}-web:rollback-{upgraded.before.commit[:12]}"]


def test_the_directory_is_at_the_tag(upgraded: Upgrade, release_commit: str) -> None:
    assert (upgraded.after.commit, upgraded.after.changes) == (release_commit, "")
    assert outside.git(upgraded.rehearsal, "log", "-1", "--format=%D").endswith("tag: v2.0.0, origin/main, origin/HEAD")


def test_the_environment_has_the_new_keys_and_all_old_values(upgraded: Upgrade) -> None:
    new = {"MAX_UPLOAD_MB": "8", "ITEMS_PER_PAGE": "24", "INVOICE_SENDER": INVOICE_SENDER}
    assert upgraded.after.environment == upgraded.before.environment | new


def test_the_database_is_at_the_head_that_the_application_knows(upgraded: Upgrade) -> None:
    web = upgraded.after.containers["web"].id
    with outside.database(upgraded.rehearsal) as connection:
        revision = outside.value(connection, "select version_num from alembic_version")
    assert docker("exec", web, "flask", "db", "heads") == [f"{revision} (head)"]


def test_no_row_and_no_file_is_lost(upgraded: Upgrade) -> None:
    before, after = upgraded.before, upgraded.after
    assert {table: after.tables[table][0] for table in KEPT_TABLES} == {
        table: before.tables[table][0] for table in KEPT_TABLES
    }
    assert after.media == before.media


def test_the_data_is_where_it_was(upgraded: Upgrade) -> None:
    before, after = upgraded.before, upgraded.after
    assert after.volumes == before.volumes
    assert after.system_identifier == before.system_identifier
    assert after.containers["db"] == before.containers["db"]


def test_the_old_version_is_kept_on_a_branch_here_and_at_the_remote(upgraded: Upgrade) -> None:
    listed = outside.git(upgraded.rehearsal, "for-each-ref", "--format=%(refname) %(objectname)", "**/backup-*")
    names = [line.split()[0] for line in listed.splitlines()]
    assert [line.split()[1] for line in listed.splitlines()] == [upgraded.before.commit] * 2
    assert [name.rpartition("/")[0] for name in names] == ["refs/heads", "refs/remotes/origin"]
    branch = names[0].rpartition("/")[2]
    at_remote = outside.git(upgraded.rehearsal, "ls-remote", str(upgraded.rehearsal.origin), f"refs/heads/{branch}")
    assert at_remote.startswith(upgraded.before.commit)


def test_the_backup_is_only_for_its_owner(backup: dict[str, Any]) -> None:
    directory = backup["directory"]
    found = {path: path.stat().st_mode & 0o777 for path in [directory, *directory.rglob("*")]}
    assert found == {path: 0o700 if path.is_dir() else 0o600 for path in found}


def test_the_backup_is_what_its_manifest_says(upgraded: Upgrade, backup: dict[str, Any]) -> None:
    files = {file["name"]: (file["size_bytes"], file["sha256"]) for file in backup["files"]}
    assert {"database/toc.dat", "globals.sql", "schema.sql", "media.tar"} <= files.keys()
    found = {name: (backup["directory"] / name).read_bytes() for name in files}
    assert files == {name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in found.items()}
    assert backup["commit"] == upgraded.before.commit


def test_nothing_of_the_run_is_left_but_the_rollback_point(upgraded: Upgrade) -> None:
    assert outside.leftovers(upgraded.rehearsal) == []
    (kept,) = outside.databases(upgraded.rehearsal)
    assert kept.startswith("punk_eco_before_")
    with outside.database(upgraded.rehearsal, kept) as connection:
        assert outside.tables(connection) == upgraded.before.tables


def test_the_pending_migrations_were_rendered_and_linted(upgraded: Upgrade) -> None:
    found = result(upgraded, "MigrationSql")
    assert "ALTER TABLE users DROP COLUMN full_name;" in Path(found["file"]).read_text("utf-8")
    assert ("a04c62f8e1b5", "changing-column-type") in {(one["revision"], one["rule"]) for one in found["findings"]}
    assert found["missing"] == {}
    assert "warnings of squawk on the migrations" in upgraded.ended.output


def test_the_deployed_definitions_are_those_of_the_migrations(upgraded: Upgrade) -> None:
    assert result(upgraded, "Drift") == {"differences": [], "unknown": ""}


def test_the_journal_ends_with_the_outcome(upgraded: Upgrade) -> None:
    records = upgraded.journal
    assert [record["sequence"] for record in records] == list(range(1, len(records) + 1))
    assert records[-1]["event"] == "run-ended"
    assert records[-1]["evidence"] == {"outcome": "done", "exit_code": 0}


def test_everything_is_fetched_and_built_while_the_old_version_serves(upgraded: Upgrade) -> None:
    first_silence = next(answer.asked_at for answer in upgraded.answers if not answer.version)
    assert outside.time_of(upgraded.journal, "stage-passed", "source") < first_silence
    assert outside.time_of(upgraded.journal, "stage-passed", "dependencies") < first_silence
    closing = outside.time_of(upgraded.journal, "stage-begun", "maintenance")
    assert {answer.version for answer in upgraded.answers if answer.asked_at < closing} == {"1.4.0"}


def test_nobody_meets_the_new_version_before_the_door_opens(upgraded: Upgrade) -> None:
    opening = outside.time_of(upgraded.journal, "door-opening", "acceptance")
    seen = [answer.version for answer in upgraded.answers]
    assert [version for i, version in enumerate(seen) if i == 0 or version != seen[i - 1]] == ["1.4.0", "", "2.0.0"]
    assert min(answer.asked_at for answer in upgraded.answers if answer.version == "2.0.0") > opening


def test_a_person_who_types_up_changes_nothing(upgraded: Upgrade) -> None:
    compose(upgraded.rehearsal, "up", "--detach")
    assert outside.containers(upgraded.rehearsal) == upgraded.after.containers


def test_the_same_upgrade_again_does_nothing(upgraded: Upgrade) -> None:
    again = upgrade(upgraded.rehearsal, "v2.0.0")
    assert again.ended.exit_code == 0, again.ended.output
    assert again.journal[-1]["evidence"] == {"outcome": "nothing-to-do", "exit_code": 0}
    assert again.after == again.before == upgraded.after
    assert outside.leftovers(upgraded.rehearsal) == []


def test_every_check_passes_on_what_serves_after_it(upgraded: Upgrade) -> None:
    ended = gate.call("-m", "verification", "--keep", f"--place={upgraded.rehearsal.place}")
    assert (ended.exit_code, ended.failures) == (0, {}), ended.output
