"""Which revision the database is at, as the migration tool says it. Changes nothing.

Guide: « Problèmes de migration » (`flask db current`). An image that does not know the revision fails.
"""

import pytest

from fixtures.question import Question

pytestmark = pytest.mark.current


def operation_tool_and_database_say_the_same(question: Question) -> None:
    """`flask db current`: what the tool finds is what stands in the database."""
    assert question.current() == question.recorded()
