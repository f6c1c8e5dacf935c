"""A rehearsal deployment as anybody can see it from outside: with docker, git, psycopg and a web client."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import requests
from psycopg import sql

from fixtures.work import RUN_LABEL
from staging import clean, maker, origin, sample
from staging.clean import PROJECT_LABEL, docker
from staging.deployment import Rehearsal
from staging.filling import Sizes

SERVICE_LABEL = "com.docker.compose.service"
ONE_OFF_LABEL = "com.docker.compose.oneoff"
DATABASE = "punk_eco"
SMALL = Sizes(users=300, orders=2100, files=30, accounts=6)
ANSWER_SECONDS = 5.0
# Most tests prove nothing of the build itself: its layers are taken from an earlier one.
CACHED = "[targets.rehearsal.compose]\nbuild_without_cache = false\n"
# Several deployments share the machine in these tests: that alone must make no page too slow.
PATIENT = "answer_seconds = 60\nlatency_floor_seconds = 3.0\nlatency_p95_floor_seconds = 6.0"
ASKED_EVERY_SECONDS = 0.1
TABLES = "select tablename from pg_tables where schemaname = 'public' order by 1"
CONTENT = "select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text from {} t"
SEQUENCES = "select sequencename, coalesce(last_value, 0) from pg_sequences order by 1"
RUNBOOK_SESSIONS = "select count(*) from pg_stat_activity where application_name = 'punk-eco-runbook'"


@dataclass(frozen=True)
class Container:
    """The container of a service: which one, of which image, since when, how often it came back."""

    id: str
    image: str
    started_at: str
    restarts: int


@dataclass(frozen=True)
class Look:
    """A deployment at one moment. Sequences are not compared: an order that is placed and cancelled moves them."""

    version: str
    containers: dict[str, Container]
    commit: str
    branch: str
    changes: str
    environment: dict[str, str]
    tables: dict[str, tuple[int, str]]
    media: dict[str, str]
    volumes: dict[str, str]
    system_identifier: str
    sequences: dict[str, int] = field(compare=False)

    @property
    def images(self) -> dict[str, str]:
        """The image id of each service."""
        return {service: container.image for service, container in self.containers.items()}

    @property
    def data(self) -> tuple[object, ...]:
        """What users would miss, and where it is kept."""
        return self.tables, self.media, self.volumes, self.system_identifier

    @property
    def source(self) -> tuple[object, ...]:
        """What the deployment directory holds."""
        return self.commit, self.branch, self.changes, self.environment


def remove(place: Path) -> None:
    """Remove a rehearsal, and the lock beside it."""
    clean.remove_place(place)
    place.with_name(f"{place.name}.lock").unlink(missing_ok=True)


@contextmanager
def deployed(
    place: Path, version: str, *, limits: str = PATIENT, is_built_anew: bool = False, browser: str = "off"
) -> Iterator[Rehearsal]:
    """Hand out a running, seeded deployment; `limits` and `browser` go into its settings. All is removed afterwards.

    Releases are built for it with the engine's cache unless they are to be built anew, as the guide has it.
    """
    remove(place)
    try:
        rehearsal = maker.prepare(place, version)
        settings = rehearsal.settings_file.read_text("utf-8")
        building = "" if is_built_anew else CACHED
        building += f'[targets.rehearsal.browser]\ncommand = "{browser}"\n'
        more = f"{building}\n[targets.rehearsal.limits]\n{limits}\n"
        rehearsal.settings_file.write_text(f"{settings}\n{more}", "utf-8")
        maker.start(rehearsal)
        maker.seed(rehearsal, users=SMALL.users, orders=SMALL.orders, files=SMALL.files, accounts=SMALL.accounts)
        sample.make_sample(rehearsal.url, rehearsal.seed_password_file.read_text("utf-8").strip())
        yield rehearsal
    finally:
        remove(place)


def look(rehearsal: Rehearsal) -> Look:
    """See a running deployment as it is now."""
    found = containers(rehearsal)
    with database(rehearsal) as connection:
        return Look(
            version=version(rehearsal),
            containers=found,
            commit=git(rehearsal, "rev-parse", "HEAD"),
            branch=git(rehearsal, "branch", "--show-current"),
            changes=git(rehearsal, "status", "--porcelain"),
            environment=environment(rehearsal),
            tables=tables(connection),
            media=media(found["web"].id),
            volumes=volumes(rehearsal),
            system_identifier=str(value(connection, "select system_identifier from pg_control_system()")),
            sequences=dict(connection.execute(SEQUENCES).fetchall()),
        )


def inspected(kind: str, *names: str) -> list[dict[str, Any]]:
    """What the engine knows of containers, images or volumes."""
    answer: list[dict[str, Any]] = json.loads("\n".join(docker(kind, "inspect", *names))) if names else []
    return answer


def containers(rehearsal: Rehearsal) -> dict[str, Container]:
    """The containers of the services that run, by service."""
    filters = (f"label={PROJECT_LABEL}={rehearsal.project}", f"label={ONE_OFF_LABEL}=False")
    ids = docker("ps", "--quiet", *(word for text in filters for word in ("--filter", text)))
    return {
        known["Config"]["Labels"][SERVICE_LABEL]: Container(
            known["Id"], known["Image"], known["State"]["StartedAt"], known["RestartCount"]
        )
        for known in inspected("container", *ids)
    }


def volumes(rehearsal: Rehearsal) -> dict[str, str]:
    """The deployment's volumes, each with the time it was made: another time means another volume."""
    names = docker("volume", "ls", "--quiet", "--filter", f"label={PROJECT_LABEL}={rehearsal.project}")
    return {known["Name"]: known["CreatedAt"] for known in inspected("volume", *names)}


def media(container: str) -> dict[str, str]:
    """Every uploaded file and its sha256."""
    lines = docker("exec", container, "find", "/data/media", "-type", "f", "-exec", "sha256sum", "{}", "+")
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def git(rehearsal: Rehearsal, *arguments: str) -> str:
    """What git says in the deployment directory."""
    return origin.git(*arguments, directory=rehearsal.directory)


def environment(rehearsal: Rehearsal) -> dict[str, str]:
    """The keys and values of the `.env` in use."""
    lines = (rehearsal.directory / ".env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def version(rehearsal: Rehearsal, timeout_seconds: float = ANSWER_SECONDS) -> str:
    """The version that the public door answers with; empty when it does not answer."""
    try:
        answer = requests.get(f"{rehearsal.url}/version", timeout=timeout_seconds)
    except requests.RequestException:
        return ""
    return str(answer.json()["version"]) if answer.ok else ""


@contextmanager
def database(rehearsal: Rehearsal, name: str = DATABASE) -> Iterator[psycopg.Connection]:
    """A session in the deployment's database server, through its container's bridge address."""
    networks = inspected("container", containers(rehearsal)["db"].id)[0]["NetworkSettings"]["Networks"]
    with psycopg.connect(
        host=next(iter(networks.values()))["IPAddress"],
        dbname=name,
        user=DATABASE,
        password=environment(rehearsal)["POSTGRES_PASSWORD"],
        connect_timeout=10,
        autocommit=True,
    ) as connection:
        yield connection


def value(connection: psycopg.Connection, query: str) -> Any:
    """The one value that a query answers."""
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def tables(connection: psycopg.Connection) -> dict[str, tuple[int, str]]:
    """Each table's number of rows, and a hash of them that does not depend on their order."""
    names = [name for (name,) in connection.execute(TABLES).fetchall()]
    return {name: content(connection, name) for name in names}


def content(connection: psycopg.Connection, table: str) -> tuple[int, str]:
    """One table's number of rows and hash."""
    rows, digest = connection.execute(sql.SQL(CONTENT).format(sql.Identifier(table))).fetchone() or (0, "")
    return int(rows), str(digest)


def databases(rehearsal: Rehearsal) -> list[str]:
    """The databases of the server that are neither the application's nor PostgreSQL's own."""
    query = "select datname from pg_database where not datistemplate and datname not in ('postgres', %s) order by 1"
    with database(rehearsal) as connection:
        return [name for (name,) in connection.execute(query, [DATABASE]).fetchall()]


def leftovers(rehearsal: Rehearsal) -> list[str]:
    """What a run should have removed when it ended, a line each: containers, clones, worktrees, files, sessions."""
    with database(rehearsal) as connection:
        sessions = value(connection, RUNBOOK_SESSIONS)
    worktrees = git(rehearsal, "worktree", "list").splitlines()[1:]
    partial = [str(path) for path in rehearsal.state_directory.rglob(".*.partial")]
    return [*of_runs(rehearsal), *worktrees, *partial, *([f"{sessions} sessions"] if sessions else [])]


def of_runs(rehearsal: Rehearsal) -> list[str]:
    """Containers, volumes and networks that a run made for itself, and one-off containers."""
    one_offs = ("--filter", f"label={PROJECT_LABEL}={rehearsal.project}", "--filter", f"label={ONE_OFF_LABEL}=True")
    found = docker("ps", "--all", "--format", "{{.Names}}", *one_offs)
    for kind in ("container", "volume", "network"):
        for label in (RUN_LABEL, PROJECT_LABEL):
            lines = clean.labelled(kind, f'{{{{.Label "{label}"}}}}', label)
            found += [f"{kind} of {line}" for line in lines if line.startswith(f"{rehearsal.project}-")]
    return found


def runs(rehearsal: Rehearsal) -> list[Path]:
    """The directories of all runs on a deployment, the newest last."""
    return sorted((rehearsal.state_directory / "runs").glob("*/"))


def journal(run: Path) -> list[dict[str, Any]]:
    """The records of a run. A line that is being written this very moment is left out."""
    file = run / "journal.jsonl"
    lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
    return [json.loads(line) for line in lines]


def newest_run(rehearsal: Rehearsal) -> Path:
    """The directory of the newest run, by the number in its journal. Raise ValueError when there was no run."""
    return max(runs(rehearsal), key=number)


def number(run: Path) -> int:
    """A run's number, which orders runs whatever the clock said."""
    records = journal(run)
    return int(records[0]["evidence"]["number"]) if records else 0


def last_journal(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    """The records of the newest run; none when there was no run."""
    return journal(newest_run(rehearsal)) if runs(rehearsal) else []


def time_of(records: list[dict[str, Any]], event: str, stage: str = "") -> float:
    """The Unix time of the first record of an event. Raise LookupError when there is none."""
    for record in records:
        if record["event"] == event and record["stage"] == stage:
            return datetime.fromisoformat(record["at"]).timestamp()
    raise LookupError(f"The journal has no {event} {stage}.")


@dataclass(frozen=True)
class Answer:
    """What the public door answered: when it was asked, as a Unix time, and the version; empty for no answer."""

    asked_at: float
    version: str


@contextmanager
def asking(rehearsal: Rehearsal) -> Iterator[list[Answer]]:
    """Ask the public door ten times a second as long as the block lasts; the answers gather in the list."""
    answers: list[Answer] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(ASKED_EVERY_SECONDS):
            asked_at = time.time()
            answers.append(Answer(asked_at, version(rehearsal)))

    asker = threading.Thread(target=ask, name="asker")
    asker.start()
    try:
        yield answers
    finally:
        over.set()
        asker.join()
