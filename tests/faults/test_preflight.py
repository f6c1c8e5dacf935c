"""What a preflight refuses: releases that would move the data, and databases that nothing should be risked on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from staging.deployment import Rehearsal
from tests.faults import injected, invariants
from tests.faults.deployments import deployed
from tests.faults.refusing import adding, assert_refused, make_release, preflight, replacing
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

COMPOSE = "docker-compose.yml"
DATABASE_MOUNT = "db_data:/var/lib/postgresql/data"


def assert_nothing_changed(rehearsal: Rehearsal, before: outside.Look) -> None:
    """Assert that a deployment is as it was, and that nothing was left beside it."""
    after = outside.look(rehearsal)
    assert after == before
    assert invariants.nothing_left(rehearsal) == []


@pytest.mark.beside
def test_b11_b13_b19_a_release_that_would_move_or_overwrite_data_is_refused() -> None:
    with deployed("moving-releases") as rehearsal:
        before = outside.look(rehearsal)

        newer = replacing(COMPOSE, ("postgres:15-bookworm", "postgres:17-trixie"))
        ended = preflight(rehearsal, make_release(rehearsal, "v2.0.2-postgres-17", newer))
        assert_refused(ended, "PostgreSQL 17", "PostgreSQL 15", "pg_upgrade", "never stopped")

        unknown = replacing(COMPOSE, ("postgres:15-bookworm", "registry.example/database:stable"))
        ended = preflight(rehearsal, make_release(rehearsal, "v2.0.2-unknown", unknown))
        assert_refused(ended, "cannot be known", "registry.example/database:stable")

        moved = replacing(COMPOSE, (DATABASE_MOUNT, "db_data:/var/lib/postgresql"))
        ended = preflight(rehearsal, make_release(rehearsal, "v2.0.2-moved", moved))
        assert_refused(ended, "would keep the database elsewhere", f"{rehearsal.project}_db_data, .", "_db_data, data")

        anonymous = replacing(
            COMPOSE, (DATABASE_MOUNT, "/var/lib/postgresql/data"), ("volumes:\n  db_data:\n", "volumes:\n")
        )
        ended = preflight(rehearsal, make_release(rehearsal, "v2.0.2-anonymous", anonymous))
        assert_refused(ended, "would leave volumes behind", f"{rehearsal.project}_db_data")

        uploads = replacing(COMPOSE, ("media:/data/media", "media:/data/uploads"))
        ended = preflight(rehearsal, make_release(rehearsal, "v2.0.2-uploads", uploads))
        assert_refused(ended, "would keep uploaded files elsewhere")

        ended = preflight(rehearsal, make_release(rehearsal, "v2.0.2-env", adding(".env", "SECRET_KEY=theirs\n")))
        assert_refused(ended, "kept out of git here", ".env")

        kept = rehearsal.directory / "backups" / "of-monday.sql"
        kept.parent.mkdir()
        kept.write_text("ours\n", "utf-8")
        theirs = adding("backups/of-monday.sql", "theirs\n")
        ended = preflight(rehearsal, make_release(rehearsal, "v2.0.2-backups", theirs))
        assert_refused(ended, "kept out of git here", "backups/of-monday.sql")
        assert kept.read_text("utf-8") == "ours\n"

        assert_nothing_changed(rehearsal, before)


@pytest.mark.beside
def test_b12_b15_c8_a_database_that_nothing_should_be_risked_on_is_refused() -> None:
    with deployed("unsound-databases") as rehearsal:
        before = outside.look(rehearsal)

        stale = "update pg_database set datcollversion = '2.31' where datname = 'punk_eco'"
        undone = "alter database punk_eco refresh collation version"
        with injected.said_to_database(rehearsal, stale, undone):
            assert_refused(preflight(rehearsal), "sorts text otherwise", "made with 2.31", "refresh collation version")

        with index_left_invalid(rehearsal):
            told = ("left half built", "orders_half_built", "drop index concurrently orders_half_built")
            assert_refused(preflight(rehearsal), *told)

        with injected.said_to_database(rehearsal, "create database other", "drop database other"):
            for name in ("postgres", "other"):
                with named_in_settings(rehearsal, name):
                    told = (f"does not use the database {name}", "they are in punk_eco", "database.name")
                    assert_refused(preflight(rehearsal), *told)

        half = "alter table users add column first_name varchar(200)"
        with injected.said_to_database(rehearsal, half, "alter table users drop column first_name"):
            ended = gate.call("-m", "trial", "--keep", "--to", "v2.0.0", f"--place={rehearsal.place}")
            assert_refused(ended, "first_name", "already exists")

        assert_nothing_changed(rehearsal, before)


@contextmanager
def index_left_invalid(rehearsal: Rehearsal) -> Iterator[None]:
    """A concurrent build of an index was cancelled: it waited for a transaction that wrote to the table."""
    with outside.database(rehearsal) as writer, outside.database(rehearsal) as builder, writer.transaction():
        writer.execute("update orders set id = id where false")
        builder.execute("set statement_timeout = '500ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            builder.execute("create index concurrently orders_half_built on orders (id)")
    try:
        yield
    finally:
        injected.say(rehearsal, "drop index orders_half_built")


@contextmanager
def named_in_settings(rehearsal: Rehearsal, name: str) -> Iterator[None]:
    """The settings name another database than the application uses."""
    text = rehearsal.settings_file.read_text("utf-8")
    rehearsal.settings_file.write_text(f'{text}\n[targets.rehearsal.database]\nname = "{name}"\n', "utf-8")
    try:
        yield
    finally:
        rehearsal.settings_file.write_text(text, "utf-8")
