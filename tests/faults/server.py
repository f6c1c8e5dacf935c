"""A throwaway PostgreSQL server of the rehearsal's image, and databases in it."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from fixtures.database import Database
from staging import engine
from staging.base_images import POSTGRES
from staging.clean import docker

ADDRESS = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
LONGEST_SECONDS = 60


@contextmanager
def running() -> Iterator[Database]:
    """Hand out the maintenance database of a new server; it is removed afterwards with all that was in it."""
    engine.ensure()
    name, password = f"punk-eco-test-{uuid.uuid4().hex[:8]}", secrets.token_urlsafe()
    docker("run", "--detach", "--name", name, "--env", f"POSTGRES_PASSWORD={password}", POSTGRES.name)
    try:
        (address,) = docker("inspect", "--format", ADDRESS, name)
        server = Database(address, 5432, "postgres", "postgres", SecretStr(password))
        server.wait(LONGEST_SECONDS)
        yield server
    finally:
        docker("rm", "--force", "--volumes", name)


def made(server: Database, statements: str = "", options: str = "") -> Database:
    """A new database, filled by some statements."""
    name = f"shop_{uuid.uuid4().hex[:8]}"
    run(server, f"create database {name} {options}")
    made_one = server.named(name)
    run(made_one, statements)
    return made_one


def copied(database: Database) -> Database:
    """A copy of a database, as a rollback point is."""
    database.copy_to(f"{database.name}_before")
    return database.named(f"{database.name}_before")


def run(database: Database, statements: str) -> None:
    """Run statements, each by itself."""
    with database.connect(autocommit=True) as connection:
        for statement in filter(str.strip, statements.split(";\n")):
            connection.execute(statement.encode())
