"""Whether the database accepts connections. Changes nothing.

Guide: « Problèmes de démarrage » (`pg_isready`).
"""

import pytest

from fixtures.finding import finding
from fixtures.question import Question

pytestmark = pytest.mark.ready


def operation_database_accepts_connections(question: Question) -> None:
    """`pg_isready`: the database accepts connections."""
    assert question.database_is_ready(), finding(
        "The database lets nobody in.",
        measured="pg_isready gets no connection",
        expected="that connections are accepted",
        look="`pytest -m logs`, for what the database says of itself",
    )
