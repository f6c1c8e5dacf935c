"""What a failing command leaves: one sentence, and the details in the log that it names."""

from pathlib import Path

import pytest

from staging import steps
from staging.steps import SetupError


def test_the_output_of_a_command_is_in_the_log_only(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "logs/step.log"
    steps.run(["echo", "said"], timeout_seconds=10, log=log)
    assert "$ echo said\nsaid\n[exit 0 after" in log.read_text("utf-8")
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("command", "timeout_seconds", "ending"),
    [
        ("false", 10, "ended with exit code 1"),
        ("no-such-command", 10, "ended with exit code 127"),
        ("sleep 30", 0.1, "took more than 0 s"),
    ],
)
def test_a_failure_names_the_command_and_the_log(
    tmp_path: Path, command: str, timeout_seconds: float, ending: str
) -> None:
    log = tmp_path / "step.log"
    with pytest.raises(SetupError) as failure:
        steps.run(command.split(), timeout_seconds=timeout_seconds, log=log)
    assert str(failure.value) == f"`{command} …` {ending}; read the end of {log}."


@pytest.mark.parametrize(("command", "expected"), [("echo yes", "yes"), ("false", None), ("no-such-command", None)])
def test_an_answer_is_the_output_of_a_command_that_succeeds(command: str, expected: str | None) -> None:
    assert steps.answer(command.split()) == expected


def test_a_command_that_hangs_is_no_answer() -> None:
    assert steps.answer(["sleep", "30"], timeout_seconds=0.1) is None
