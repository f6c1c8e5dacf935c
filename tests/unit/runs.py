"""A run on a deployment that exists on paper only: real settings, a real journal, and a host on which nothing runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fixtures.deployment import Deployment
from fixtures.fingerprint import Fingerprint
from fixtures.host import Host
from fixtures.identity import Identity, Mount
from fixtures.inspection import Inspection
from fixtures.instance import Instance
from fixtures.journal import Journal
from fixtures.run import Run
from fixtures.settings import Target
from fixtures.sizes import Sizes
from fixtures.web import Web
from fixtures.work import Work
from tests.unit.recording import RecordingHost, answering_config, project

NAME = "20261122T021000Z-4f1a"
WORK = "shop-20261122t021000z-4f1a"
EMPTY = Fingerprint(tables={}, sequences={}, constraints={}, invalid_indexes=[], extensions={})
SIZES = Sizes(
    database_bytes=1_000_000_000,
    relations=100,
    wal_bytes=1_500_000_000,
    is_wal_kept=False,
    images_bytes=400_000_000,
    media_bytes=300_000_000,
    media_files=5000,
    tree_bytes=2_000_000,
    tree_files=120,
)
IDENTITY = Identity(
    project="shop",
    volumes={"shop_db_data": "2026-01-01T00:00:00Z"},
    system_identifier="1",
    data_directory="/var/lib/postgresql/data",
    mount=Mount(kind="volume", source="shop_db_data", path="/var/lib/postgresql/data"),
)
INSPECTION = Inspection(
    requested="v2.0.0",
    commit="b" * 40,
    version="v2.0.0",
    from_commit="a" * 40,
    from_version="v1.4.0",
    from_branch="main",
    revisions=["9c41d0"],
    head="3f2a91",
    pending=[],
    requirements=[],
    front_end=[],
    new_keys=[],
    removed_keys=[],
    changed_keys=[],
    changelog="",
    images={"web": "sha256:old"},
    volumes={},
    postgres_version="15.18",
    system_identifier="1",
    identity=IDENTITY,
    sizes=SIZES,
)


def make_run(place: Path, host: Host | None = None, plan: str = "upgrade", **fields: Any) -> Run:
    """A run of a plan; its journal is in `place`."""
    directory = place / "shop"
    directory.mkdir(exist_ok=True)
    target = Target(name="shop", directory=directory, url="http://127.0.0.1:1", **fields)
    used = host or RecordingHost(answers=answering_config({"name": "shop", "services": {}}))
    run_directory = place / "shop.runbook" / "runs" / NAME
    run_directory.mkdir(parents=True, exist_ok=True)
    journal = Journal.open(run_directory / "journal.jsonl")
    return Run(NAME, plan, Deployment(target, used), journal, run_directory, "v2.0.0")


def make_instance(url: str, address: str = "", **fields: Any) -> Instance:
    """The application at a URL, as the checks look at it."""
    target = Target(name="shop", directory=Path("/srv/shop"), url=url, **fields)
    host = RecordingHost()
    return Instance("before", target, Web(url, address, target.login), project(host), Work(host, WORK))
