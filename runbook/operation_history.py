"""The migrations of the deployed image, in their order. Changes nothing.

Guide: « Problèmes de migration ». The place to choose a revision for a downgrade from.
"""

import pytest

from fixtures.question import Question

pytestmark = pytest.mark.history


def operation_image_and_source_have_the_same(question: Question) -> None:
    """`flask db history`: the image has the revisions that the source in the directory has."""
    assert question.history() == question.carried()
