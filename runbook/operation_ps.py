"""Which containers there are. Changes nothing.

Guide: « Problèmes de démarrage » (`docker-compose ps`).
"""

import pytest

from fixtures.question import Question

pytestmark = pytest.mark.ps


def operation_containers_run(question: Question) -> None:
    """`docker-compose ps`: every declared service has a running container."""
    assert question.services_that_do_not_run() == []
