"""Off-host copies: what the commands are given, and that a copy which is another one is not believed."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from fixtures import backup_files, off_host, restic
from fixtures.backup import Backup
from fixtures.errors import Refused, StageFailed
from fixtures.host import Host
from fixtures.restic import Restic
from fixtures.settings_backups import OffHost
from tests.unit.made_backups import DATA_NAME, make
from tests.unit.recording import RecordingHost
from tests.unit.runs import make_run

PASSWORD = "correct-horse"
REPOSITORY = "rest:https://runbook:battery-staple@backups.example/punk-eco"
SUMMARY = '{"message_type":"status"}\n{"message_type":"summary","snapshot_id":"35a9167e"}\n'


@pytest.fixture
def host() -> RecordingHost:
    return RecordingHost(answers={("restic", "backup"): SUMMARY})


def repository(host: Host) -> Restic:
    return Restic(host, REPOSITORY, SecretStr(PASSWORD), 60)


def test_no_secret_stands_in_a_command_and_no_other_password_is_used(host: RecordingHost) -> None:
    one = repository(host)
    one.refuse_closed()
    one.copy(Path("/srv/backups/R"), ["run-R"])
    one.check()
    words = [word for command in host.commands for word in command]
    assert [word for word in words if PASSWORD in word or "battery" in word] == []
    for noted in host.noted:
        assert noted.environment["RESTIC_PASSWORD"] == PASSWORD
        assert noted.environment["RESTIC_PASSWORD_COMMAND"] == noted.environment["RESTIC_PASSWORD_FILE"] == ""


def test_the_snapshot_is_the_one_that_the_summary_names(host: RecordingHost) -> None:
    assert repository(host).copy(Path("/srv/backups/R"), ["a", "b"]) == "35a9167e"
    assert host.commands == [["restic", "backup", "--json", "--tag", "a", "--tag", "b", "/srv/backups/R"]]


def test_looking_whether_it_opens_leaves_no_lock(host: RecordingHost) -> None:
    repository(host).refuse_closed()
    assert host.commands == [["restic", "cat", "config", "--no-lock"]]


def test_who_enters_a_repository_is_not_told() -> None:
    host = RecordingHost(exit_codes={("restic",): 1})
    with pytest.raises(Refused, match="nothing was changed") as refused:
        repository(host).refuse_closed()
    assert "https://backups.example/punk-eco" in refused.value.what
    assert "battery" not in str(refused.value)


def test_restic_that_is_not_there_is_told(host: RecordingHost) -> None:
    host.exit_codes = {("restic",): restic.NOT_FOUND}
    with pytest.raises(Refused) as refused:
        repository(host).refuse_closed()
    assert refused.value.next_step == "install restic"


@pytest.mark.parametrize("prefix", ["srv/backups/R/", "/srv/backups/R/", ""])
def test_files_are_hashed_as_they_pass(prefix: str) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo(f"{prefix}database/toc.dat")
        member.size = 3
        archive.addfile(member, io.BytesIO(b"abc"))
    found = restic.digests_of(io.BytesIO(stream.getvalue()), Path("/srv/backups/R"))
    assert found == {"database/toc.dat": hashlib.sha256(b"abc").hexdigest()}


@pytest.mark.parametrize("cut", [0, 100, 700])
def test_a_stream_that_breaks_off_is_no_copy(cut: int) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo("a")
        member.size = 2000
        archive.addfile(member, io.BytesIO(b"x" * 2000))
    assert restic.digests_of(io.BytesIO(stream.getvalue()[:cut]), Path("/srv")) is None


def test_a_copy_must_hold_the_files_the_manifest_the_proof_and_their_seals(tmp_path: Path) -> None:
    directory = make(tmp_path, 1)
    backup_files.write_sealed(Host(), directory / backup_files.COPY_NAME, "an earlier copy")
    expected = off_host.expected_digests(directory)
    assert set(expected) == {
        *(DATA_NAME, backup_files.MEDIA_NAME, backup_files.MANIFEST_NAME, backup_files.PROOF_NAME),
        *(f"{name}{backup_files.SEAL}" for name in (backup_files.MANIFEST_NAME, backup_files.PROOF_NAME)),
    }
    assert list(off_host.differences(expected, expected | {"more": "1"})) == []
    lacking = {name: digest for name, digest in expected.items() if name != DATA_NAME}
    assert list(off_host.differences(expected, lacking | {backup_files.MEDIA_NAME: "0"})) == [
        f"{DATA_NAME}: no such file",
        f"{backup_files.MEDIA_NAME}: another content",
    ]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "exactly one"),
        ({"restic": "/srv/r", "password": {"env": "P"}, "command": ("cp", "{directory}")}, "exactly one"),
        ({"restic": "/srv/r"}, "has a password"),
        ({"command": ("cp", "{directory}"), "password": {"env": "P"}}, "none here"),
        ({"command": ("rclone", "copy")}, "{directory}"),
    ],
)
def test_one_way_must_be_named_whole(given: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        OffHost.model_validate(given)


def test_a_command_is_given_the_directory_and_the_run() -> None:
    wanted = OffHost(command=("rclone", "copy", "{directory}", "offsite:shop/{run}"))
    assert wanted.command_for(Path("/srv/R"), "R") == ["rclone", "copy", "/srv/R", "offsite:shop/R"]


@pytest.mark.parametrize("required", [True, False])
def test_a_copy_that_fails_fails_the_backup_unless_it_need_not_succeed(tmp_path: Path, required: bool) -> None:
    wanted = {"command": ["rclone", "copy", "{directory}", "offsite:shop"], "required": required}
    run = make_run(tmp_path, RecordingHost(exit_codes={("rclone",): 7}), backups={"off_host": wanted})
    directory = make(run.deployment.target.state, 1)
    run.put(Backup(directory=directory, restored=None, restored_media=""))
    if required:
        with pytest.raises(StageFailed, match="rclone"):
            off_host.perform(run)
    else:
        assert "exit code 7" in off_host.perform(run).problem
        assert run.journal.records[-1].event == off_host.NOT_COPIED
    assert backup_files.read_copy(directory) is None
