"""The pending migrations as SQL: which ranges are rendered, in what container, and what the linter says of which."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fixtures import candidate, migration_sql
from fixtures.hazard import Hazard
from fixtures.images import Images
from fixtures.migration_sql import Finding, MigrationSql, lint, ranges
from fixtures.release import Revision
from fixtures.run import Run
from reports import migrations
from tests.unit.recording import RecordingHost, answering_config, project
from tests.unit.runs import INSPECTION, make_run

READS = Hazard(kind="cannot be rendered", because="it asks the database while it runs")
SQL = """\
BEGIN;

-- Running upgrade a -> b

ALTER TABLE users ADD COLUMN age BIGINT;

-- Running upgrade b -> c

CREATE INDEX ix_age ON users (age);

UPDATE alembic_version SET version_num='c' WHERE alembic_version.version_num = 'b';

COMMIT;
"""
SERVICE = {"environment": {"SECRET_KEY": "geheim", "PATH": "/x", "DOCKER_HOST": "y"}, "working_dir": "/app"}


def line(text: str, start: str = "a") -> list[Revision]:
    """Revisions that build on one another; those in capitals ask the database."""
    parents = [start, *text.split()]
    return [
        Revision(
            revision=name, parents=(parent,) if parent else (), title="", hazards=(READS,) if name.isupper() else ()
        )
        for parent, name in zip(parents, text.split(), strict=False)
    ]


@pytest.mark.parametrize(
    ("pending", "found"),
    [
        ("", []),
        ("b", [("a", "b")]),
        ("b c d", [("a", "d")]),
        ("b C d e", [("a", "b"), ("C", "e")]),
        ("B c", [("B", "c")]),
        ("b C", [("a", "b")]),
        ("B C d", [("C", "d")]),
        ("B", []),
    ],
)
def test_what_asks_the_database_is_left_out_of_the_ranges(pending: str, found: list[tuple[str, str]]) -> None:
    assert list(ranges(line(pending), ["a"])) == found


def test_an_empty_database_is_rendered_from_the_beginning() -> None:
    assert list(ranges(line("b c", start=""), [])) == [("", "c")]


def test_branches_that_are_merged_are_rendered_in_one() -> None:
    merged = [*line("b"), *line("c"), Revision(revision="d", parents=("b", "c"), title="")]
    assert list(ranges(merged, ["a"])) == [("a", "d")]
    assert list(ranges(merged, ["x", "y"])) == []


def test_squawk_names_the_statement_and_its_revision() -> None:
    (found,) = lint(SQL, "15.18 (Debian 15.18-1)")
    assert (found.revision, found.rule) == ("c", "require-concurrent-index-creation")
    assert found.statement == "CREATE INDEX ix_age ON users (age);"


def test_a_linter_that_does_not_answer_is_said_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(ValueError, match="squawk ended with 127"):
        lint(SQL, "15.18")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run with a pending migration and a release whose images are built."""
    host = RecordingHost(
        answers={("docker", "ps"): "exited", ("docker", "wait"): "0", ("docker", "logs"): SQL}
        | answering_config({"name": "shop", "services": {"web": SERVICE}})
    )
    run = make_run(tmp_path, host)
    run.put(INSPECTION.model_copy(update={"pending": line("b", "9c41d0")}))
    run.put(Images(built={"web": "sha256:new"}, built_names={}, commits={}, kept={}, kept_names={}, packages=[]))
    monkeypatch.setattr(candidate, "compose", lambda _: project(host))
    return run


def test_the_release_renders_without_a_network_and_without_its_entry_point(run: Run) -> None:
    host = run.deployment.host
    assert isinstance(host, RecordingHost)
    host.answers[("docker", "ps")] = ""
    host.answers[("docker", "run")] = ""
    found = migration_sql.perform(run)
    assert found.file is not None
    assert found.file.read_text() == SQL
    (begun,) = [noted for noted in host.noted if noted.argv[:2] == ("docker", "run")]
    argv = list(begun.argv)
    assert argv[argv.index("--network") + 1] == "none"
    assert argv[argv.index("--entrypoint") + 1] == "flask"
    assert argv[argv.index("sha256:new") :] == ["sha256:new", "db", "upgrade", "9c41d0:b", "--sql"]
    assert not {"--volume", "--mount", "--publish"} & set(argv)
    assert begun.environment == {"SECRET_KEY": "geheim"}
    assert "geheim" not in " ".join(argv)


def test_a_release_that_cannot_render_is_told_and_stops_nobody(run: Run) -> None:
    host = run.deployment.host
    assert isinstance(host, RecordingHost)
    host.answers |= {("docker", "wait"): "1", ("docker", "logs"): "Traceback\nKeyError: 'SMTP_HOST'"}
    found = migration_sql.perform(run)
    assert found == MigrationSql(missing={"9c41d0:b": "KeyError: 'SMTP_HOST'"})
    assert migrations.sql_warning(found) == "⚠ 9c41d0:b not rendered as SQL"
    assert "SMTP_HOST" in migrations.said_of_sql(found)


def test_findings_are_counted_for_people_and_listed_in_the_report() -> None:
    finding = Finding(revision="c", rule="ban-drop-column", message="May break <clients>.", statement="ALTER TABLE a")
    found = MigrationSql(findings=[finding, finding])
    assert migrations.sql_warning(found) == "⚠ 2 warnings of squawk on the migrations"
    assert "May break &lt;clients&gt;." in migrations.said_of_sql(found)
    assert migrations.sql_warning(MigrationSql()) == ""
    assert "No findings" in migrations.said_of_sql(MigrationSql())


def test_the_pending_revisions_are_counted_by_what_is_to_be_known() -> None:
    locks, data = Hazard(kind="locks", because="an index"), Hazard(kind="data", because="UPDATE a")
    first, second = (one.model_copy(update={"hazards": (locks, data)}) for one in line("b c"))
    quick = line("d")[0]
    assert migrations.warning([first, second, quick]) == "⚠ 2 lock-heavy, 2 moving data"
    assert migrations.warning([quick]) == ""
    assert "⚠ locks: an index · ⚠ data: UPDATE a" in migrations.pending([first])
