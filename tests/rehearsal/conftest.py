"""Tests that need the engine happen side by side."""

from __future__ import annotations

import pytest

from tests import side_by_side


def pytest_configure(config: pytest.Config) -> None:
    """Have them do so."""
    side_by_side.pytest_configure(config)
