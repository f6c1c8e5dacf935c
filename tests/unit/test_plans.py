"""The plans: one order, written once, shown by a listing; each stage file a page that only proves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from runbook import plans
from runbook.actions import ACTIONS, INSTANCES
from runbook.plans import ALTERING_NAMES, BY_NAME, LATE_NAMES, LATE_ROLLBACK, NAMES, OPERATIONS, PLANS, RESTORE_NAMES

RUNBOOK = Path(plans.__file__).parent
GUIDES_ORDER = [
    *("preflight", "backup", "source", "dependencies", "configuration", "trial"),
    *("maintenance", "migration", "restart", "verification", "acceptance", "watch", "rollback"),
]
FILES = sorted(RUNBOOK.glob("stage_*.py"))
RESTORE_FILES = sorted(RUNBOOK.glob("restore_[0-9]_*.py"))
LATE_FILES = sorted(RUNBOOK.glob("late_[0-9]_*.py"))
ALTERING_FILES = sorted(RUNBOOK.glob("alter_[0-9]_*.py"))
STAGE_FILES = [*FILES, *RESTORE_FILES, *LATE_FILES, *ALTERING_FILES]
OPERATION_FILES = sorted(RUNBOOK.glob("operation_*.py"))


def test_the_order_is_the_designs() -> None:
    assert list(NAMES) == GUIDES_ORDER


def test_a_listing_of_the_directory_shows_the_order_and_every_stage_has_one_file() -> None:
    assert [file.name for file in FILES] == [plans.file_name(stage) for stage in NAMES]
    assert [file.name for file in RESTORE_FILES] == [plans.file_name(stage) for stage in RESTORE_NAMES]
    assert [file.name for file in LATE_FILES] == [plans.file_name(stage) for stage in LATE_NAMES]
    assert [file.name for file in ALTERING_FILES] == [plans.file_name(stage) for stage in ALTERING_NAMES]


@pytest.mark.parametrize("stage", [*NAMES, *RESTORE_NAMES, *LATE_NAMES, *ALTERING_NAMES])
def test_every_stage_has_an_action_and_says_what_it_changes(stage: str) -> None:
    assert stage in ACTIONS
    assert BY_NAME[stage].changes
    assert BY_NAME[stage].served_by in ("old", "nobody", "new")


def test_no_action_belongs_to_no_stage() -> None:
    assert set(ACTIONS) == {*NAMES, *RESTORE_NAMES, *LATE_NAMES, *ALTERING_NAMES}


def test_every_moment_at_which_checks_look_has_a_copy_to_look_at() -> None:
    others = {plans.LIVE_MOMENT, *plans.IN_THE_DARK.values()}
    assert set(INSTANCES) == {*plans.MOMENTS, *others}
    assert set(plans.MOMENTS.values()) <= set(NAMES)


def test_nobody_is_served_only_while_the_door_is_closed() -> None:
    assert [name for name in NAMES if BY_NAME[name].served_by == "nobody"] == GUIDES_ORDER[6:10]


# plans ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "stages"),
    [
        ("upgrade", GUIDES_ORDER),
        ("preflight", ["preflight"]),
        ("backup", ["preflight", "backup"]),
        ("trial", GUIDES_ORDER[:6]),
        ("verification", ["verification"]),
        ("watch", ["watch"]),
        ("rollback", ["rollback"]),
        ("restore", ["selection", "proof", "replacement", "restart", "verification", "acceptance", "rollback"]),
        (
            LATE_ROLLBACK,
            [
                *("decision", "backup", "attempt", "maintenance", "reversal"),
                *("restart", "verification", "acceptance", "rollback"),
            ],
        ),
        ("diagnose", []),
        ("status", []),
        ("backups", []),
        *((operation, []) for operation in ("current", "heads", "history", "freeze", "logs", "ps", "ready")),
        ("migration_new", []),
        *(
            (plan, ["intention", "backup", "alteration", "restart", "verification", "acceptance", "rollback"])
            for plan in ("database_upgrade", "downgrade", "stamp")
        ),
    ],
)
def test_a_plan_brings_what_has_to_come_before_it(plan: str, stages: list[str]) -> None:
    assert list(PLANS[plan]) == stages


def test_only_plans_that_change_a_deployment_have_a_stage_with_the_door_closed() -> None:
    closing = {name for name, stages in PLANS.items() if {BY_NAME[stage].served_by for stage in stages} >= {"nobody"}}
    assert closing - {"verification"} == set(plans.CHANGING)


def test_every_plan_keeps_the_order() -> None:
    order = [*RESTORE_NAMES, *NAMES]
    own = (*LATE_NAMES, *ALTERING_NAMES)
    known = {plan: [stage for stage in stages if stage not in own] for plan, stages in PLANS.items()}
    assert all(sorted(stages, key=order.index) == stages for stages in known.values())


@pytest.mark.parametrize("plan", PLANS)
def test_the_files_of_a_plan_exist(plan: str) -> None:
    wanted = [name for name in plans.files(plan) if plan not in plans.TOLD]
    assert [name for name in wanted if not (RUNBOOK / name).is_file()] == []


def test_moments_of_a_plan_belong_to_its_stages() -> None:
    assert plans.moments("preflight") == {"before": "preflight"}
    assert plans.moments("verification") == {"now": "verification"}
    assert plans.moments("diagnose") == plans.moments("watch") == {}
    assert plans.moments("upgrade") == plans.MOMENTS
    assert plans.moments("restore") == {"restored": "verification", "open": "acceptance", "rolled-back": "rollback"}
    late = {"taken-back": "verification", "open": "acceptance", "rolled-back": "rollback"}
    assert plans.moments(LATE_ROLLBACK) == late


def test_a_label_has_the_number_of_the_stage() -> None:
    assert [plans.label(name) for name in ("backup", "rollback", "diagnose")] == [
        "02 backup",
        "13 rollback",
        "diagnose",
    ]


@pytest.mark.parametrize("stage", ["maintenance", "migration", "restart", "acceptance"])
def test_a_stage_with_the_door_closed_is_refused_with_the_plan_that_has_it(stage: str) -> None:
    assert plans.refusal(stage) == f"{stage} cannot be run alone: it is part of `pytest -m upgrade`."


@pytest.mark.parametrize("stage", RESTORE_NAMES)
def test_a_stage_of_a_restore_is_refused_with_the_plan_that_has_it(stage: str) -> None:
    assert plans.refusal(stage) == f"{stage} cannot be run alone: it is part of `pytest -m restore`."


@pytest.mark.parametrize("stage", ALTERING_NAMES)
def test_a_stage_of_an_alteration_is_refused_with_the_plans_that_have_it(stage: str) -> None:
    assert "`pytest -m database_upgrade`, `-m downgrade`, `-m stamp`" in plans.refusal(stage)


@pytest.mark.parametrize("expression", [LATE_ROLLBACK, *LATE_NAMES])
def test_a_late_rollback_is_asked_for_as_a_rollback(expression: str) -> None:
    assert "`pytest -m rollback`" in plans.refusal(expression)


@pytest.mark.parametrize(
    "expression",
    [*(plan for plan in PLANS if plan != LATE_ROLLBACK), "engine", "not engine", "", "smoke or engine", "backups"],
)
def test_a_plan_and_what_names_no_stage_is_not_refused(expression: str) -> None:
    assert plans.refusal(expression) == ""


@pytest.mark.parametrize(
    "expression",
    [
        "backup or trial",
        "not migration",
        "(migration)",
        "not (migration)",
        "upgrade and not trial",
        "migration or engine",
        "not(migration)",
        "not engine and backup",
        " upgrade or backup ",
    ],
)
def test_any_other_expression_that_names_a_stage_is_refused_with_the_names_there_are(expression: str) -> None:
    told = plans.refusal(expression)
    assert repr(expression) in told
    assert "exactly one plan" in told
    assert all(name in told for name in PLANS)


# stage files ---------------------------------------------------------------------------------------------------------


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def functions(file: Path) -> list[ast.FunctionDef]:
    return [node for node in parsed(file).body if isinstance(node, ast.FunctionDef)]


def name(file: Path) -> str:
    return file.stem.split("_", 2)[2] if file in STAGE_FILES else file.stem.removeprefix("operation_")


every_file = pytest.mark.parametrize("file", [*STAGE_FILES, *OPERATION_FILES], ids=lambda file: file.stem)


@every_file
def test_a_file_says_what_it_proves(file: Path) -> None:
    told = ast.get_docstring(parsed(file)) or ""
    assert len(told.splitlines()[0]) > 20
    assert "Guide:" in told


@every_file
def test_a_file_has_one_mark_and_that_is_its_own_name(file: Path) -> None:
    marks = [
        ast.unparse(node.value)
        for node in parsed(file).body
        if isinstance(node, ast.Assign) and "pytestmark" in [ast.unparse(target) for target in node.targets]
    ]
    assert marks == [f"pytest.mark.{name(file)}"]


@every_file
def test_every_function_is_a_documented_proof_of_a_few_lines(file: Path) -> None:
    prefix = "stage_" if file in STAGE_FILES else "operation_"
    for function in functions(file):
        assert function.name.startswith(prefix)
        assert ast.get_docstring(function)
        assert sum(isinstance(node, ast.Assert) for node in ast.walk(function)) == 1
        assert (function.end_lineno or 0) - function.lineno < 8


@every_file
def test_a_file_neither_loops_nor_catches_nor_runs_commands(file: Path) -> None:
    acting = (ast.For, ast.While, ast.Try, ast.With, ast.AsyncFor, ast.AsyncWith, ast.If, ast.Raise)
    assert [ast.unparse(node) for node in ast.walk(parsed(file)) if isinstance(node, acting)] == []
    imported = {alias.name for node in ast.walk(parsed(file)) if isinstance(node, ast.Import) for alias in node.names}
    assert imported == {"pytest"}
    calls = [ast.unparse(node.func) for node in ast.walk(parsed(file)) if isinstance(node, ast.Call)]
    assert [call for call in calls if call.endswith((".run", ".perform", ".git", ".write"))] == []


def test_only_known_operations_have_files() -> None:
    assert {name(file) for file in OPERATION_FILES} <= set(OPERATIONS)
