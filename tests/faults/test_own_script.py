"""C5, C6, C8: what the deployment's own backup script writes is restored, and refused when it is not the data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures import backup, backup_files, inspection, leftovers, own_backup, settings_file
from fixtures.deployment import Deployment
from fixtures.errors import StageFailed
from fixtures.host import Host
from fixtures.journal import Journal
from fixtures.own_backup import OwnBackup
from fixtures.run import Run
from fixtures.script_files import CUSTOM, SQL, TAR
from runbook import history
from staging.deployment import Rehearsal
from tests.faults import deployments
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

DUMP = "docker compose exec -T db pg_dump --username=punk_eco"
MEDIA = "docker compose exec -T web tar --create --directory=/data/media . > backups/media.tar"
TO_TERMINAL = "docker exec -t $(docker compose ps --quiet {service})"
# What a person could have written, each with what is said of it.
FAULTS = {
    "c5 a terminal mangles the dump": (
        f"{TO_TERMINAL} pg_dump --username=punk_eco --format=custom punk_eco > backups/db.dump".format(service="db"),
        MEDIA,
        "table public.orders is not in it",
    ),
    "c5 a terminal mangles the archive": (
        f"{DUMP} punk_eco > backups/db.sql",
        f"{TO_TERMINAL} sh -c 'tar --create --directory=/data/media . | cat' > backups/media.tar".format(service="web"),
        "not the deployment's data: media.tar",
    ),
    "c6 a pipe hides that nothing was dumped": (f"{DUMP} nowhere | gzip > backups/db.gz", MEDIA, "wrote no dump"),
    "c8 another database": (f"{DUMP} postgres > backups/db.sql", MEDIA, "table public.orders is not in it"),
    "a dump is cut": (
        f"{DUMP} --format=custom punk_eco > backups/db.dump; truncate --size=-2000 backups/db.dump",
        MEDIA,
        "cannot be restored: db.dump",
    ),
    "SQL is cut between two statements": (
        f"{DUMP} punk_eco > /tmp/all.$$; head -n -60 /tmp/all.$$ > backups/db.sql; rm /tmp/all.$$",
        MEDIA,
        "is not in it",
    ),
    "rows are left out": (
        f"{DUMP} --exclude-table-data=order_lines punk_eco > backups/db.sql",
        MEDIA,
        "table public.order_lines: 0 rows",
    ),
    "the archive is cut": (
        f"{DUMP} punk_eco > backups/db.sql",
        f"{MEDIA}; truncate --size=-30000 backups/media.tar",
        "not the deployment's data: media.tar",
    ),
}


@pytest.fixture(scope="module")
def deployment() -> Iterator[Rehearsal]:
    """A deployment."""
    with deployments.deployed("own-backup") as rehearsal:
        yield rehearsal


@contextmanager
def script(rehearsal: Rehearsal, *words: str) -> Iterator[None]:
    """Another script in the settings, as long as the block lasts."""
    text = rehearsal.settings_file.read_text("utf-8")
    table = f"\n[targets.rehearsal.backups]\nscript = {json.dumps(words)}\n"
    rehearsal.settings_file.write_text(text + table, "utf-8")
    try:
        yield
    finally:
        rehearsal.settings_file.write_text(text, "utf-8")


def test_the_deployments_own_script_is_run_and_what_it_wrote_is_held_to_the_data(deployment: Rehearsal) -> None:
    before = outside.look(deployment)
    with script(deployment, "./backup.sh"):
        ended = gate.call("-m", "backup", "--keep", f"--place={deployment.place}")
    assert ended.exit_code == 0, ended.output
    assert "./backup.sh wrote the same data" in ended.output
    (achieved,) = [r["evidence"] for r in outside.last_journal(deployment) if r["evidence"].get("kind") == "OwnBackup"]
    assert {file["kind"] for file in achieved["result"]["files"]} == {CUSTOM, TAR}
    assert (outside.look(deployment), outside.leftovers(deployment)) == (before, [])


def test_c6_a_script_that_hides_its_failure_refuses_the_run(deployment: Rehearsal, tmp_path: Path) -> None:
    database, media, said = FAULTS["c6 a pipe hides that nothing was dumped"]
    (tmp_path / "backup.sh").write_text(f"mkdir -p backups\n{database}\n{media}\n")
    before = outside.look(deployment)
    with script(deployment, "sh", str(tmp_path / "backup.sh")):
        ended = gate.call("-m", "backup", "--keep", f"--place={deployment.place}")
    assert (ended.exit_code, said in ended.output) == (10, True), ended.output
    assert (outside.look(deployment), outside.leftovers(deployment)) == (before, [])


@pytest.fixture(scope="module")
def run(deployment: Rehearsal) -> Iterator[Run]:
    """A run whose own backup was verified, so that the scratch server is there."""
    target = settings_file.choose(settings_file.load(deployment.settings_file), "rehearsal")
    host, name = Host(), "20261124T021000Z-0b0b"
    directory = host.make_directory(target.state / "runs" / name)
    journal = Journal.open(directory / "journal.jsonl")
    number = history.next_number(target.state)
    run = Run(name, "backup", Deployment(target, host), journal, directory, "v1.4.0", number=number)
    run.journal.write("run-begun", number=number, plan="backup", requested="v1.4.0", waived={})
    try:
        run.achieve("preflight", inspection.perform(run))
        run.achieve("backup", backup.perform(run))
        yield run
    finally:
        leftovers.remove(run)
        run.journal.write_ending(outcome="done", exit_code=0)


def perform(run: Run, *commands: str) -> OwnBackup:
    """Have these commands be the deployment's own script."""
    script = run.directory / "script.sh"
    script.write_text("\n".join(["mkdir -p backups", *commands]))
    wanted = run.deployment.target.backups.model_copy(update={"script": ("sh", str(script))})
    target = run.deployment.target.model_copy(update={"backups": wanted})
    return own_backup.perform(replace(run, deployment=Deployment(target, run.deployment.host)))


def test_what_is_gzipped_is_unpacked_restored_and_found_whole(deployment: Rehearsal, run: Run) -> None:
    found = perform(run, f"{DUMP} --compress=6 punk_eco > backups/db.gz", MEDIA, "gzip --force backups/media.tar")
    assert {(file.kind, file.is_gzipped) for file in found.files} == {(SQL, True), (TAR, True)}
    held = backup_files.read_manifest(leftovers.backup_directory(run)).holds
    with outside.database(deployment) as connection:
        live = sum(rows for rows, _ in outside.tables(connection).values())
    assert found.media == held["files"]
    assert held["rows"] <= found.rows <= live


@pytest.mark.parametrize("fault", FAULTS)
def test_c5_c6_c8_what_is_not_the_data_is_refused(run: Run, fault: str) -> None:
    database, media, said = FAULTS[fault]
    with pytest.raises(StageFailed) as failed:
        perform(run, database, media)
    assert said in f"{failed.value.what}{failed.value.found}"
