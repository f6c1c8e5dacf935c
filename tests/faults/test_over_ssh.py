"""A11, S7: a deployment of another user, on a machine reached by SSH alone, is adopted, upgraded and rolled back."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from staging.deployment import Rehearsal
from tests.faults import deployments, invariants, killing, living, ssh
from tests.faults.ssh import SshServer
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

TARGET = "server"
# Each look at a file is a word over the connection, beside what an upgrade takes anyway.
LONGEST_SECONDS = 1200


@dataclass(frozen=True)
class Adopted:
    """A deployment that belongs to another user, and the settings by which it is reached through the server."""

    rehearsal: Rehearsal
    server: SshServer
    user: str
    settings: Path

    def words(self, *arguments: str) -> tuple[str, ...]:
        """The words of a command on it."""
        return (*arguments, f"--settings={self.settings}", f"--target={TARGET}")

    def call(self, *arguments: str) -> Ended:
        """Call the gate on it."""
        return gate.call(*self.words(*arguments), timeout_seconds=LONGEST_SECONDS)

    def owners(self) -> set[str]:
        """Who owns what runs have left there."""
        return {path.owner() for path in self.rehearsal.state_directory.rglob("*")}


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopted]:
    with ssh.user() as user, ssh.server() as server, deployments.deployed("over-ssh") as rehearsal:
        for path in (rehearsal.place, *rehearsal.place.rglob("*")):
            shutil.chown(path, user, user)
        file = tmp_path_factory.mktemp("settings") / "runbook.toml"
        file.write_text(settings(rehearsal, f"ssh://{user}@shop", server.configuration("shop")))
        yield Adopted(rehearsal, server, user, file)


def settings(rehearsal: Rehearsal, host: str, configuration: Path) -> str:
    """The settings of a rehearsal, for a machine that is reached by SSH."""
    text = rehearsal.settings_file.read_text("utf-8").replace("targets.rehearsal", f"targets.{TARGET}")
    reached = f'[targets.{TARGET}]\nhost = "{host}"\nssh_config = "{configuration}"\n'
    return re.sub(rf"^\[targets\.{TARGET}\]\n", reached, text, count=1, flags=re.MULTILINE)


def test_it_is_looked_at_without_a_trace(adopted: Adopted) -> None:
    told = adopted.call("-m", "status")
    assert told.exit_code == 0, told.output
    assert f"{adopted.rehearsal.url}/health answers 200" in told.output
    assert "at revision" in told.output


def test_it_is_found_fit_for_an_upgrade(adopted: Adopted) -> None:
    before = outside.look(adopted.rehearsal)
    told = adopted.call("-m", "doctor")
    assert told.exit_code == 0, told.output
    assert f"ssh://{adopted.user}@shop" in told.output
    assert outside.look(adopted.rehearsal) == before


def test_s7_a_machine_whose_key_has_changed_is_not_talked_to(adopted: Adopted, tmp_path: Path) -> None:
    before, file = outside.look(adopted.rehearsal), tmp_path / "runbook.toml"
    otherwise = adopted.server.configuration("shop", adopted.server.with_another_key())
    file.write_text(settings(adopted.rehearsal, f"ssh://{adopted.user}@shop", otherwise))
    ended = gate.call("-m", "upgrade", "--to", "v2.0.0", f"--settings={file}", f"--target={TARGET}")
    assert ended.exit_code == 10, ended.output
    assert "shop cannot be reached by SSH; nothing was changed" in ended.output
    assert outside.look(adopted.rehearsal) == before


def test_a11_a_connection_that_is_cut_interrupts_the_run_and_it_is_gone_on_with(
    adopted: Adopted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(living, "LONGEST_SECONDS", LONGEST_SECONDS)
    before = outside.look(adopted.rehearsal)
    with living.begun(*adopted.words("-m", "upgrade", "--to", "v2.0.0")) as runner:
        runner.until_recorded(adopted.rehearsal, "intended", "migration")
        adopted.server.cut()
        code, said = runner.wait(), runner.said()
    assert code == 2, said
    assert "the connection to shop is lost" in said
    assert "--resume" in said
    assert outside.last_journal(adopted.rehearsal)[-1]["event"] != "run-ended"
    assert not invariants.is_locked(adopted.rehearsal)
    ended = adopted.call("-m", "upgrade", "--resume")
    assert ended.exit_code == 0, ended.output
    assert killing.judge(adopted.rehearsal, before, [ended]) == []
    assert adopted.owners() == {adopted.user}


def test_what_was_let_in_is_taken_back_over_there_with_what_users_wrote_since(adopted: Adopted) -> None:
    with outside.database(adopted.rehearsal) as connection:
        connection.execute("update products set name = 'written since' where id = 1")
    ended = adopted.call("-m", "rollback")
    assert ended.exit_code == 11, ended.output
    assert outside.version(adopted.rehearsal) == "1.4.0"
    with outside.database(adopted.rehearsal) as connection:
        assert outside.value(connection, "select name from products where id = 1") == "written since"
    assert invariants.nothing_left(adopted.rehearsal) == []
    assert adopted.owners() == {adopted.user}


def test_a_backup_takes_the_place_of_what_is_live_over_there(adopted: Adopted) -> None:
    backup = min((adopted.rehearsal.state_directory / "backups").iterdir())
    ended = adopted.call("-m", "restore", "--backup", backup.name, "--accept-data-loss", "a test of the restore")
    assert ended.exit_code == 0, ended.output
    with outside.database(adopted.rehearsal) as connection:
        assert outside.value(connection, "select name from products where id = 1") != "written since"
    assert invariants.nothing_left(adopted.rehearsal) == []
    assert adopted.owners() == {adopted.user}


def test_a_release_that_fails_in_the_dark_is_taken_back_over_there(adopted: Adopted) -> None:
    before = outside.look(adopted.rehearsal)
    ended = adopted.call("-m", "upgrade", "--to", "v2.0.1-login-500", "--waive", "trial=a test of the way back")
    assert ended.exit_code == 11, ended.output
    after = outside.look(adopted.rehearsal)
    assert (after.data, after.source, after.version) == (before.data, before.source, before.version)
    assert adopted.owners() == {adopted.user}
