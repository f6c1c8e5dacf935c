"""A minor update by the deployment's own `update.sh`, on a deployment of v1.4.0 whose remote has v1.5.0 on main."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from staging import origin
from staging.deployment import PLACES, Rehearsal
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]
PLACE = PLACES / f"tests-script-{os.getpid()}"
WELL = '["./update.sh", "--no-restart"]'
# What the guide has for « Mise à jour simple »: it starts the services itself.
RESTARTING = '["./update.sh"]'


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    """The deployment; its script restarts the services."""
    minor = f"[targets.rehearsal.minor]\nscript = {RESTARTING}"
    with outside.deployed(PLACE, "v1.4.0", limits=f"{outside.PATIENT}\nwatch_seconds = 2\n\n{minor}") as made:
        origin.git("update-ref", "refs/heads/main", "refs/tags/v1.5.0^{commit}", directory=made.origin)
        yield made


def call(rehearsal: Rehearsal, *arguments: str) -> gate.Ended:
    """Call a minor update on the deployment as it is."""
    return gate.call("-m", "minor", *arguments, "--keep", f"--place={rehearsal.place}")


def test_a_script_that_starts_the_services_is_taken_back_and_one_that_does_not_is_how_it_goes(
    rehearsal: Rehearsal,
) -> None:
    before = outside.look(rehearsal)
    with outside.asking(rehearsal) as answers:
        restarting = call(rehearsal)
    assert restarting.exit_code == 11, restarting.output
    assert "The update script started services before the new version was verified" in restarting.output
    assert {answer.version for answer in answers} <= {"1.4.0", ""}
    back = outside.look(rehearsal)
    assert (back.version, back.source, back.data) == (before.version, before.source, before.data)

    settings = rehearsal.settings_file.read_text("utf-8")
    rehearsal.settings_file.write_text(settings.replace(RESTARTING, WELL), "utf-8")
    planned = call(rehearsal, "--plan")
    assert (planned.exit_code, f"(in {rehearsal.directory}) ./update.sh --no-restart" in planned.output) == (0, True)
    assert outside.look(rehearsal) == back

    deployed = call(rehearsal, "--backup")
    assert deployed.exit_code == 0, deployed.output
    after = outside.look(rehearsal)
    assert (after.version, after.commit) == ("1.5.0", outside.git(rehearsal, "rev-parse", "v1.5.0^{commit}"))
    assert outside.git(rehearsal, "branch", "--show-current") == "main"
    did = [record["evidence"] for record in outside.last_journal(rehearsal) if record["event"] == "intended"]
    assert "./update.sh --no-restart" in [evidence.get("command") for evidence in did]
    assert "[alembic.runtime.migration]" in (outside.newest_run(rehearsal) / "update-script.log").read_text("utf-8")
    assert outside.leftovers(rehearsal) == []
