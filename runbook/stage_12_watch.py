"""Watch the new version with its users for a while: health, restarts, memory, times of pages, errors in the logs.

Guide: « Surveillez les erreurs » (`docker-compose logs -f`, `docker stats`). Changes nothing. What gets worse is told
with the command that goes back; with `watch.roll_back` that is done at once.
"""

import pytest

from fixtures.watch import Watch

pytestmark = pytest.mark.watch


def stage_health_stays_good(watched_deployment: Watch) -> None:
    """Every question to the health path was answered, and well."""
    ill = [sample for sample in watched_deployment.samples if not 200 <= sample.status < 400]
    assert ill == [], f"users are not served; {watched_deployment.way_back}"


def stage_nothing_restarts(watched_deployment: Watch) -> None:
    """No service restarted while it was watched."""
    first, last = watched_deployment.samples[0].restarts, watched_deployment.samples[-1].restarts
    assert last == first, f"services die and come back; {watched_deployment.way_back}"


def stage_logs_show_no_error(watched_deployment: Watch) -> None:
    """No service logged an error."""
    assert watched_deployment.error_lines == [], f"errors happen inside; {watched_deployment.way_back}"


def stage_nothing_gets_worse(watched_deployment: Watch) -> None:
    """Memory, the times of pages and the number of known errors stayed within their budgets."""
    assert watched_deployment.regressions == [], f"it is getting worse; {watched_deployment.way_back}"
