"""Which items a plan consists of, and their order: by stage, then as they stand in their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook import plans
from runbook.options import PLAN

ROOT = Path(__file__).parent.parent
PLACES = (ROOT / "runbook", ROOT / "checks")
STAGE = pytest.StashKey[str]()


def choose_places(config: pytest.Config) -> None:
    """Have pytest collect the runbook instead of the suite's own tests when a plan was asked for."""
    plan = config.stash.get(PLAN, "")
    if plan:
        config.args = [str(PLACES[0] / name) for name in plans.files(plan)]
        config.args += [str(PLACES[1])] if plans.moments(plan) else []
        config.option.markexpr = ""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the runbook and the checks alone unless a plan asked for them, however they were named."""
    inside = any(collection_path.is_relative_to(place) for place in PLACES)
    return True if inside and not config.stash.get(PLAN, "") else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make each check once for every moment of the plan; a smoke check also for the moment after the opening."""
    if "moment" not in metafunc.fixturenames:
        return
    plan = metafunc.config.stash.get(PLAN, "")
    available = plans.moments(plan) if plan else {}
    limited = metafunc.definition.get_closest_marker("moments")
    named = metafunc.definition.get_closest_marker("targets")
    is_for_others = named is not None and metafunc.config.option.target not in named.args
    is_smoke = metafunc.definition.get_closest_marker("smoke") is not None
    chosen = [
        moment
        for moment in available
        if not is_for_others
        and (limited is None or moment in limited.args)
        and (moment != plans.SMOKE_MOMENT or is_smoke)
    ]
    metafunc.parametrize("moment", chosen, scope="session")


def stage_of(item: pytest.Item, plan: str) -> str:
    """The stage that an item proves something for."""
    name = item.path.stem
    if name.startswith(("stage_", "restore_", "late_", "alter_")):
        return name.split("_", 2)[2]
    if name.startswith("operation_"):
        return name.removeprefix("operation_")
    callspec = getattr(item, "callspec", None)
    return plans.moments(plan).get(callspec.params["moment"], "") if callspec else ""


def is_check(item: pytest.Item) -> bool:
    """Whether an item looks at a running copy, rather than at what a stage achieved."""
    return item.path.is_relative_to(PLACES[1])


def refuse_without_plan(items: list[pytest.Item]) -> None:
    """Raise UsageError for a stage or check that was named by its file: alone it would prove nothing."""
    named = [item for item in items if any(item.path.is_relative_to(place) for place in PLACES)]
    if named:
        raise pytest.UsageError(f"{named[0].path.name} runs only as part of a plan, such as pytest -m verification.")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the items of a plan; last, because pytest regroups items by their session parameters before."""
    plan = config.stash.get(PLAN, "")
    if not plan:
        refuse_without_plan(items)
        return
    for item in items:
        item.stash[STAGE] = stage_of(item, plan)
    # Checks at which no moment of the plan looks are collected as one placeholder that pytest would skip.
    items[:] = [item for item in items if item.stash[STAGE]]
    order = [*plans.PLANS[plan], *plans.OPERATIONS]
    items.sort(
        key=lambda item: (order.index(item.stash[STAGE]), is_check(item), item.get_closest_marker("apart") is not None)
    )
