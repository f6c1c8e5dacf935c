"""A11, A12, A13, D1, E6: a connection, a client, a reader, a git or the runner goes away; the work does not."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from fixtures.host import MARK
from staging.deployment import Rehearsal
from tests.faults import deployments, failpoint, invariants, killing, living, ssh
from tests.faults.killing import FORTH
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside]

PATIENT_LOCK = "\n[targets.rehearsal.migrations]\nlock_timeout_seconds = 200"
BLOCKED = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


def resumed(rehearsal: Rehearsal) -> Ended:
    """Go on with an upgrade that was cut short."""
    return gate.call("-m", "upgrade", "--resume", f"--place={rehearsal.place}")


def revision(rehearsal: Rehearsal) -> str:
    """Where the database is."""
    with outside.database(rehearsal) as connection:
        return str(outside.value(connection, "select version_num from alembic_version"))


@contextmanager
def held_lock(rehearsal: Rehearsal) -> Iterator[psycopg.Connection]:
    """A session that reads a table which the migration wants to change: the migration waits for it."""
    with outside.database(rehearsal) as connection:
        connection.execute("begin")
        connection.execute("lock table users in access share mode")
        yield connection
        with suppress(psycopg.Error):
            connection.execute("rollback")


def is_blocked(rehearsal: Rehearsal) -> bool:
    """Whether a session waits for a lock."""
    with outside.database(rehearsal) as connection:
        return bool(outside.value(connection, BLOCKED))


def test_a11_a_connection_that_drops_ends_the_runner_and_not_its_migration() -> None:
    with ssh.server() as server, deployments.deployed("ssh-drops", more=PATIENT_LOCK) as rehearsal:
        before, command = outside.look(rehearsal), [*failpoint.PLUGIN, *FORTH.command(rehearsal)]
        stopping = failpoint.at("intended migration", "SIGSTOP")
        remote = server.argv(gate.argv(*command), gate.ROOT, stopping, terminal=True)
        with living.begun_as(remote) as runner:
            runner.until_recorded(rehearsal, "intended", "migration")
            with held_lock(rehearsal) as connection:
                os.kill(holder(rehearsal), signal.SIGCONT)
                runner.until("a migration that waits", lambda: is_blocked(rehearsal))
                for session in server.sessions():
                    os.kill(session, signal.SIGKILL)
                assert runner.wait() != 0
                eventually("the runner has ended", lambda: outside.last_journal(rehearsal)[-1]["event"] == "run-ended")
                assert outside.last_journal(rehearsal)[-1]["evidence"]["outcome"] == "interrupted"
                eventually("its report is written and it is gone", lambda: not invariants.is_locked(rehearsal))
                assert is_blocked(rehearsal)
                connection.execute("rollback")
        eventually("the migration has committed", lambda: revision(rehearsal) == "d9135e7b80c4")
        ended = resumed(rehearsal)
        assert ended.exit_code == 0, ended.output
        assert killing.judge(rehearsal, before, [ended]) == []


def holder(rehearsal: Rehearsal) -> int:
    """The process that holds the target's lock."""
    return int((rehearsal.state_directory / "lock").read_text("utf-8").split()[1].rstrip(","))


def eventually(what: str, is_so: object, longest_seconds: float = 120) -> None:
    """Wait until something is so. Raise TimeoutError when it never is."""
    assert callable(is_so)
    deadline = time.monotonic() + longest_seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {longest_seconds} s")
        time.sleep(0.1)


@pytest.mark.parametrize("then", [killing.RESUME, killing.BACK])
def test_e6_a_migration_outlives_its_killed_runner_and_is_waited_for_or_taken_back(then: str) -> None:
    with deployments.deployed(f"outlives-{then.strip('-')}", more=PATIENT_LOCK) as rehearsal:
        before, command = outside.look(rehearsal), FORTH.command(rehearsal)
        stopping = failpoint.at("intended migration", "SIGSTOP")
        with living.begun(*failpoint.PLUGIN, *command, extra=stopping) as runner:
            runner.until_stopped()
            with held_lock(rehearsal) as connection:
                runner.go_on()
                runner.until("a migration that waits", lambda: is_blocked(rehearsal))
                runner.kill()
                on = ("--resume",) if then == killing.RESUME else ()
                plan = "upgrade" if then == killing.RESUME else killing.BACK
                with living.begun("-m", plan, *on, f"--place={rehearsal.place}") as after:
                    after.until_recorded(rehearsal, "run-resumed")
                    connection.execute("rollback")
                    code = after.wait()
                    ended = Ended(code, after.said(), {})
        assert ended.exit_code == (0 if then == killing.RESUME else 11), ended.output
        assert killing.judge(rehearsal, before, [ended]) == []


@dataclass
class ClientKiller:
    """Kills, once for each piece of work, the docker client of a runner that waits for it."""

    runner: int
    killed: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        """Look for clients and kill them until it is over."""
        while not self.over.wait(0.02):
            for process, words in clients(self.runner).items():
                what = words[-1]
                if words[1:2] == ["wait"] and what not in self.killed:
                    with suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)
                        self.killed.append(what)


def clients(runner: int) -> dict[int, list[str]]:
    """The docker clients that a runner has started, with their words."""
    found = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and ssh.parent(entry) == runner and f"{MARK}=".encode() in read(entry / "environ"):
                found[int(entry.name)] = read(entry / "cmdline").decode().split("\0")[:-1]
    return {process: words for process, words in found.items() if words[:1] == ["docker"]}


def read(path: Path) -> bytes:
    """The content of a file of the kernel's."""
    return path.read_bytes()


def test_a12_docker_clients_that_are_killed_while_they_wait_end_no_work() -> None:
    with deployments.deployed("clients") as rehearsal:
        before, command = outside.look(rehearsal), FORTH.command(rehearsal)
        with living.begun(*command) as runner:
            killer = ClientKiller(runner.process.pid)
            thread = threading.Thread(target=killer.work)
            thread.start()
            try:
                code = runner.wait()
            finally:
                killer.over.set()
                thread.join()
            ended = Ended(code, runner.said(), {})
        assert any(name.endswith("-dump") for name in killer.killed), killer.killed
        assert any(name.endswith("-migration") for name in killer.killed), killer.killed
        assert ended.exit_code == 0, ended.output
        assert killing.judge(rehearsal, before, [ended]) == []


@pytest.mark.parametrize("options", [(), ("-v", "-x", "--maxfail=1")], ids=["quiet", "-v -x --maxfail"])
def test_a13_a_reader_that_goes_away_with_the_door_closed_changes_nothing(options: tuple[str, ...]) -> None:
    with deployments.deployed(f"reader{len(options)}") as rehearsal:
        before, command = outside.look(rehearsal), FORTH.command(rehearsal)
        runner = subprocess.Popen(
            gate.argv(*command, *options),
            cwd=gate.ROOT,
            env=gate.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert runner.stdout is not None
            said = []
            for line in runner.stdout:
                said.append(line)
                if living.is_recorded(rehearsal, "door-closing", "maintenance"):
                    break
            runner.stdout.close()
            code = runner.wait(living.LONGEST_SECONDS)
        finally:
            runner.kill()
            runner.wait()
        assert code == 0, "".join(said)
        assert killing.judge(rehearsal, before, [Ended(code, "".join(said), {})]) == []


def test_d1_a_lock_that_a_killed_git_left_stands_in_nobodys_way() -> None:
    with deployments.deployed("git-lock") as rehearsal:
        before, command = outside.look(rehearsal), FORTH.command(rehearsal)
        leave_git_lock(rehearsal)
        stopping = failpoint.at("achieved maintenance", "SIGSTOP")
        with living.begun(*failpoint.PLUGIN, *command, extra=stopping) as runner:
            runner.until_stopped()
            leave_git_lock(rehearsal)
            runner.go_on()
            ended = Ended(runner.wait(), runner.said(), {})
        assert ended.exit_code == 0, ended.output
        assert not (rehearsal.directory / ".git" / "index.lock").exists()
        assert killing.judge(rehearsal, before, [ended]) == []


def leave_git_lock(rehearsal: Rehearsal) -> None:
    """Have a real git die while it holds the index: it waits for an editor, and is killed."""
    lock = rehearsal.directory / ".git" / "index.lock"
    committing = subprocess.Popen(
        ["git", "commit", "--all", "--allow-empty"],
        cwd=rehearsal.directory,
        env=os.environ | {"GIT_EDITOR": "exec sleep 60 #", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b"},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually("git holds the index", lock.exists, 20)
    finally:
        os.killpg(committing.pid, signal.SIGKILL)
        committing.wait()
    assert lock.exists()
