"""Logs: no error, traceback or panic in any service since this version was started."""

from fixtures import logs
from fixtures.instance import Instance


def check_logs_show_no_error(instance: Instance) -> None:
    """No service has logged an error since it was started, or, of a version that runs, since the run began."""
    found = logs.error_kinds(instance)
    assert found == [], f"errors in the logs, the first of each kind:\n{logs.told(found)}"
