"""Whether the database accepts connections. Changes nothing.

Guide: « Problèmes de démarrage » (`pg_isready`).
"""

import pytest

from fixtures.question import Question

pytestmark = pytest.mark.ready


def operation_database_accepts_connections(question: Question) -> None:
    """`pg_isready`: the database accepts connections."""
    assert question.database_is_ready()
