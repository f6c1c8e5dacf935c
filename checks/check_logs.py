"""Logs: no error, traceback or panic in any service since this version was started."""

from fixtures import logs
from fixtures.instance import Instance


def check_logs_show_no_error(instance: Instance) -> None:
    """No service has logged an error since it was started, or, of a version that runs, since the run began."""
    found = {service: logs.error_lines(instance, service)[:5] for service in instance.services()}
    assert {service: lines for service, lines in found.items() if lines} == {}
