"""S7: the machine of a target is reached through one SSH connection, its key known; without it nothing is done."""

from __future__ import annotations

import getpass
import http.server
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures import connection, lock
from fixtures.command import CommandFailed
from fixtures.connection import Connection, ConnectionLost, Destination, destination
from fixtures.errors import Refused
from fixtures.ssh_host import SSHHost
from tests.faults import ssh
from tests.faults.ssh import SshServer

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

OTHER_ADDRESS = "127.0.0.2"


@pytest.fixture(scope="module")
def server() -> Iterator[SshServer]:
    with ssh.server() as started:
        yield started


@pytest.fixture
def host(server: SshServer) -> Iterator[SSHHost]:
    made = Connection(to(server))
    yield SSHHost(connection=made, mark=f"20261122T021000Z-{secrets.token_hex(2)}")
    made.close()


def to(server: SshServer, url: str = "", *, known_hosts: str = "known_hosts", sudo: str = "") -> Destination:
    """The server as a target names it, by a configuration file of its own."""
    return destination(url or f"ssh://{getpass.getuser()}@shop", server.configuration("shop", known_hosts), sudo)


@pytest.mark.parametrize("word", ["", " ", "it's", '"', "$HOME", "`id`", "*", "\\", "ü€", "-x", ";", "line\nbreak"])
def test_a_word_reaches_the_command_as_it_is(host: SSHHost, word: str) -> None:
    assert host.run(["printf", "%s|", word, "end"]).stdout == f"{word}|end|"


@pytest.mark.parametrize("value", ["", "plain", "it's $HOME `id`", "back\\slash \\n", "two\nlines\n", "%s %b", "ü€"])
def test_a_variable_reaches_the_command_as_it_is(host: SSHHost, value: str) -> None:
    assert host.run(["printenv", "TOLD"], environment={"TOLD": value}).stdout == f"{value}\n"


def test_input_comes_after_the_environment(host: SSHHost) -> None:
    assert host.run(["cat"], environment={"A": "b"}, input_text="\none\n\ntwo").stdout == "\none\n\ntwo"


def test_a_command_stands_in_its_directory_and_its_answer_is_its_own(host: SSHHost, tmp_path: Path) -> None:
    done = host.run(["sh", "-c", "pwd; echo said >&2; exit 7"], directory=host.path(tmp_path), check=False)
    assert (done.stdout, done.stderr, done.exit_code) == (f"{tmp_path}\n", "said\n", 7)
    with pytest.raises(CommandFailed):
        host.run(["no-such-command"])


def test_a_secret_stands_in_no_process_list(host: SSHHost) -> None:
    shown = host.run(["ps", "-A", "-o", "args"], environment={"PASSWORD": "hunter2"}).stdout
    assert "sshd" in shown
    assert "hunter2" not in shown


def test_a_command_that_hangs_is_ended_over_there(host: SSHHost) -> None:
    done = host.run(["sh", "-c", "sleep 300; true"], timeout_seconds=0.5, check=False)
    assert done.exit_code == 124
    assert host.marked() == []


def test_what_a_run_started_is_found_by_its_mark_and_ended(host: SSHHost) -> None:
    host.run(["sh", "-c", "sleep 300 >/dev/null 2>&1 &"])
    assert len(host.marked()) == 1
    host.end_marked(0.1)
    assert host.marked() == []


def test_what_a_command_says_is_told_while_it_runs(server: SshServer) -> None:
    told: list[str] = []
    made = Connection(to(server))
    listening = SSHHost(connection=made, listeners=[lambda line, is_news: told.append(line)])
    assert listening.run(["sh", "-c", "echo answer; echo beside >&2"]).stdout == "answer\n"
    with listening.following(["echo", "followed"]):
        pass
    made.close()
    assert told == ["beside", "followed"]


def test_what_a_command_writes_is_read_as_it_comes(host: SSHHost) -> None:
    result, size = host.read_from(["head", "-c", "3000000", "/dev/zero"], lambda stream: len(stream.read()))
    assert (result.exit_code, size) == (0, 3_000_000)


def test_many_commands_at_once_are_more_than_a_server_allows_at_a_time(host: SSHHost) -> None:
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(host.run(["echo", "x"]).stdout)) for _ in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["x\n"] * 25


def test_a_port_of_the_machine_is_reached_through_the_connection(host: SSHHost) -> None:
    with http.server.HTTPServer((OTHER_ADDRESS, 0), http.server.SimpleHTTPRequestHandler) as serving:
        port = serving.server_address[1]
        assert not host.is_port_free(OTHER_ADDRESS, port)
        reached, forwarded = host.reach(OTHER_ADDRESS, port)
        assert (reached, host.reach(OTHER_ADDRESS, port)) == ("127.0.0.1", ("127.0.0.1", forwarded))
        threading.Thread(target=serving.handle_request).start()
        subprocess.run(["curl", "--silent", "--fail", f"http://127.0.0.1:{forwarded}/"], check=True)
    assert host.is_port_free(OTHER_ADDRESS, port)
    assert host.way_to("https://shop.example/health") == ""
    assert host.way_to(f"http://127.0.0.1:{port}/health").startswith("127.0.0.1:")


def test_it_is_looked_at_through_the_same_connection(host: SSHHost, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert host.look.file(str(tmp_path / "file")).size == 1
    assert host.look.check_output("echo %s", "it's") == "it's"


def test_files_are_those_of_the_machine(host: SSHHost, tmp_path: Path) -> None:
    file = host.write(host.path(tmp_path) / "file", "ü\n")
    assert (file.read_text(), (tmp_path / "file").read_text()) == ("ü\n", "ü\n")
    assert host.user_id == os.geteuid()


def test_commands_and_files_are_another_users_where_that_is_configured(server: SshServer) -> None:
    with ssh.user() as name:
        host = SSHHost(connection=Connection(to(server, sudo=name)), mark="20261122T021000Z-4f1a")
        assert host.run(["sh", "-c", 'id -un; echo "$HOME"; echo "$TOLD"'], environment={"TOLD": "x y"}).stdout == (
            f"{name}\n/home/{name}\nx y\n"
        )
        written = host.write(host.path(f"/home/{name}/file"), "x")
        assert (written.stat().st_uid, host.user_id) == (Path(f"/home/{name}").stat().st_uid,) * 2
        host.run(["sh", "-c", "sleep 300 >/dev/null 2>&1 &"])
        host.end_marked(0.1)
        assert host.marked() == []
        host.connection.close()


def test_a_host_behind_another_one_is_reached_as_ssh_is_configured_to(server: SshServer) -> None:
    file = server.configuration("shop")
    file.write_text(f"Host inside\n  HostName 127.0.0.1\n  Port {server.port}\n  ProxyJump shop\n{file.read_text()}")
    made = Connection(destination(f"ssh://{getpass.getuser()}@inside", file, ""))
    assert SSHHost(connection=made).run(["printenv", "SSH_CONNECTION"]).stdout.startswith("127.0.0.1 ")
    assert len([one for one in server.sessions() if ssh.parent(Path(f"/proc/{one}")) == server.process.pid]) >= 2
    made.close()


# whom we talk to ------------------------------------------------------------------------------------------------------


def refusal(wanted: Destination) -> str:
    """What is said when a destination is refused."""
    with pytest.raises(Refused) as refused:
        Connection(wanted)
    return str(refused.value)


def test_a_host_whose_key_is_not_known_is_refused(server: SshServer) -> None:
    said = refusal(to(server, known_hosts="nothing"))
    assert "shop cannot be reached by SSH; nothing was changed" in said
    assert "Host key verification failed" in said
    assert "a person who has compared it" in said


def test_a_host_whose_key_has_changed_is_refused(server: SshServer) -> None:
    assert "Host key verification failed" in refusal(to(server, known_hosts=server.with_another_key()))


def test_who_has_no_key_that_is_accepted_is_refused(server: SshServer) -> None:
    key = server.place / "unknown_key"
    ssh.keygen(key)
    wanted, file = to(server), server.place / "config-unknown-key"
    file.write_text(server.configuration("shop").read_text().replace(f"{server.place}/key\n", f"{key}\n"))
    assert "Permission denied" in refusal(replace(wanted, configuration=file))


def test_a_user_whom_one_may_not_become_is_refused(server: SshServer) -> None:
    assert "sudo" in refusal(to(server, sudo="no_such_user"))


def test_who_may_not_work_there_is_refused_with_what_was_said(server: SshServer) -> None:
    assert "currently not available" in refusal(to(server, "ssh://nobody@shop"))


def test_a_host_that_does_not_answer_is_refused(server: SshServer) -> None:
    assert "Connection refused" in refusal(to(server, "ssh://127.0.0.1:9"))


def test_a_host_that_lacks_a_program_is_refused(server: SshServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LACKING", connection.LACKING.replace("flock", "no-such-program"))
    assert "there is no no-such-program" in refusal(to(server))


# when it is gone ------------------------------------------------------------------------------------------------------


def test_a_cut_connection_ends_what_waits_and_nothing_more_is_done(host: SSHHost, server: SshServer) -> None:
    threading.Timer(0.5, server.cut).start()
    with pytest.raises(ConnectionLost, match="is lost; what was begun there goes on"):
        host.run(["sleep", "60"])
    assert host.is_gone
    for again in (lambda: host.run(["true"]), lambda: host.path("/etc").exists(), lambda: host.reach("127.0.0.1", 9)):
        with pytest.raises(ConnectionLost):
            again()


def test_a_network_that_swallows_all_counts_as_cut(host: SSHHost, server: SshServer) -> None:
    host.run(["true"])
    with server.silent(), pytest.raises(ConnectionLost, match="is lost; what was begun there goes on"):
        host.run(["sleep", "600"], timeout_seconds=300)
    assert host.is_gone


def test_what_was_begun_goes_on_and_is_found_by_the_next_connection(host: SSHHost, server: SshServer) -> None:
    threading.Timer(0.5, server.cut).start()
    with pytest.raises(ConnectionLost):
        host.run(["sleep", "60"])
    after = SSHHost(connection=Connection(to(server)), mark=host.mark)
    assert len(after.marked()) == 1
    after.end_marked(0.1)
    assert after.marked() == []
    after.connection.close()


# one at a time --------------------------------------------------------------------------------------------------------


def test_the_lock_keeps_others_out_there_and_here_until_it_is_freed(
    host: SSHHost, server: SshServer, tmp_path: Path
) -> None:
    other = SSHHost(connection=Connection(to(server)))
    taken, there = lock.of(host, host.path(tmp_path)), host.path(tmp_path) / lock.NAME
    taken.take("pytest -m upgrade")
    assert f"process {os.getpid()} on " in lock.holder(there) == lock.holder(tmp_path / lock.NAME)
    for kept_out in (lock.of(other, other.path(tmp_path)), lock.Lock(tmp_path / lock.NAME)):
        with pytest.raises(Refused, match=r"doing pytest -m upgrade"):
            kept_out.take("pytest -m backup")
    taken.free()
    let_in = lock.of(other, other.path(tmp_path))
    wait_until_taken(let_in)
    let_in.free()
    other.connection.close()


def test_a_lock_that_cannot_be_had_is_told(host: SSHHost, tmp_path: Path) -> None:
    (tmp_path / lock.NAME).symlink_to("elsewhere")
    with pytest.raises(Refused, match="it is a link"):
        lock.of(host, host.path(tmp_path)).take("pytest -m upgrade")
    assert not (tmp_path / "elsewhere").exists()


def test_a_lock_is_free_when_the_connection_is_cut(host: SSHHost, server: SshServer, tmp_path: Path) -> None:
    lock.of(host, host.path(tmp_path)).take("pytest -m upgrade")
    server.cut()
    wait_until_taken(lock.Lock(tmp_path / lock.NAME))


def test_who_has_lost_the_lock_does_nothing_more(host: SSHHost, tmp_path: Path) -> None:
    taken = lock.of(host, host.path(tmp_path))
    taken.take("pytest -m upgrade")
    assert isinstance(taken, lock.RemoteLock) and taken.channel is not None
    taken.channel.kill()
    taken.channel.wait()
    with pytest.raises(ConnectionLost):
        host.run(["true"])


def wait_until_taken(free: lock.Lock) -> None:
    """Take a lock that is going to be freed. Raise Refused when it is not in time."""
    deadline = time.monotonic() + 10
    while True:
        try:
            free.take("pytest -m backup")
            return
        except Refused:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
