"""What the services said last, and with `--follow` what they say from now on. Changes nothing.

Guide: « Problèmes de démarrage » (`docker-compose logs -f`). Ctrl-C ends the following.
"""

import pytest

from fixtures.question import Question

pytestmark = pytest.mark.logs


def operation_show_no_error(question: Question) -> None:
    """`docker-compose logs`: no line that was shown is an error."""
    assert question.error_lines() == []
