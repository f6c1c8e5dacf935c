"""What is collected: the suite's own tests, unless a plan was asked for in exactly the way that plans are asked for."""

from __future__ import annotations

import pytest

from runbook.plans import NAMES
from tests.plugin.calling import Ended, Project

CLOSED = ["maintenance", "migration", "restart", "acceptance"]
EXPRESSIONS = ["backup or trial", "not migration", "(upgrade)", "migration and engine"]
OTHER_CHOICES = [
    ("-k", "backup"),
    ("--deselect", "runbook/stage_02_backup.py"),
    ("--lf",),
    ("--ff",),
    ("--stepwise",),
    ("--collect-only",),
    ("--setup-plan",),
    ("--setup-only",),
]
FLAGS = {"--lf": "--last-failed", "--ff": "--failed-first"}
LINES = [
    *(("-m", name) for name in [*CLOSED, *EXPRESSIONS]),
    *(("-m", "upgrade", *choice) for choice in OTHER_CHOICES),
    ("-m", "backup", "-k", "x", "--deselect", "y"),
    ("-m", "upgrade", "-n", "2"),
    ("--markers",),
    ("--collect-only", "-q"),
    ("--collect-only", "-q", "runbook/", "checks/"),
    ("--collect-only", "-q", "."),
    ("checks/check_logins.py",),
    ("runbook/stage_08_migration.py::stage_database_is_at_the_head",),
    ("-m", "engine"),
]


@pytest.fixture(scope="module")
def ended(project: Project) -> dict[tuple[str, ...], Ended]:
    """How each of these calls ended."""
    return project.call_each(LINES)


Calls = dict[tuple[str, ...], Ended]


@pytest.mark.parametrize("stage", CLOSED)
def test_a_stage_with_the_door_closed_is_never_run_alone(ended: Calls, stage: str) -> None:
    call = ended["-m", stage]
    assert call.exit_code == 10
    assert f"{stage} cannot be run alone: it is part of `pytest -m upgrade`." in call.output
    assert "nothing was changed" in call.output


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_never_selects_a_stage(ended: Calls, expression: str) -> None:
    call = ended["-m", expression]
    assert call.exit_code == 10
    assert f"-m takes exactly one plan or stage, not {expression!r}" in call.output


@pytest.mark.parametrize("choice", OTHER_CHOICES, ids=lambda choice: choice[0])
def test_what_would_make_the_order_meaningless_is_refused(ended: Calls, choice: tuple[str, ...]) -> None:
    call = ended[("-m", "upgrade", *choice)]
    assert call.exit_code == 10
    assert FLAGS.get(choice[0], choice[0]) in call.output
    assert "nothing was changed" in call.output
    assert "  next       pytest -m upgrade" in call.output


def test_all_that_cannot_be_used_is_told_at_once(ended: Calls) -> None:
    call = ended["-m", "backup", "-k", "x", "--deselect", "y"]
    assert "-k, --deselect cannot be used with a plan" in call.output


def test_stages_are_never_spread_over_processes(ended: Calls) -> None:
    assert ended["-m", "upgrade", "-n", "2"].exit_code in (4, 10)


def test_the_markers_are_listed_in_the_order_of_the_stages(ended: Calls) -> None:
    names = [line.split()[0] for line in ended["--markers",].lines if line.startswith("@pytest.mark.")]
    shown = [name.removeprefix("@pytest.mark.").rstrip(":") for name in names]
    first = shown.index("upgrade")
    assert shown[first : first + 14] == ["upgrade", *NAMES]


def test_the_markers_say_which_stages_do_not_work_alone(ended: Calls) -> None:
    marked = [line for line in ended["--markers",].lines if "not alone" in line]
    assert [line.split(":")[0].removeprefix("@pytest.mark.") for line in marked] == CLOSED


@pytest.mark.parametrize("where", [(), (".",)], ids=["bare", "everything"])
def test_without_a_plan_only_the_suites_own_tests_are_collected(ended: Calls, where: tuple[str, ...]) -> None:
    call = ended[("--collect-only", "-q", *where)]
    assert [line for line in call.lines if "::" in line] == ["tests/test_own.py::test_of_the_suite"]


def test_naming_the_directories_without_a_plan_collects_nothing(ended: Calls) -> None:
    call = ended["--collect-only", "-q", "runbook/", "checks/"]
    assert call.exit_code == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "::" not in call.output


@pytest.mark.parametrize(
    "file",
    [
        "checks/check_logins.py",
        "runbook/stage_08_migration.py::stage_database_is_at_the_head",
    ],
)
def test_naming_a_file_without_a_plan_performs_nothing_and_is_no_pass(ended: Calls, file: str) -> None:
    call = ended[file,]
    assert " passed" not in call.output
    assert call.exit_code != 0


def test_an_expression_that_names_no_stage_is_pytests_own(ended: Calls) -> None:
    call = ended["-m", "engine"]
    assert call.exit_code == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "1 deselected" in call.output


def test_no_call_left_anything_behind(ended: Calls, project: Project) -> None:
    made = {path.name for path in project.directory.iterdir()}
    assert made - {".hypothesis"} == {*("conftest.py", "pytest.ini", "tests"), *("runbook", "checks", "fixtures"), "reports", "staging"}
    assert not (project.directory / "reports" / "runs").exists()
