"""Logs: no error, traceback or panic in any service since this version was started, and known ones no more often."""

import pytest

from fixtures import logs
from fixtures.baseline import Baseline
from fixtures.finding import finding
from fixtures.instance import Instance


def check_logs_show_no_error(instance: Instance) -> None:
    """No service has logged an error since it was started, or, of a version that runs, since the run began."""
    found = logs.error_kinds(instance)
    assert found == [], finding(
        "Errors happen inside the application.",
        measured=f"{sum(kind.count for kind in found)} lines of {len(found)} kinds in the logs",
        expected="none, but for those in logs.allowed of the settings",
        sample=found,
        look="docker compose logs, from the times of these lines on",
    )


@pytest.mark.moments("now")
def check_known_errors_are_no_more_frequent(instance: Instance, baseline: Baseline) -> None:
    """Errors that the settings allow, as they are known, do not happen much more often than before the upgrade."""
    limits, minutes = instance.target.limits, logs.MINUTES
    more = logs.more_frequent(limits, baseline.known_errors, logs.known_errors(instance))
    assert more == {}, finding(
        "Known errors happen much more often than before.",
        measured=f"{len(more)} services log more of them, in the last {minutes} minutes",
        expected=f"at most {limits.known_errors_ratio} times those of {minutes} minutes before the upgrade",
        sample=[f"{service}: {was} lines before, {now} now" for service, (was, now) in more.items()],
        look="docker compose logs, for what matches logs.allowed of the settings",
    )
