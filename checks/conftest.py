"""What checks look with, beside the deployment that they are given: it ends when they are over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from fixtures.devtools import Chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """A browser in which pages are looked at, begun once for all moments. Changes nothing of the deployment."""
    with closing(Chromium()) as kept:
        yield kept
