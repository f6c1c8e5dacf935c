"""What the operator reads: plain lines without a terminal, and never a reason for a run to fail."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import sys
import termios
import threading
from pathlib import Path

import pytest
from rich.console import Console

from reports import plugin
from reports.console import Narrator
from reports.heartbeat import Heartbeat
from reports.redaction import Redactor
from reports.screen import Screen, open_console
from reports.story import Proof, Story
from runbook.record import StageRecord


def make_narrator(story: Story) -> tuple[Narrator, io.StringIO]:
    out = io.StringIO()
    console = Console(file=out, highlight=False, markup=False, soft_wrap=True)
    return Narrator(console, story, is_live=True), out


def test_a_stage_is_one_line_when_it_begins_and_one_when_it_is_over() -> None:
    narrator, out = make_narrator(Story("backup"))
    narrator.begin_stage("backup")
    narrator.story.end_stage(StageRecord("backup", 0.0, "passed", 7.61), None)
    narrator.end_stage(narrator.story.chapters["backup"])
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines == ["▸ 02 backup …", "✓ 02 backup            7.6 s"]


def test_on_a_terminal_a_long_fact_goes_on_below_itself_and_no_word_is_cut() -> None:
    out = io.StringIO()
    console = Console(file=out, highlight=False, markup=False, soft_wrap=True, force_terminal=True, width=50)
    story = Story("backup")
    story.end_stage(StageRecord("backup", 0.0, "failed", 75.0, ["what [b] was read is not what was written"]), None)
    Narrator(console, story, is_live=False).end_stage(story.chapters["backup"])
    lines = [line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", out.getvalue()).splitlines()]
    assert lines == ["✗ 02 backup       1 min 15 s  what [b] was read is", f"{'':30}not what was written"]


def test_the_terminal_is_asked_for_its_size_whatever_pytest_has_in_the_place_of_its_streams(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 157, 0, 0))
        monkeypatch.setattr(sys, "stdout", terminal)
        console = open_console(str)
        assert (console.is_terminal, console.width, console.height) == (True, 157, 33)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 90, 0, 0))
        assert console.width == 90
    os.close(ours)


def test_each_failed_check_is_named_with_its_reason() -> None:
    story = Story("verification")
    story.proofs["a"] = Proof(
        "a", "verification", "Real accounts log in", "now", "logins", "", "failed", "4 of 4 cannot"
    )
    narrator, out = make_narrator(story)
    story.end_stage(StageRecord("verification", 0.0, "failed", 1.0, ["check_x: AssertionError"]), None)
    narrator.end_stage(story.chapters["verification"])
    assert "✗ 10 verification" in out.getvalue()
    assert "    ✗ Real accounts log in: 4 of 4 cannot" in out.getvalue()


def test_below_a_failed_check_stand_what_was_measured_and_the_first_of_its_sample() -> None:
    story = Story("verification")
    found = {"measured": "2 of 301", "expected": "all", "such as": "x" * 300, "look at": "the volume"}
    story.proofs["a"] = Proof("a", "verification", "No file is missing", "now", verdict="failed", evidence=found)
    narrator, out = make_narrator(story)
    story.end_stage(StageRecord("verification", 0.0, "failed", 1.0, ["check_x"]), None)
    narrator.end_stage(story.chapters["verification"])
    assert out.getvalue().splitlines()[2:] == ["      measured  2 of 301", f"      such as   {'x' * 199}…"]


def test_no_control_characters_without_a_terminal() -> None:
    narrator, out = make_narrator(Story("backup"))
    narrator.begin_stage("backup")
    narrator.warn("something")
    assert all(character.isprintable() or character == "\n" for character in out.getvalue())


class ClosedPipe(io.StringIO):
    """A terminal that is gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError


def test_a_terminal_that_is_gone_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", ClosedPipe())
    console = open_console(str)
    console.print("nobody reads this")


def test_secrets_do_not_reach_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    redactor = Redactor()
    screen = Screen(redactor.text)
    redactor.learn(["canary-1234"])
    screen.write("password canary-1234")
    assert out.getvalue() == "password ***"


def test_a_report_that_fails_warns_in_one_line(tmp_path: Path) -> None:
    narrator, out = make_narrator(Story("backup"))

    class Listener:
        def __init__(self) -> None:
            self.narrator = narrator

        @plugin.harmless
        def hook(self, stage: str) -> None:
            raise RuntimeError(f"{stage}\nand more")

    Listener().hook(stage="backup")
    assert out.getvalue() == "⚠ report: RuntimeError: backup (the run is not affected)\n"


def test_a_traceback_is_masked_before_pytest_shows_it() -> None:
    redactor = Redactor()
    redactor.learn(["canary-1234"])
    report = pytest.TestReport("x", ("x", 1, "x"), {}, "failed", "E  canary-1234", "call", [("out", "canary-1234")])
    plugin.mask(report, redactor)
    assert "canary" not in report.longreprtext + str(report.sections)


def test_without_a_terminal_a_long_stage_says_that_it_lasts_and_what_it_said_last() -> None:
    spoken, done = [], threading.Event()

    def say(seconds: float, last_line: str) -> None:
        spoken.append(last_line)
        if last_line:
            done.set()

    heartbeat = Heartbeat(say, interval_seconds=0.01)
    heartbeat.last_line = "#9 installing"
    assert done.wait(10)
    heartbeat.stop()
    assert spoken[-1] == "#9 installing"


@pytest.mark.parametrize(
    ("line", "is_kept"),
    [("301", True), ("sha256:0b3f9a", True), ("c56c4b05b4bd", True), ("", True), ("#9 [build 2/4] installing", False)],
)
def test_a_line_without_a_word_does_not_take_the_place_of_what_was_said(line: str, is_kept: bool) -> None:
    narrator, _ = make_narrator(Story("upgrade"))
    narrator.begin_stage("dependencies")
    narrator.said("dumping table (orders).")
    narrator.said(line)
    assert narrator.heartbeat is not None
    kept = narrator.heartbeat.last_line
    narrator.end_progress()
    assert kept == ("dumping table (orders)." if is_kept else line)


def test_without_a_terminal_only_news_of_a_stage_are_lines_of_their_own() -> None:
    narrator, out = make_narrator(Story("upgrade"))
    narrator.begin_stage("migration")
    narrator.said("revision 1 of 2: 3f2a91")
    narrator.said("pid 81 waits for a lock of pid 77", is_news=True)
    narrator.end_progress()
    assert out.getvalue().splitlines() == ["▸ 08 migration …", "    pid 81 waits for a lock of pid 77"]


def test_everything_is_told_where_that_is_wanted() -> None:
    out = io.StringIO()
    console = Console(file=out, highlight=False, markup=False, soft_wrap=True)
    narrator = Narrator(console, Story("upgrade"), is_live=False, tells_all=True)
    narrator.said("#9 [installing]")
    narrator.command("docker compose build", 7.61, 0)
    narrator.command("docker compose up", 0.2, 1)
    assert out.getvalue().splitlines() == [
        "    #9 [installing]",
        "  $ docker compose build  (7.6 s)",
        "  $ docker compose up  (0.2 s, exit code 1)",
    ]


def test_a_terminal_shows_the_last_line_beside_the_running_time() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, highlight=False, markup=False, soft_wrap=True)
    narrator = Narrator(console, Story("upgrade"), is_live=True)
    narrator.begin_stage("dependencies")
    narrator.said("#9 [build 2/4] installing")
    assert narrator.progress is not None
    narrator.progress.refresh()
    narrator.end_progress()
    assert "04 dependencies" in out.getvalue()
    assert "#9 [build 2/4] installing" in out.getvalue()
