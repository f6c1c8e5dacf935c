"""Let the release migrate and serve a clone of the data before anything of the deployment is touched.

Guide: « Testez la mise à jour dans un environnement de staging ». Changes only the clone, which is thrown away. The
checks look at the clone here. A release that fails here was never near the data.
"""

import pytest

from fixtures.inspection import Inspection
from fixtures.trial import Trial

pytestmark = pytest.mark.trial


def stage_migration_reaches_the_head_on_a_clone(trial: Trial, inspection: Inspection) -> None:
    """The release's migrations run through on a clone of the real data."""
    assert trial.revisions == [inspection.head]


def stage_clone_has_no_way_out(trial: Trial) -> None:
    """Nothing that the clone does reaches anybody: no mail, no payment, no webhook."""
    assert trial.networks_are_internal
