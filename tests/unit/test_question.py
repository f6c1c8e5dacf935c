"""The guide's commands that only ask: how their answers are read, and that a person is shown them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from fixtures.question import Question
from fixtures.work import WorkFailed
from reports import words
from runbook import operation_ready
from tests.unit.recording import RecordingHost, answering_config
from tests.unit.runs import WORK, make_run

CONFIG = {"name": "shop", "services": {"web": {"image": "shop"}, "db": {}}}
NOISE = "INFO  [alembic.runtime.migration] Context impl PostgresqlImpl.\n"
HISTORY = """\
b2 -> c3, d4 (branchpoint), Two ways
<base> -> b2, The first
c3, d4 -> e5 (head) (mergepoint), Both again
"""


def asked(place: Path, said: str, *, exit_code: str = "0") -> tuple[Question, list[str]]:
    """A question to a deployment on which every new container says the same, and what is shown of it."""
    answers = answering_config(CONFIG) | {("docker", "wait"): exit_code, ("docker", "logs"): said, ("logs",): said}
    told: list[str] = []
    return Question(make_run(place, RecordingHost(answers=answers)), told.append), told


@pytest.mark.parametrize(
    ("said", "found"), [("e6a41d (head)\n", ["e6a41d"]), ("c3\nb2 (mergepoint)\n", ["b2", "c3"]), ("", [])]
)
def test_the_current_revisions_are_read_from_what_the_tool_says(tmp_path: Path, said: str, found: list[str]) -> None:
    question, told = asked(tmp_path, NOISE + said)
    assert question.current() == found
    assert told == [NOISE + said]


def test_heads_and_history_are_read_from_what_the_tool_says(tmp_path: Path) -> None:
    assert asked(tmp_path, NOISE + "e5 (head)\nx9 (shop) (head)\n")[0].heads() == ["e5", "x9"]
    assert asked(tmp_path, NOISE + HISTORY)[0].history() == ["b2", "c3", "e5"]


def test_the_command_runs_in_a_container_of_the_run_and_starts_nothing_else(tmp_path: Path) -> None:
    question, _ = asked(tmp_path, "")
    question.current()
    host = question.run.deployment.host
    assert isinstance(host, RecordingHost)
    (command,) = [command for command in host.commands if "run" in command and "--detach" in command]
    assert command[-4:] == ["web", "flask", "db", "current"]
    assert {"--no-deps", f"{WORK}-current"} <= set(command)


def test_what_a_command_said_that_failed_is_shown_too(tmp_path: Path) -> None:
    question, told = asked(tmp_path, "Can't locate revision\n", exit_code="1")
    with pytest.raises(WorkFailed):
        question.current()
    assert told == ["Can't locate revision\n"]


def test_error_lines_of_the_last_ones_are_named_and_all_are_shown(tmp_path: Path) -> None:
    said = "web-1  | GET / 200\nweb-1  | Traceback (most recent call last):\n"
    question, told = asked(tmp_path, said)
    question.run.requested = ""
    assert question.error_lines() == ["web-1  | Traceback (most recent call last):"]
    assert told == [said]


def test_what_was_followed_is_kept_when_a_person_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    question, told = asked(tmp_path, "")
    question.run.requested = "--follow"

    def followed(self: object, argv: list[str], read: object, **options: object) -> None:
        assert "--follow" in argv
        read(iter([b"web-1  | Traceback (most recent call last):\n"]))  # type: ignore[operator]
        raise KeyboardInterrupt

    monkeypatch.setattr(RecordingHost, "read_from", followed)
    assert question.error_lines() == told == ["web-1  | Traceback (most recent call last):"]


def test_a_database_that_lets_nobody_in_is_told_in_a_sentence() -> None:
    shut = cast(Question, SimpleNamespace(database_is_ready=lambda: False))
    with pytest.raises(AssertionError) as raised:
        operation_ready.operation_database_accepts_connections(shut)
    assert words.reason(str(raised.value)) == "The database lets nobody in."
