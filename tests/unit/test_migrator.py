"""The migration tool is told everything that bare Alembic needs to be told, also where Flask-Migrate would know."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import migrator
from fixtures.settings import Migrations
from tests.unit.recording import RecordingHost, answering_config
from tests.unit.runs import make_run

ANSWERS = answering_config({"name": "shop", "services": {"web": {"build": {}}}}) | {("docker", "wait"): "0\n"}


@pytest.mark.parametrize("command", [("flask", "db"), ("alembic",), ("alembic", "--config", "db/alembic.ini")])
def test_a_database_is_brought_to_the_head_by_name(tmp_path: Path, command: tuple[str, ...]) -> None:
    host = RecordingHost(answers=ANSWERS)
    run = make_run(tmp_path, host, migrations=Migrations(command=command))
    migrator.run_tool(run, run.deployment.compose(), "migration", *migrator.TO_HEAD)
    (begun,) = [words for words in host.commands if "run" in words]
    assert begun[begun.index("web") + 1 :] == [*command, "upgrade", "head"]
