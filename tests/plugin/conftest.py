"""What the tests of the gate share."""

from __future__ import annotations

import pytest

from tests.plugin.calling import Project, copy_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the project."""
    return copy_project(tmp_path_factory.mktemp("project"))
