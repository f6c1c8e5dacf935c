"""Watch the new version with its users for a while: health, restarts, errors in the logs.

Guide: « Surveillez les erreurs » (`docker-compose logs -f`, `docker stats`). Changes nothing.
"""

import pytest

from fixtures.watch import Watch

pytestmark = pytest.mark.watch


def stage_health_stays_good(watched_deployment: Watch) -> None:
    """Every question to the health path was answered, and well."""
    assert [sample for sample in watched_deployment.samples if not 200 <= sample.status < 400] == []


def stage_nothing_restarts(watched_deployment: Watch) -> None:
    """No service restarted while it was watched."""
    assert watched_deployment.samples[-1].restarts == watched_deployment.samples[0].restarts


def stage_logs_show_no_error(watched_deployment: Watch) -> None:
    """No service logged an error."""
    assert watched_deployment.error_lines == []
