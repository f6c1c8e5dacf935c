"""What is told while something lasts: lines as they come, nothing lost of an answer, and time-outs that still hold."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from fixtures.command import CommandFailed
from fixtures.host import Host

SAYING = """
import sys
print("progress 1", file=sys.stderr, flush=True)
print("the answer", flush=True)
print("progress 2", file=sys.stderr)
"""
MUCH = "import sys; sys.stderr.write('x' * 79 + '\\n'); print('y' * 1_000_000); sys.stderr.write('z\\n' * 100_000)"


def hearing_host() -> tuple[Host, list[str]]:
    """A host and the lines that its listener is told."""
    heard: list[str] = []
    return Host(listeners=[lambda line, is_news: heard.append(line)]), heard


def test_what_a_command_says_beside_its_answer_is_told_and_both_are_returned() -> None:
    host, heard = hearing_host()
    result = host.run([sys.executable, "-c", SAYING])
    assert (result.stdout, result.stderr) == ("the answer\n", "progress 1\nprogress 2\n")
    assert heard == ["progress 1", "progress 2"]


def test_all_that_a_build_says_is_told() -> None:
    host, heard = hearing_host()
    result = host.run([sys.executable, "-c", SAYING, "build"])
    assert result.stdout == "the answer\n"
    assert sorted(heard) == ["progress 1", "progress 2", "the answer"]


def test_a_line_is_told_before_the_command_is_over() -> None:
    host, told = Host(mark=f"test-{os.getpid()}"), threading.Event()
    host.listeners.append(lambda line, is_news: told.set())
    waiting = "import sys, time; print('now', file=sys.stderr, flush=True); time.sleep(60)"
    with host.following([sys.executable, "-c", waiting]):
        assert told.wait(10)
        host.listeners.clear()
        end = threading.Timer(0.0, host.end_marked, [0.0])
        end.start()
    end.join()


def test_much_output_on_both_sides_is_neither_lost_nor_a_standstill() -> None:
    host, heard = hearing_host()
    result = host.run([sys.executable, "-c", MUCH], timeout_seconds=30)
    assert (len(result.stdout), len(result.stderr), len(heard)) == (1_000_001, 200_080, 100_001)


def test_a_command_that_is_heard_is_ended_when_its_time_is_over() -> None:
    host, heard = hearing_host()
    slow = "import sys, time; print('still here', file=sys.stderr, flush=True); time.sleep(60)"
    with pytest.raises(CommandFailed, match="not done within") as failed:
        host.run([sys.executable, "-c", slow], timeout_seconds=2)
    assert "still here" in failed.value.found
    assert heard == ["still here"]


def test_nothing_is_followed_where_nobody_listens() -> None:
    with Host().following(["/no/such/command"]):
        pass
