"""The switch of the deployment directory: never half way in a way that Compose cannot read, never an empty `.env`."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import maintenance
from fixtures.errors import StageFailed
from fixtures.host import Host
from fixtures.leftovers import candidate_environment
from fixtures.run import Run
from tests.unit import repositories
from tests.unit.runs import INSPECTION, make_run


@pytest.fixture
def half_switched(tmp_path: Path) -> Run:
    """A run whose checkout of the release was killed: one file is gone, one is new, git still says it is the old."""
    run = make_run(tmp_path, Host())
    run.deployment.target.directory.rmdir()
    directory = repositories.new(run.deployment.target.directory)
    old = repositories.commit(directory, {"docker-compose.yml": "services: {}\n", "app.py": "1\n"})
    new = repositories.commit(directory, {"docker-compose.yml": "services: {}\n#\n", "app.py": "2\n"})
    run.deployment.repository.switch(old, "main")
    (directory / "docker-compose.yml").unlink()
    (directory / "app.py").write_text("2\n")
    (directory / ".git" / "index.lock").write_text("")
    run.put(INSPECTION.model_copy(update={"from_commit": old, "commit": new}))
    return run


def test_a_checkout_that_was_killed_is_completed_before_compose_is_asked(half_switched: Run) -> None:
    half_switched.journal.write("door-closing", "maintenance")
    maintenance.complete_switch(half_switched)
    repository = half_switched.deployment.repository
    assert (repository.commit, repository.changes()) == (half_switched.get(type(INSPECTION)).commit, [])


@pytest.mark.parametrize("events", [(), ("door-closing", "door-opening")], ids=["door never closed", "door opened"])
def test_what_a_person_changed_is_left_alone(half_switched: Run, events: tuple[str, ...]) -> None:
    for event in events:
        half_switched.journal.write(event)
    before = half_switched.deployment.repository.changes()
    maintenance.complete_switch(half_switched)
    assert half_switched.deployment.repository.changes() == before


def test_an_empty_proposal_is_never_installed(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    candidate_environment(run).write_text("")
    with pytest.raises(StageFailed, match="is empty, so it is not installed"):
        maintenance.proposed_environment(run)
