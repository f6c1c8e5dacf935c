"""S4, C10: a verified backup is copied off the host, encrypted and read back; what is wrong with it is told in time."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from fixtures import backup_files, backups
from fixtures.backup_files import COPY_NAME
from staging import restic
from staging.deployment import Rehearsal
from tests.faults import deployments, living
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

PASSWORD = "ceci-n-est-pas-un-secret"
SETTINGS = """
[targets.rehearsal.backups]
keep = {keep}
[targets.rehearsal.backups.off_host]
"""
BY_RESTIC = 'restic = "{repository}"\npassword = {{ env = "COPIES_PASSWORD" }}\n'
# The real restic, behind which a byte of what it has just stored is changed: a disk that lies.
LYING = """#!/bin/sh
"{restic}" "$@"; code=$?
case "$1" in backup)
    pack=$(find "{repository}/data" -type f -printf '%s %p\\n' | sort -n | tail -1 | cut -d' ' -f2)
    half=$(($(stat -c %s "$pack") / 2)); chmod u+w "$pack"
    printf '\\377\\376\\375' | dd of="$pack" bs=1 seek="$half" conv=notrunc 2>&1;;
esac
exit $code
"""


@pytest.fixture(scope="module")
def deployment() -> Iterator[Rehearsal]:
    """A deployment; its backups stay."""
    with deployments.deployed("off-host") as rehearsal:
        yield rehearsal


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty restic repository."""
    restic.ensure()
    place = tmp_path_factory.mktemp("off-host") / "repository"
    asked(place, "init")
    return place


def asked(repository: Path, *arguments: str) -> bytes:
    """What restic answers. Raise CalledProcessError when it fails."""
    environment = os.environ | {"RESTIC_REPOSITORY": str(repository), "RESTIC_PASSWORD": PASSWORD}
    return subprocess.run(["restic", *arguments], env=environment, stdout=subprocess.PIPE, check=True).stdout


@contextmanager
def settings(rehearsal: Rehearsal, off_host: str, keep: int = 5) -> Iterator[None]:
    """Other settings of the backups, as long as the block lasts."""
    text = rehearsal.settings_file.read_text("utf-8")
    rehearsal.settings_file.write_text(text + SETTINGS.format(keep=keep) + off_host, "utf-8")
    try:
        yield
    finally:
        rehearsal.settings_file.write_text(text, "utf-8")


def backed_up(rehearsal: Rehearsal, *options: str, **extra: str) -> Ended:
    """Take a backup."""
    return gate.call(*command(rehearsal, *options), extra={"COPIES_PASSWORD": PASSWORD} | extra)


def command(rehearsal: Rehearsal, *options: str) -> tuple[str, ...]:
    return "-m", "backup", "--keep", *options, f"--place={rehearsal.place}"


def taken(rehearsal: Rehearsal) -> list[Path]:
    """The backups under a final name, the newest first."""
    return [known.directory for known in backups.known(rehearsal.state_directory)]


def plain_text(rehearsal: Rehearsal) -> bytes:
    """A piece of an uploaded file that stands in a backup as it is."""
    media = taken(rehearsal)[0] / backup_files.MEDIA_NAME
    return media.read_bytes()[20_000:20_064]


def test_s4_the_copy_is_encrypted_complete_and_read_back_without_a_plain_file(
    deployment: Rehearsal, repository: Path, tmp_path: Path
) -> None:
    kept: dict[Path, bytes] = {}
    extra = {"COPIES_PASSWORD": PASSWORD, "TMPDIR": str(tmp_path)}
    with (
        settings(deployment, BY_RESTIC.format(repository=repository)),
        living.begun(*command(deployment), extra=extra) as taking,
    ):
        while not is_over(taking):
            kept |= read_all(tmp_path)
        said = taking.said()
    assert (taking.process.returncode, "copied off the host and read back" in said) == (0, True), said
    (directory,) = taken(deployment)
    copy = backup_files.read_copy(directory)
    assert copy is not None and copy.read_back
    listed = in_snapshot(repository, copy.snapshot, directory, tmp_path / "restored")
    beside = {path.name for path in directory.iterdir() if path.is_file()} - {COPY_NAME, COPY_NAME + backup_files.SEAL}
    assert {path for path in listed if "/" not in path} == beside
    manifest = backup_files.verify_files(directory)
    assert {file.name: file.sha256 for file in manifest.files}.items() <= listed.items()
    stored = read_all(repository)
    assert stored
    assert [path for path, content in (kept | stored).items() if plain_text(deployment) in content] == []
    assert PASSWORD not in journal_text(deployment) + said


def journal_text(rehearsal: Rehearsal) -> str:
    """All that the newest run put into its journal."""
    return json.dumps(outside.last_journal(rehearsal))


def read_all(place: Path) -> dict[Path, bytes]:
    """Every file below a directory that can be read at this moment, with its content."""
    found = {}
    for directory, _, names in os.walk(place):
        for path in (Path(directory) / name for name in names):
            with suppress(OSError):
                found[path] = path.read_bytes()
    return found


def is_over(taking: living.Living) -> bool:
    """Wait for a moment, and tell whether a command has ended meanwhile."""
    with suppress(subprocess.TimeoutExpired):
        taking.process.wait(0.2)
    return taking.process.returncode is not None


def in_snapshot(repository: Path, snapshot: str, directory: Path, to: Path) -> dict[str, str]:
    """The files of a snapshot and their sha256, as a person gets them back."""
    asked(repository, "restore", snapshot, "--target", str(to))
    restored = to / str(directory).lstrip("/")
    files = (path for path in restored.rglob("*") if path.is_file())
    return {str(path.relative_to(restored)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_s4_a_wrong_password_is_refused_before_anything_is_done(deployment: Rehearsal, repository: Path) -> None:
    before, stored = taken(deployment), read_all(repository)
    with settings(deployment, BY_RESTIC.format(repository=repository)):
        ended = backed_up(deployment, COPIES_PASSWORD="another one")
    assert ended.exit_code == 10, ended.output
    assert f"The restic repository {repository} does not open; nothing was changed." in ended.output
    assert (taken(deployment), read_all(repository)) == (before, stored)
    assert [r["stage"] for r in outside.last_journal(deployment) if r["event"] == "stage-begun"] == ["preflight"]


def test_s4_a_repository_that_is_away_is_refused_before_anything_is_done(
    deployment: Rehearsal, repository: Path
) -> None:
    before = taken(deployment)
    with settings(deployment, BY_RESTIC.format(repository=repository.with_name("unmounted"))):
        ended = backed_up(deployment)
    assert ended.exit_code == 10, ended.output
    assert "does not open; nothing was changed." in ended.output
    assert taken(deployment) == before


def test_a_copy_that_was_damaged_on_its_way_is_found(deployment: Rehearsal, repository: Path, tmp_path: Path) -> None:
    before = taken(deployment)
    real = subprocess.run(["which", "restic"], capture_output=True, text=True, check=True).stdout.strip()
    (tmp_path / "restic").write_text(LYING.format(restic=real, repository=repository))
    (tmp_path / "restic").chmod(0o755)
    with settings(deployment, BY_RESTIC.format(repository=repository)):
        ended = backed_up(deployment, "--media-only", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert ended.exit_code == 10, ended.output
    assert "The copy cannot be read back" in ended.output
    (new,) = set(taken(deployment)) - set(before)
    assert backup_files.read_proof(new) is not None
    assert backup_files.read_copy(new) is None


def test_c10_a_command_takes_the_copy_away_and_only_older_backups_of_the_same_part_go(
    deployment: Rehearsal, tmp_path: Path
) -> None:
    before = taken(deployment)
    whole = before[-1]
    with settings(deployment, f'command = ["cp", "-r", "{{directory}}", "{tmp_path}/{{run}}"]\n', keep=1):
        ended = backed_up(deployment, "--media-only")
    assert ended.exit_code == 0, ended.output
    new = taken(deployment)[0]
    assert taken(deployment) == [new, whole]
    assert backup_files.verify_files(tmp_path / new.name) == backup_files.verify_files(new)
    ended_with = outside.last_journal(deployment)
    removed = [Path(r["evidence"]["directory"]) for r in ended_with if r["event"] == "backup-removed"]
    assert removed == before[-2::-1]
    assert "backups   1 older one removed: " in ended.output


def test_the_backups_are_listed_with_their_copies(deployment: Rehearsal, repository: Path) -> None:
    newest, oldest = taken(deployment)
    runs = outside.runs(deployment)
    ended = gate.call("-m", "backups", f"--place={deployment.place}")
    assert ended.exit_code == 0, ended.output
    assert f"to restic {repository}, snapshot " in ended.output
    assert f"/{newest.name}, not read back" in ended.output
    assert f"  {oldest.name}  verified " in ended.output
    assert f"pytest -m restore --backup {oldest.name} --place={deployment.place}" in ended.output
    assert outside.runs(deployment) == runs
