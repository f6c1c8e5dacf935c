"""D4, E5, G6: the image for the way back is gone, or the database is killed in the migration."""

from __future__ import annotations

import pytest

from staging.clean import docker
from staging.deployment import Rehearsal
from tests.faults import deployments, failpoint, invariants, living, releasing
from tests.rehearsal import outside
from tests.rehearsal.gate import Ended
from tests.rehearsal.outside import Look

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside]

HEAD = "d9135e7b80c4"
# The migration has a file of its own among the uploaded ones by the time it is ended.
FILE = '__import__("pathlib").Path("/data/media/by-migration").write_text("x"); '
SLOW = FILE + 'op.add_column("orders", sa.Column("note", sa.Text())); op.execute("SELECT pg_sleep(8)")'
ASLEEP = "select count(*) from pg_stat_activity where query like '%pg_sleep(8)%' and pid <> pg_backend_pid()"


def command(rehearsal: Rehearsal, release: str) -> tuple[str, ...]:
    """The command line of an upgrade."""
    return ("-m", "upgrade", "--keep", "--to", release, f"--place={rehearsal.place}")


def a_lost_image_is_found_before_the_door_closes(rehearsal: Rehearsal, before: Look, release: str) -> None:
    """D4: what there would be no way back to is not left."""
    stopping = failpoint.at("stage-passed trial", "SIGSTOP")
    with living.begun(*failpoint.PLUGIN, *command(rehearsal, release), extra=stopping) as runner:
        runner.until_stopped()
        docker("image", "rm", "--force", f"{rehearsal.project}-web:rollback-{before.commit[:12]}")
        runner.go_on()
        ended = Ended(runner.wait(), runner.said(), {})
    assert ended.exit_code == 10, ended.output
    assert f"{rehearsal.project}-web:rollback-{before.commit[:12]}" in ended.output
    assert outside.look(rehearsal) == before
    assert invariants.nothing_left(rehearsal) == []


def a_database_that_dies_in_the_migration_comes_back_as_it_was(
    rehearsal: Rehearsal, before: Look, release: str
) -> None:
    """E5, G6: the engine does not restart what was killed from outside; the way back does. The files go back, too."""
    with living.begun(*command(rehearsal, release)) as runner:
        runner.until_recorded(rehearsal, "intended", "migration")
        runner.until("the migration at work", lambda: is_asleep(rehearsal))
        docker("kill", outside.containers(rehearsal)["db"].id)
        ended = Ended(runner.wait(), runner.said(), {})
    assert ended.exit_code == 11, ended.output
    assert invariants.violations(rehearsal, before, ended) == []


def is_asleep(rehearsal: Rehearsal) -> bool:
    """Whether the migration is in its long statement."""
    with outside.database(rehearsal) as connection:
        return bool(outside.value(connection, ASLEEP))


def test_d4_e5_g6_without_its_image_no_door_closes_and_a_dead_database_is_put_back() -> None:
    with deployments.deployed("way-back-needed", "v2.0.0") as rehearsal:
        before = outside.look(rehearsal)
        releasing.tag(rehearsal, "v2.0.1-slow", "v2.0.0", releasing.revision("aaaa12", HEAD, SLOW))
        a_lost_image_is_found_before_the_door_closes(rehearsal, before, "v2.0.1-slow")
        a_database_that_dies_in_the_migration_comes_back_as_it_was(rehearsal, before, "v2.0.1-slow")
