"""What is collected: the suite's own tests, unless a plan was asked for in exactly the way that plans are asked for."""

from __future__ import annotations

import pytest

from runbook.plans import ALTERING_NAMES, NAMES, RESTORE_NAMES
from tests.plugin.calling import FILES, PARTS, Ended, Project

CLOSED = ["maintenance", "migration", "restart", "acceptance", *RESTORE_NAMES, *ALTERING_NAMES]
LINES = [
    ("-m", "migration"),
    ("-m", "backup or trial"),
    ("-m", "upgrade", "-k", "backup"),
    ("-m", "upgrade", "--collect-only"),
    ("--markers",),
    ("--collect-only", "-q"),
    ("--collect-only", "-q", "runbook/", "checks/", "tests/"),
    ("checks/check_logins.py",),
    ("runbook/stage_08_migration.py::stage_database_is_at_the_head",),
]


@pytest.fixture(scope="module")
def ended(project: Project) -> dict[tuple[str, ...], Ended]:
    """How each of these calls ended."""
    return project.call_each(LINES)


Calls = dict[tuple[str, ...], Ended]


def test_a_stage_with_the_door_closed_is_never_run_alone(ended: Calls) -> None:
    call = ended["-m", "migration"]
    assert call.exit_code == 10
    assert "migration cannot be run alone: it is part of `pytest -m upgrade`." in call.output
    assert "nothing was changed" in call.output


def test_an_expression_never_selects_a_stage(ended: Calls) -> None:
    call = ended["-m", "backup or trial"]
    assert call.exit_code == 10
    assert "-m takes exactly one plan or stage, not 'backup or trial'" in call.output


@pytest.mark.parametrize("choice", [("-k", "backup"), ("--collect-only",)], ids=lambda choice: choice[0])
def test_what_would_make_the_order_meaningless_is_refused(ended: Calls, choice: tuple[str, ...]) -> None:
    call = ended[("-m", "upgrade", *choice)]
    assert call.exit_code == 10
    assert f"{choice[0]} cannot be used with a plan" in call.output
    assert "  next       pytest -m upgrade" in call.output


def test_the_markers_are_listed_in_the_order_of_the_stages(ended: Calls) -> None:
    names = [line.split()[0] for line in ended["--markers",].lines if line.startswith("@pytest.mark.")]
    shown = [name.removeprefix("@pytest.mark.").rstrip(":") for name in names]
    first = shown.index("upgrade")
    assert shown[first : first + 14] == ["upgrade", *NAMES]


def test_the_markers_say_which_stages_do_not_work_alone(ended: Calls) -> None:
    marked = [line for line in ended["--markers",].lines if "not alone" in line]
    assert [line.split(":")[0].removeprefix("@pytest.mark.") for line in marked] == CLOSED


@pytest.mark.parametrize("where", [(), ("runbook/", "checks/", "tests/")], ids=["bare", "by directory"])
def test_without_a_plan_only_the_suites_own_tests_are_collected(ended: Calls, where: tuple[str, ...]) -> None:
    call = ended[("--collect-only", "-q", *where)]
    assert [line for line in call.lines if "::" in line] == ["tests/test_own.py::test_of_the_suite"]


def test_naming_a_stage_without_a_plan_performs_nothing_and_is_no_pass(ended: Calls) -> None:
    call = ended["runbook/stage_08_migration.py::stage_database_is_at_the_head",]
    assert " passed" not in call.output
    assert call.exit_code != 0


def test_naming_a_file_of_checks_without_a_plan_is_no_pass(ended: Calls) -> None:
    assert ended["checks/check_logins.py",].exit_code != 0


def test_no_call_left_anything_behind(ended: Calls, project: Project) -> None:
    made = {path.name for path in project.directory.iterdir()} - {".hypothesis"}
    assert made == {*PARTS, *FILES, "tests"}
    assert list((project.directory / "reports").glob("runs/.unfinished*")) == []
