"""Fetch the release and keep the old version on a backup branch. The deployment directory is not switched yet.

Guide: « 1. Mettre à jour le code source ». Changes git only: fetched objects, the branch `backup-YYYYMMDD`, a
worktree beside the deployment. Undone by deleting the branch.
"""

import pytest

from fixtures.inspection import Inspection
from fixtures.source import Source

pytestmark = pytest.mark.source


def stage_release_is_checked_out_beside_the_deployment(source: Source, inspection: Inspection) -> None:
    """The worktree to build from is at the release's commit."""
    assert source.worktree_commit == inspection.commit


def stage_old_version_is_kept_on_a_branch(source: Source, inspection: Inspection) -> None:
    """The backup branch points at the commit that serves now."""
    assert source.backup_commit == inspection.from_commit
