"""Whose data it is: what counts as another deployment's, and what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures import identity, landmarks, memory, restart
from fixtures.database import Database
from fixtures.deployment import Deployment
from fixtures.errors import Refused, StageFailed
from fixtures.host import Host
from fixtures.identity import Identity, Mount
from fixtures.landmarks import Landmark
from fixtures.memory import Memory
from fixtures.run import Run
from tests.unit.recording import RecordingHost, answering_config, project
from tests.unit.runs import IDENTITY, INSPECTION, make_run

DATA = "/var/lib/postgresql/data"
NAMED = {"Type": "volume", "Name": "shop_db_data", "Source": "/var/lib/docker/x", "Destination": DATA}
LANDMARK = Landmark(schema_name="public", table="orders", columns=["id"], keys=[["1"]])
KNOWN = Memory(identity=IDENTITY, landmarks=[LANDMARK])


@pytest.mark.parametrize(
    ("mounts", "kind", "source"),
    [
        ([NAMED], "volume", "shop_db_data"),
        ([NAMED | {"Destination": "/var/lib/postgresql"}], "volume", "shop_db_data"),
        ([NAMED | {"Name": "0a" * 32}], "anonymous volume", "0a" * 32),
        ([{"Type": "bind", "Source": "/srv/data", "Destination": DATA}], "bind", "/srv/data"),
        ([NAMED | {"Destination": "/var/lib/postgresql"}, NAMED | {"Name": "0a" * 32}], "anonymous volume", "0a" * 32),
        ([NAMED | {"Destination": "/var/lib/postgresql/da"}], "nothing", ""),
        ([], "nothing", ""),
    ],
)
def test_the_closest_mount_over_the_data_directory_is_found(
    mounts: list[dict[str, Any]], kind: str, source: str
) -> None:
    found = identity.mount_over(mounts, DATA)
    assert (found.kind, found.source) == (kind, source)


@pytest.mark.parametrize("kind", ["anonymous volume", "tmpfs", "nothing"])
def test_data_that_the_next_container_would_not_find_is_refused(kind: str) -> None:
    with pytest.raises(Refused, match="nothing was changed") as refused:
        identity.refuse_unnamed_volume(IDENTITY.model_copy(update={"mount": Mount(kind=kind)}))
    assert refused.value.found == kind


@pytest.mark.parametrize("kind", ["volume", "bind"])
def test_data_in_a_named_volume_or_a_directory_is_fine(kind: str) -> None:
    identity.refuse_unnamed_volume(IDENTITY.model_copy(update={"mount": Mount(kind=kind, source="x")}))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"project": "other"}, ["Compose project: shop became other"]),
        ({"system_identifier": "2"}, ["PostgreSQL system identifier: 1 became 2"]),
        ({"volumes": {}}, ["volume shop_db_data, made: 2026-01-01T00:00:00Z became absent"]),
        ({"mount": Mount(kind="nothing")}, [f"mounted over it: volume shop_db_data at {DATA} became nothing"]),
        ({"volumes": {**IDENTITY.volumes, "shop_more": "2026-03-03T00:00:00Z"}}, []),
    ],
    ids=["project", "system", "volume", "mount", "one volume more"],
)
def test_each_difference_is_told_with_both_sides(changed: dict[str, Any], told: list[str]) -> None:
    assert IDENTITY.differences(IDENTITY.model_copy(update=changed)) == told


@pytest.mark.parametrize(("version", "time"), [("26.1.5+dfsg1", "2026-01-01T00:00:00Z"), ("20.10.24", "")])
def test_the_time_of_a_volume_counts_where_the_engine_keeps_it(version: str, time: str) -> None:
    told = json.dumps([{"Name": "shop_db_data", "CreatedAt": "2026-01-01T00:00:00Z"}])
    host = RecordingHost(answers={("volume", "inspect"): told, ("docker", "version"): version})
    assert identity.times(host, ["shop_db_data", "never_made"]) == {"shop_db_data": time}


def test_volumes_of_the_same_key_in_other_projects_are_named_without_those_of_clones() -> None:
    config = {"services": {"db": {"volumes": [{"type": "volume", "source": "db_data", "target": DATA}]}}}
    config["volumes"] = {"db_data": {"name": "shop_db_data"}}  # type: ignore[dict-item]
    known = [
        {"Name": "shop_db_data", "CreatedAt": "2026-05-05", "Labels": {}},
        {"Name": "clone_db_data", "CreatedAt": "2026-01-01", "Labels": {"ma.punk-eco.runbook.run": "x"}},
        {"Name": "old_db_data", "CreatedAt": "2025-01-01", "Labels": {}},
    ]
    answers = answering_config(config) | {
        ("volume", "ls"): "shop_db_data\nclone_db_data\nold_db_data\n",
        ("volume", "inspect"): json.dumps(known),
    }
    assert identity.alike(project(RecordingHost(answers=answers)), "db") == ["volume old_db_data, made 2025-01-01"]


# what earlier runs remembered ----------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run whose files can be written."""
    return make_run(tmp_path, Host())


def test_what_is_remembered_is_read_back_and_is_only_its_owners(run: Run) -> None:
    state = run.deployment.target.state
    assert memory.read(state) is None
    memory.write(run.deployment.host, state, KNOWN)
    assert memory.read(state) == KNOWN
    assert (state / memory.NAME).stat().st_mode & 0o777 == 0o600


def test_a_memory_that_cannot_be_read_is_no_fresh_start(run: Run) -> None:
    state = run.deployment.target.state
    (state / memory.NAME).write_text("{")
    with pytest.raises(Refused, match="cannot be read") as refused:
        memory.read(state)
    assert f"move {state / memory.NAME} aside" in refused.value.next_step


@pytest.mark.parametrize(
    ("found", "is_left", "told"),
    [
        (IDENTITY, True, ""),
        (IDENTITY, False, "none of the first rows"),
        (IDENTITY.model_copy(update={"system_identifier": "2"}), True, "system identifier: 1 became 2"),
    ],
    ids=["the same", "other rows", "another data directory"],
)
def test_other_data_is_refused_with_the_way_to_accept_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, found: Identity, is_left: bool, told: str
) -> None:
    monkeypatch.setattr(landmarks, "is_any_left", lambda database, marks: is_left)
    database: Any = Database
    if not told:
        memory.refuse_other_data(tmp_path, KNOWN, found, database)
        return
    with pytest.raises(Refused, match="works on other data") as refused:
        memory.refuse_other_data(tmp_path, KNOWN, found, database)
    assert told in refused.value.found
    assert f"move {tmp_path / memory.NAME} aside" in refused.value.next_step


def test_a_new_version_that_serves_other_data_in_the_dark_has_failed(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    run.put(INSPECTION)
    other = IDENTITY.model_copy(update={"system_identifier": "2"})
    monkeypatch.setattr(Deployment, "database", lambda self: None)
    monkeypatch.setattr(identity, "read", lambda compose, service, database: other)
    with pytest.raises(StageFailed, match="started on other data") as failed:
        restart.refuse_other_data(run, project(RecordingHost()))
    assert "PostgreSQL system identifier: 1 became 2" in failed.value.found
