"""What is really there when a run is taken up again: asked of git, engine and server, never taken from a journal."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from fixtures import door, identity, loss, minor, ports, rollback, writers
from fixtures.errors import NeedsOperator
from fixtures.identity import Identity
from fixtures.images import Images
from fixtures.inspection import Inspection
from fixtures.rollback_point import RollbackPoint
from fixtures.run import Run

# The stages that change data, whichever plan they belong to.
MOVING = ("migration", "replacement", "alteration", "reversal")
MOST_TOLD = 20


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
    started_meanwhile: list[str] = []
    other_data: list[str] = []


def probe(run: Run, *, with_data: bool = True) -> Reality:
    """Look at the deployment of a run, and at what is left of the run's own work.

    With the door closed all data is compared with the rollback point, as long as this run has moved nothing of it.
    """
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
        started_meanwhile=[service for service in doors if compose.was_plainly_run(service)],
        other_data=data_since_the_rollback_point(run) if with_data else [],
    )


def data_since_the_rollback_point(run: Run) -> list[str]:
    """What of rows and files is not as it was at the rollback point; empty where this run itself has moved them."""
    if not is_behind_the_door(run) or has_moved_data(run):
        return []
    point = run.get(RollbackPoint)
    found = point.fingerprint.differences(run.deployment.database().fingerprint())
    if run.deployment.target.media is not None:
        seconds = run.deployment.target.limits.backup_seconds
        found += loss.differing_files(point.media, rollback.media_of(run).tree(seconds))
    return found


def is_behind_the_door(run: Run) -> bool:
    """Whether a run has closed the door and taken its rollback point, and has let nobody in again."""
    return door.is_closed(run.journal) and run.has(RollbackPoint)


def has_moved_data(run: Run) -> bool:
    """Whether a stage of this run has begun to change data, forth or back."""
    begun = [record for record in run.journal.records if record.event == "intended"]
    is_back = any(record.evidence.get("what") == rollback.PUTTING_BACK for record in begun)
    return is_back or minor.is_driven(run) or any(record.stage in MOVING for record in begun)


def refuse_contradiction(run: Run, found: Reality) -> None:
    """Raise NeedsOperator when the deployment is not as any process of this run can have left it.

    Then somebody else has changed it since. What users wrote meanwhile would be lost by going back, and a release
    that was never verified could be serving: neither way is gone without a person.
    """
    told = [*other_place(run, found), *by_hand(run, found)]
    written = [] if run.accepted_loss else written_meanwhile(run, found)
    if told or written:
        raise NeedsOperator(
            "The deployment is not as its journal says; nothing was changed now.",
            expected="what this run left when it ended",
            found="\n".join([*told, *written[:MOST_TOLD]]),
            next_step=way_out(run, found, is_written=bool(written)),
            evidence=str(run.journal.path),
        )


def all_contradictions(run: Run, found: Reality) -> list[str]:
    """All that only somebody else can have done, and what says that somebody may have written, a line each."""
    return [*other_place(run, found), *by_hand(run, found), *written_meanwhile(run, found)]


def way_out(run: Run, found: Reality, *, is_written: bool) -> str:
    """What a person does about a contradiction: close the door, save what was written, or settle the run by hand."""
    steps = "find out who changed it; the verified backup and the rollback point are kept. "
    if run.has(RollbackPoint) and (found.is_door_open or runs_the_old(run, found)):
        steps += (
            f"Close the door again (docker compose stop {' '.join(sorted(found.running))}), then the same command; "
        )
    elif is_written:
        steps += (
            "Copy what was written to where it is safe; then `pytest -m rollback --accept-data-loss "
            '"why"` goes back to the rollback point without it; '
        )
    return f"{steps}or see to it by hand and move {run.directory} aside: that settles this run"


def written_meanwhile(run: Run, found: Reality) -> list[str]:
    """What says that somebody may have written while the door was closed: a service that ran, rows and files."""
    if not is_behind_the_door(run):
        return []
    hint = "was started by hand since, with the door's ports, and stopped"
    return [*(f"{service} {hint}" for service in found.started_meanwhile), *found.other_data]


def other_place(run: Run, found: Reality) -> list[str]:
    """What of the data is not where it was: another data directory, other volumes, another mount."""
    if not run.has(Inspection):
        return []
    return run.get(Inspection).identity.differences(found.identity)


def by_hand(run: Run, found: Reality) -> list[str]:
    """What only somebody else can have done, by how far the journal says that this run came, a line each."""
    return [said for said in contradictions(run, found) if said]


def contradictions(run: Run, found: Reality) -> list[str]:
    """The same, with an empty line for what is in order."""
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
