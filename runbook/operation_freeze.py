"""What is installed in the deployed image. Changes nothing.

Guide: « Problèmes de dépendances » (`docker-compose run --rm web pip freeze`).
"""

import pytest

from fixtures.question import Question

pytestmark = pytest.mark.freeze


def operation_pinned_requirements_are_installed(question: Question) -> None:
    """`pip freeze`: every pinned requirement is installed, in its version."""
    assert question.missing_requirements() == []
