"""Critical features: what the company lives from, tried out and cleaned up again."""

import pytest

from fixtures import scenario
from fixtures.finding import finding
from fixtures.instance import Instance


@pytest.mark.apart
@pytest.mark.moments("trial")
def check_scenarios_leave_no_trace(instance: Instance) -> None:
    """All scenarios leave data and files as they were: looked at on the clone, where nobody else writes.

    Comes first: what a scenario changes once and for all is no change any more when it is played again.
    """
    traces = scenario.traces(instance)
    assert traces == [], finding(
        "Trying out the critical features changes the company's data.",
        measured=f"{len(traces)} tables or files are not what they were",
        expected="the scenarios undo all that they do",
        sample=traces,
        look="the last steps of the scenarios in the settings, and what the release does in them",
    )


@pytest.mark.apart
def check_scenarios_work(instance: Instance) -> None:
    """Every declared scenario (create, read back, delete) goes through, step by step."""
    declared = instance.target.scenarios
    assert declared, f"targets.{instance.target.name} declares no scenario"
    failures = [failure for one in declared for failure in scenario.play(instance, one)]
    assert failures == [], finding(
        "Something that the company lives from does not work.",
        measured=f"{len(failures)} steps of {len(declared)} scenarios went wrong",
        expected="every step answers as the settings declare",
        sample=failures,
        look="the log of the web service at the time of this run",
    )
