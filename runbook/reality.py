"""What is really there when a run is taken up again: asked of git, engine and server, never taken from a journal."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from fixtures import door, identity, ports, writers
from fixtures.errors import NeedsOperator
from fixtures.identity import Identity
from fixtures.images import Images
from fixtures.inspection import Inspection
from fixtures.rollback_point import RollbackPoint
from fixtures.run import Run


class Reality(BaseModel):
    """A deployment as a dead process left it: commit, revisions, image ids of the running writers, ..."""

    model_config = ConfigDict(frozen=True)

    commit: str
    revisions: list[str]
    running: dict[str, str]
    is_door_open: bool
    kept_databases: list[str]
    work: dict[str, str]
    identity: Identity


def probe(run: Run) -> Reality:
    """Look at the deployment of a run, and at what is left of the run's own work."""
    deployment, target = run.deployment, run.deployment.target
    compose, database = deployment.compose(), deployment.database()
    running = {service: compose.container_ids(service) for service in writers.names(compose, target.services)}
    doors = ports.doors(compose.config, target.services)
    return Reality(
        commit=deployment.repository.commit,
        revisions=database.revisions(target.migrations.version_table),
        running={service: compose.container(service)["Image"] for service, ids in running.items() if ids},
        is_door_open=any(running[service] and compose.is_plain(service) for service in doors),
        kept_databases=database.kept_by_runs(),
        work=run.work.states(),
        identity=identity.read(compose, target.services.database, database),
    )


def refuse_contradiction(run: Run, found: Reality) -> None:
    """Raise NeedsOperator when the deployment is not as any process of this run can have left it.

    Then somebody else has changed it since. What users wrote meanwhile would be lost by going back, and a release
    that was never verified could be serving: neither way is gone without a person.
    """
    told = [*other_data(run, found), *(said for said in (by_hand(run, found)) if said)]
    if told:
        raise NeedsOperator(
            "The deployment is not as its journal says; nothing was changed now.",
            expected="what this run left when it ended",
            found="\n" + "\n".join(told),
            next_step="find out who changed it; the verified backup and the rollback point are kept. Once a person has "
            f"seen to it, move {run.directory} aside: that settles this run",
            evidence=str(run.journal.path),
        )


def other_data(run: Run, found: Reality) -> list[str]:
    """What of the data is not where it was: another data directory, other volumes, another mount."""
    if not run.has(Inspection):
        return []
    return run.get(Inspection).identity.differences(found.identity)


def by_hand(run: Run, found: Reality) -> list[str]:
    """What only somebody else can have done, by how far the journal says that this run came."""
    journal = run.journal
    if not run.has(Inspection) or door.was_reopened(journal):
        return []
    inspection = run.get(Inspection)
    if not door.was_closed(journal):
        return [
            said_if(found.commit != inspection.from_commit, f"the directory was switched to {found.commit}"),
            said_if(found.revisions != inspection.revisions, f"the database is at {', '.join(found.revisions)}"),
        ]
    if door.was_opened(journal):
        return [said_if(found.commit != inspection.commit, f"the directory was switched to {found.commit}")]
    return [
        said_if(found.commit not in (inspection.commit, inspection.from_commit), f"the directory is at {found.commit}"),
        said_if(run.has(RollbackPoint) and found.is_door_open, "the door is open, though this run never opened it"),
        said_if(run.has(RollbackPoint) and runs_the_old(run, found), "the old version was started again"),
    ]


def runs_the_old(run: Run, found: Reality) -> bool:
    """Whether a writer of the old version runs."""
    images = run.get(Images)
    only_old = set(images.kept.values()) - set(images.built.values())
    return bool(set(found.running.values()) & only_old)


def said_if(is_so: bool, what: str) -> str:
    """A sentence, if it is true."""
    return what if is_so else ""
