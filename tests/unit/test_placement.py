"""Where a release would keep the data, and with which server: what is the same place, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures import placement
from fixtures.compose import Compose
from fixtures.errors import Refused
from fixtures.settings import Target
from tests.unit.recording import RecordingHost, answering_config, project
from tests.unit.runs import IDENTITY

DATA = "/var/lib/postgresql/data"
TARGET = Target(name="shop", directory=Path("/srv/shop"), url="http://127.0.0.1:1")
VOLUMES = {"db_data": {"name": "shop_db_data"}, "media": {"name": "shop_media"}}


def mount(source: str, target: str, kind: str = "volume") -> dict[str, str]:
    """A mount as Compose resolves it."""
    return {"type": kind, "source": source, "target": target}


def described(directory: str = "/srv/shop", answers: dict[tuple[str, ...], str] | None = None, **db: Any) -> Compose:
    """A Compose project whose database service differs in something."""
    service = {"image": "postgres:15-bookworm", "volumes": [mount("db_data", DATA)]} | db
    web = {"volumes": [mount("media", "/data/media")]}
    config = {"services": {"db": service, "web": web}, "volumes": VOLUMES}
    return project(RecordingHost(answers=answering_config(config) | (answers or {})), Path(directory))


SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing changed": ({}, {}),
    "mount and directory moved together": (
        {},
        {"volumes": [mount("db_data", "/data")], "environment": {"PGDATA": "/data"}},
    ),
    "a directory of the deployment": (
        {"volumes": [mount("/srv/shop/data", DATA, "bind")]},
        {"volumes": [mount("/state/release/data", DATA, "bind")]},
    ),
}


@pytest.mark.parametrize(("now", "then"), SAME.values(), ids=SAME)
def test_the_same_place_is_fine(now: dict[str, Any], then: dict[str, Any]) -> None:
    placement.refuse_other_place(described(**now), described("/state/release", **then), TARGET, IDENTITY)


MOVED: dict[str, dict[str, Any]] = {
    "another path in the volume": {"volumes": [mount("db_data", "/var/lib/postgresql")]},
    "no mount": {"volumes": []},
    "an anonymous volume": {"volumes": [{"type": "volume", "target": DATA}]},
    "an anonymous volume below the named one": {
        "volumes": [mount("db_data", "/var/lib/postgresql"), {"type": "volume", "target": DATA}]
    },
    "memory": {"volumes": [{"type": "tmpfs", "target": DATA}]},
    "another volume": {"volumes": [mount("media", DATA)]},
    "another data directory": {"environment": {"PGDATA": f"{DATA}/more"}},
}


@pytest.mark.parametrize("then", MOVED.values(), ids=MOVED)
def test_another_place_is_refused(then: dict[str, Any]) -> None:
    with pytest.raises(
        Refused, match="would keep the database elsewhere; the old version was never stopped"
    ) as refused:
        placement.refuse_other_place(described(), described("/state/release", **then), TARGET, IDENTITY)
    assert "shop_db_data, ." in refused.value.expected


def test_a_database_service_of_another_name_is_refused() -> None:
    release = project(RecordingHost(answers=answering_config({"services": {"postgres": {}}, "volumes": VOLUMES})))
    with pytest.raises(Refused, match="has no service db"):
        placement.refuse_other_place(described(), release, TARGET, IDENTITY)


IMAGES = {
    "postgres:17-trixie": "cannot read the data directory of PostgreSQL 15",
    "postgres:15-trixie": "both are PostgreSQL 15",
    "registry.example:5000/db:stable": "cannot be known",
}


@pytest.mark.parametrize(("image", "told"), IMAGES.items())
def test_another_image_is_refused_by_what_its_tag_says(image: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        placement.refuse_other_place(described(), described(image=image), TARGET, IDENTITY)


def test_an_image_that_is_here_is_asked_itself() -> None:
    said = "postgres (PostgreSQL) 17.2 (Debian 17.2-1)\n"
    host = RecordingHost(answers={("image", "ls"): "sha256:1\n", ("docker", "run"): said})
    assert placement.major(host, "db:stable") == "17"
    assert host.commands[1][3:5] == ["--network", "none"]
