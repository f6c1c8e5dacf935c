"""The host: commands are words and not shell text, everything ends in time, files appear whole and private."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.command import CommandFailed, CommandResult
from fixtures.host import MARK, Host
from tests.unit.waiting import wait_for


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A umask that hides no mistake."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# commands ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 1, 3, 255])
def test_the_exit_code_is_the_commands(host: Host, code: int) -> None:
    assert host.run(["sh", "-c", f"exit {code}"], check=False).exit_code == code


def test_the_two_outputs_are_kept_apart(host: Host) -> None:
    result = host.run(["sh", "-c", "echo out; echo err >&2"])
    assert (result.stdout, result.stderr) == ("out\n", "err\n")


@pytest.mark.parametrize("word", ["a b", "$HOME", "`id`", "x;id", "*", "'", '"', "", "-n", "\n"])
def test_a_word_reaches_the_command_as_it_is(host: Host, word: str) -> None:
    assert host.run(["printf", "%s", word]).stdout == word


def test_a_failure_says_command_code_and_the_last_lines(host: Host) -> None:
    with pytest.raises(CommandFailed) as failed:
        host.run(["sh", "-c", "for n in $(seq 30); do echo line $n >&2; done; exit 3"])
    assert failed.value.what.startswith("`sh -c for n")
    assert failed.value.expected == "exit code 0"
    assert failed.value.found.startswith("exit code 3 after ")
    assert failed.value.found.splitlines()[1:] == [f"line {number}" for number in range(19, 31)]


def test_a_command_that_says_nothing_on_standard_error_is_quoted_from_its_output(host: Host) -> None:
    with pytest.raises(CommandFailed) as failed:
        host.run(["sh", "-c", "echo the reason; exit 1"])
    assert "the reason" in failed.value.found


def test_a_command_that_is_not_there_is_127(host: Host) -> None:
    result = host.run(["no-such-command-here"], check=False)
    assert (result.exit_code, result.stderr) == (127, "cannot be run: no-such-command-here: No such file or directory")


def test_a_directory_that_is_not_there_is_named(host: Host, tmp_path: Path) -> None:
    assert str(tmp_path / "none") in host.run(["true"], directory=tmp_path / "none", check=False).stderr


def test_a_file_that_is_no_program_fails_as_a_command(host: Host, tmp_path: Path) -> None:
    (tmp_path / "program").write_text("")
    with pytest.raises(CommandFailed):
        host.run([str(tmp_path / "program")])


def test_a_command_that_hangs_is_ended(host: Host) -> None:
    begun = time.monotonic()
    result = host.run(["sleep", "30"], timeout_seconds=0.2, check=False)
    assert result.exit_code == 124
    assert "not done within 0 s" in result.stderr
    assert time.monotonic() - begun < 5


def test_what_a_hanging_command_said_is_told(host: Host) -> None:
    with pytest.raises(CommandFailed, match="halfway"):
        host.run(["sh", "-c", "echo halfway; exec sleep 30"], timeout_seconds=1)


def test_the_children_of_a_hanging_command_end_with_it(host: Host, tmp_path: Path) -> None:
    script = "sh -c 'exec sleep 30' & echo $! >$0; wait"
    host.run(["sh", "-c", script, str(tmp_path / "pid")], timeout_seconds=1, check=False)
    child = Path("/proc") / (tmp_path / "pid").read_text().strip() / "stat"
    wait_for(lambda: not child.exists() or child.read_text().split()[2] == "Z")


def test_a_command_waits_for_no_keyboard(host: Host) -> None:
    assert host.run(["cat"], timeout_seconds=5).stdout == ""


def test_input_is_passed_on(host: Host) -> None:
    assert host.run(["cat"], input_text="given").stdout == "given"


def test_a_command_sees_this_environment_and_what_is_added(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INHERITED", "yes")
    result = host.run(["sh", "-c", "echo $INHERITED $ADDED"], environment={"ADDED": "too"})
    assert result.stdout == "yes too\n"
    assert "ADDED" not in os.environ


def test_a_ctrl_c_for_the_runner_does_not_reach_a_command(host: Host) -> None:
    shown = host.run([sys.executable, "-c", "import os; print(os.getsid(0) == os.getpid())"])
    assert shown.stdout == "True\n"


def test_output_that_is_no_text_is_no_reason_to_fail(host: Host) -> None:
    assert host.run(["printf", "\\377ok"]).stdout == "\ufffdok"


@pytest.mark.parametrize("argv", [["true"], ["false"], ["no-such-command-here"]])
def test_every_command_is_told_to_who_watches_even_one_that_fails(host: Host, argv: list[str]) -> None:
    told: list[CommandResult] = []
    host.observers.append(told.append)
    host.run(argv, check=False)
    assert [result.argv for result in told] == [tuple(argv)]


def test_json_is_read(host: Host) -> None:
    assert host.json(["echo", '{"name": "shop"}']) == {"name": "shop"}


# files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("open_umask")
def test_a_new_file_can_be_read_by_its_owner_only(host: Host, tmp_path: Path) -> None:
    assert mode(host.write(tmp_path / ".env", "SECRET=1\n")) == 0o600


@pytest.mark.parametrize("before", [0o644, 0o640, 0o600])
def test_a_file_that_is_replaced_keeps_its_mode(host: Host, tmp_path: Path, before: int) -> None:
    (tmp_path / ".env").write_text("old")
    (tmp_path / ".env").chmod(before)
    assert mode(host.write(tmp_path / ".env", "new")) == before
    assert (tmp_path / ".env").read_text() == "new"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_that_is_replaced_keeps_its_owner(host: Host, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("old")
    os.chown(tmp_path / ".env", 1000, 1000)
    host.write(tmp_path / ".env", "new")
    assert ((tmp_path / ".env").stat().st_uid, (tmp_path / ".env").stat().st_gid) == (1000, 1000)


def test_nothing_else_is_left_beside_a_file(host: Host, tmp_path: Path) -> None:
    host.write(tmp_path / ".env", "a")
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_a_file_is_never_seen_half_written(host: Host, tmp_path: Path) -> None:
    file, texts, seen = tmp_path / "file", {"a" * 200_000, "b" * 200_000}, set()
    host.write(file, "a" * 200_000)
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            seen.add(file.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(30):
        for text in sorted(texts):
            host.write(file, text)
    over.set()
    reader.join()
    assert seen <= texts


def test_what_a_killed_writer_left_is_no_hindrance(host: Host, tmp_path: Path) -> None:
    (tmp_path / ".file.partial").write_text("half")
    assert host.write(tmp_path / "file", "whole").read_text() == "whole"


def test_a_link_where_the_half_file_goes_is_not_followed(host: Host, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("untouched")
    (tmp_path / ".file.partial").symlink_to(tmp_path / "elsewhere")
    host.write(tmp_path / "file", "secret")
    assert (tmp_path / "elsewhere").read_text() == "untouched"


def test_a_file_behind_a_link_is_written_and_the_link_stays(host: Host, tmp_path: Path) -> None:
    (tmp_path / "shared.env").write_text("old")
    (tmp_path / ".env").symlink_to("shared.env")
    host.write(tmp_path / ".env", "new")
    assert (tmp_path / ".env").is_symlink()
    assert (tmp_path / "shared.env").read_text() == "new"


@pytest.mark.usefixtures("open_umask")
def test_every_directory_it_makes_is_for_its_owner_only(host: Host, tmp_path: Path) -> None:
    made = host.make_directory(tmp_path / "shop.runbook" / "runs" / "1")
    assert [mode(path) for path in (made, made.parent, made.parent.parent)] == [0o700] * 3


def test_a_directory_that_is_there_is_left_as_it_is(host: Host, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert host.make_directory(tmp_path) == tmp_path
    assert mode(tmp_path) == 0o755


# what a process that died has started --------------------------------------------------------------------------------


def test_what_it_starts_can_be_found_by_its_mark_and_is_waited_for(tmp_path: Path) -> None:
    marked, other = Host(mark="20261122T021000Z-4f1a"), Host(mark="20261122T021000Z-bbbb")
    sleeper = subprocess.Popen(["sh", "-c", "sleep 0.5; :"], env=os.environ | {MARK: marked.mark})
    try:
        assert sleeper.pid in marked.marked()
        assert other.marked() == []
        marked.end_marked(patience_seconds=10)
        assert sleeper.wait(1) == 0
    finally:
        sleeper.kill()
        sleeper.wait()


def test_what_does_not_end_in_time_is_ended() -> None:
    marked = Host(mark="20261122T021000Z-cccc")
    sleeper = subprocess.Popen(["sleep", "60"], env=os.environ | {MARK: marked.mark})
    marked.end_marked(patience_seconds=0.2)
    assert sleeper.wait(5) == -signal.SIGKILL


def test_what_carries_no_mark_may_be_anybodys_and_is_never_ended() -> None:
    sleeper = subprocess.Popen(["sleep", "60"], env=os.environ | {MARK: ""})
    try:
        assert Host().marked() == []
        Host().end_marked(patience_seconds=0.1)
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_command_carries_the_mark() -> None:
    assert Host(mark="20261122T021000Z-4f1a").run(["printenv", MARK]).stdout == "20261122T021000Z-4f1a\n"


def test_what_a_command_writes_is_read_as_it_comes_and_its_end_is_told() -> None:
    seen: list[CommandResult] = []
    argv = ["sh", "-c", "printf abc; echo trouble >&2; exit 3"]
    result, read = Host(observers=[seen.append]).read_from(argv, lambda stream: stream.read(1))
    assert (result.exit_code, result.stderr, read) == (3, "trouble\n", b"a")
    assert seen == [result]


def test_a_command_that_writes_for_too_long_is_ended() -> None:
    result, _ = Host().read_from(["sleep", "30"], lambda stream: stream.read(), timeout_seconds=0.3)
    assert result.exit_code == -9
    assert result.seconds < 10


def test_a_command_to_be_read_from_that_is_not_there_has_failed() -> None:
    with pytest.raises(CommandFailed, match="failed"):
        Host().read_from(["/nonexistent/command"], lambda stream: stream.read())
