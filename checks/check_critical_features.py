"""Critical features: what the company lives from, tried out and cleaned up again."""

import pytest

from fixtures import scenario
from fixtures.instance import Instance


@pytest.mark.apart
def check_scenarios_work(instance: Instance) -> None:
    """Every declared scenario (create, read back, delete) goes through, step by step."""
    assert instance.target.scenarios, f"targets.{instance.target.name} declares no scenario"
    failures = [failure for declared in instance.target.scenarios for failure in scenario.play(instance, declared)]
    assert failures == []
