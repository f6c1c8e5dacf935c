"""Everything that the guide looks at when something is wrong, in one go. Changes nothing.

Guide: « Dépannage des problèmes courants ». Each function runs one of the guide's commands; what it answered is in
the report. They all run, whatever the others found.
"""

import pytest

from fixtures.diagnosis import Diagnosis

pytestmark = pytest.mark.diagnose


def operation_containers_run(diagnosis: Diagnosis) -> None:
    """`docker-compose ps`: every declared service has a running container."""
    assert diagnosis.services_that_do_not_run() == []


def operation_database_accepts_connections(diagnosis: Diagnosis) -> None:
    """`pg_isready`: the database accepts connections."""
    assert diagnosis.database_is_ready()


def operation_migrations_are_at_the_head(diagnosis: Diagnosis) -> None:
    """`flask db current`: the database is at the head of the version in the directory."""
    assert diagnosis.revisions() == diagnosis.heads()


def operation_dependencies_are_installed(diagnosis: Diagnosis) -> None:
    """`pip freeze`: every pinned requirement is installed in the running image, in its version."""
    assert diagnosis.missing_requirements() == []


def operation_logs_show_no_error(diagnosis: Diagnosis) -> None:
    """`docker-compose logs`: the last lines of no service show an error."""
    assert diagnosis.error_lines() == []


def operation_no_session_waits_for_a_lock(diagnosis: Diagnosis) -> None:
    """`pg_stat_activity` and `pg_locks`: nobody on the database waits for somebody else."""
    assert diagnosis.sessions_that_wait() == []


def operation_disk_has_its_reserve(diagnosis: Diagnosis) -> None:
    """`df`: the reserve of the settings is free where the deployment and the runbook's state are."""
    assert diagnosis.full_file_systems() == []
