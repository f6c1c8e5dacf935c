"""Which heads the migrations of the deployed image have. Changes nothing.

Guide: « Problèmes de migration ». Beside `flask db current`, it says whether a migration is pending.
"""

import pytest

from fixtures.question import Question

pytestmark = pytest.mark.heads


def operation_image_and_source_have_the_same(question: Question) -> None:
    """`flask db heads`: the image has the heads that the source in the directory has."""
    assert question.heads() == question.carried_heads()
