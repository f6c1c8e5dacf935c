"""What rollback points keep is removed by the next success, or when it is too old; the rest of a run stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from fixtures.deployment import Deployment
from fixtures.run import Run, suffix
from runbook import history, tidying
from tests.unit.runs import make_run

OLD, OLDER = "20261101T021000Z-aaaa", "20261001T021000Z-bbbb"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run after two others, each of which has kept an archive and the `.env` of its rollback point."""
    made = make_run(tmp_path)
    database = SimpleNamespace(kept_by_runs=list)
    monkeypatch.setattr(Deployment, "database", lambda self: database)
    for name in (OLD, OLDER, made.name):
        point = made.deployment.target.state / "runs" / name / "rollback-point"
        (point / "dump").mkdir(parents=True)
        for file in ("media.tar", "env", "dump/toc.dat"):
            (point / file).write_text(name)
    return made


def left(run: Run, name: str) -> list[str]:
    """What there is of a run's rollback point."""
    point = run.deployment.target.state / "runs" / name / "rollback-point"
    return sorted(str(path.relative_to(point)) for path in point.rglob("*") if path.is_file())


def test_a_success_removes_what_earlier_rollback_points_kept_but_for_the_environment(run: Run) -> None:
    tidying.drop_older_snapshots(run)
    assert {name: left(run, name) for name in (OLD, OLDER)} == {OLD: ["env"], OLDER: ["env"]}
    assert left(run, run.name) == ["dump/toc.dat", "env", "media.tar"]


def test_what_is_too_old_goes_and_what_is_not_stays(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    ended = {suffix(OLD): now - timedelta(days=13), suffix(OLDER): now - timedelta(days=15)}
    monkeypatch.setattr(history, "endings", lambda state: ended)
    tidying.drop_outdated(run)
    assert left(run, OLDER) == ["env"]
    assert left(run, OLD) == ["dump/toc.dat", "env", "media.tar"]
