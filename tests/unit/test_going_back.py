"""After a watch that failed: who goes back by itself, and with which command."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runbook import going_back
from runbook.outcome import Outcome
from runbook.runner import Runner
from tests.unit.runs import make_run

SET = {"watch": {"roll_back": True}}


def ended(place: Path, plan: str, failed: str, **settings: Any) -> Runner:
    runner = Runner(make_run(place, plan=plan, **settings), ("acceptance", "watch"))
    runner.fail(failed, "it is getting worse")
    return runner


@pytest.mark.parametrize(
    ("plan", "failed", "settings", "is_wanted"),
    [
        ("upgrade", "watch", SET, True),
        ("minor", "watch", SET, True),
        ("upgrade", "watch", {}, False),
        ("upgrade", "acceptance", SET, False),
        ("watch", "watch", SET, False),
    ],
    ids=["set", "a minor update", "not set", "before the watch", "a watch alone"],
)
def test_only_an_upgrade_whose_watch_failed_goes_back_where_that_is_set(
    tmp_path: Path, plan: str, failed: str, settings: dict[str, Any], is_wanted: bool
) -> None:
    assert going_back.is_wanted(ended(tmp_path, plan, failed, **settings), Outcome.NEEDS_OPERATOR) is is_wanted


def test_an_interrupted_run_goes_nowhere(tmp_path: Path) -> None:
    assert not going_back.is_wanted(ended(tmp_path, "upgrade", "watch", **SET), Outcome.INTERRUPTED)


def test_the_command_is_the_rollback_of_the_same_target_and_places() -> None:
    option = SimpleNamespace(target="shop", settings=Path("/etc/shop.toml"), place=None, reports=Path("/srv/reports"))
    known: Any = SimpleNamespace(
        option=option,
        inipath=Path("/opt/runbook/pytest.ini"),
        known_args_namespace=SimpleNamespace(plugins=["no:cacheprovider", "some"]),
    )
    assert going_back.command(known) == [
        *(sys.executable, "-m", "pytest", "-c", "/opt/runbook/pytest.ini", "-p", "some", "-m", "rollback"),
        *("--target=shop", "--settings=/etc/shop.toml", "--reports=/srv/reports"),
    ]
