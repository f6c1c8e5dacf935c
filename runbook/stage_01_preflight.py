"""Look before anything is done: the release, the data, the disk, and whether the old version works at all.

Guide: « Vérification des prérequis ». Proves that the upgrade is possible and that there is something sound to
compare with. Changes nothing, so there is nothing to undo. The checks look at the old version here.
"""

import pytest

from fixtures.baseline import Baseline
from fixtures.gates import ProductionGates
from fixtures.inspection import Inspection

pytestmark = pytest.mark.preflight


def stage_release_is_one_commit(inspection: Inspection) -> None:
    """The release that was asked for means exactly one commit, from here to the end of the run."""
    assert len(inspection.commit) == 40


def stage_release_has_one_head_that_the_database_can_reach(inspection: Inspection) -> None:
    """The release's migrations lead from where the database is to a single head."""
    reached = inspection.pending[-1].revision if inspection.pending else inspection.revisions[0]
    assert reached == inspection.head


def stage_gates_of_a_production_target_are_open(gates: ProductionGates) -> None:
    """Window, earlier trial, release notes, backups, approval, downtime: each is as it should be, or waived by name."""
    assert [gate.line for gate in gates.gates if gate.is_closed] == []


def stage_disk_has_room(inspection: Inspection) -> None:
    """There is room for dump, clone, rollback point and images on the file system of each, and a reserve beside."""
    assert [line for disk in inspection.disks if not disk.has_room for line in disk.lines] == []


def stage_old_version_answers_as_declared(baseline: Baseline) -> None:
    """The old version answers every declared page, so that the new one can be held to it."""
    assert baseline.pages
