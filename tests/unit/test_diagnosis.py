"""What is looked at when something is wrong: all of it, whatever cannot be looked at, and never for long."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fixtures import diagnosis
from fixtures.deployment import Deployment
from fixtures.diagnosis import Diagnosis
from fixtures.settings import Target
from tests.unit.recording import RecordingHost, answering_config

NAMES = [
    *("compose ps", "compose logs", "pg_isready", "pip freeze", "db current", "db history"),
    *("sessions and locks", "disk"),
]
PS = ("ps", "--all")


def of(place: Path, host: RecordingHost) -> Diagnosis:
    """The diagnosis of a deployment on a host that answers by heart."""
    return Diagnosis(Deployment(Target(name="shop", directory=place, url="http://127.0.0.1:1"), host))


def test_everything_of_the_guide_is_looked_at_though_nothing_answers(tmp_path: Path) -> None:
    host = RecordingHost(answers=answering_config({"name": "shop", "services": {}}), exit_codes={("exec", "-T"): 1})
    found = of(tmp_path, host).everything()
    assert list(found) == NAMES
    assert found["pg_isready"].endswith("exit code 1")
    assert all(found[name] for name in NAMES if name not in ("compose ps", "compose logs"))


def test_what_compose_says_is_kept_with_its_exit_code(tmp_path: Path) -> None:
    answers = answering_config({"name": "shop", "services": {}}) | {PS: "web   Exited (1)\n"}
    assert of(tmp_path, RecordingHost(answers=answers)).everything()["compose ps"] == "web   Exited (1)\n"
    found = of(tmp_path, RecordingHost(answers=answers, exit_codes={PS: 14})).everything()["compose ps"]
    assert found == "web   Exited (1)\nexit code 14"


def test_what_does_not_answer_in_time_is_said_so_and_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    looks = {"slow": lambda: str(over.wait(30)), "quick": lambda: "answered", "broken": lambda: str(1 // 0)}
    monkeypatch.setattr(Diagnosis, "looks", lambda self: looks)
    monkeypatch.setattr(diagnosis, "ALL_SECONDS", 0.2)
    found = of(tmp_path, RecordingHost()).everything()
    over.set()
    assert found == {
        "slow": "no answer within 0.2 s",
        "quick": "answered",
        "broken": "ZeroDivisionError: integer division or modulo by zero",
    }


def test_a_file_system_without_its_reserve_is_named(tmp_path: Path) -> None:
    target = Target.model_validate(
        {
            "name": "shop",
            "directory": tmp_path,
            "url": "http://127.0.0.1:1",
            "limits": {"free_disk_bytes": 2**62},
        }
    )
    (line,) = Diagnosis(Deployment(target, RecordingHost())).full_file_systems()
    assert line.endswith("bytes free")
    assert of(tmp_path, RecordingHost()).full_file_systems() == []
