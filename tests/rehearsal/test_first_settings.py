"""`pytest --init=DIR`: a first settings file from what a deployment directory says; the rest is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import settings_file
from fixtures.settings import Target
from staging import maker, origin
from tests.rehearsal import gate

pytestmark = pytest.mark.engine

OTHER = """
name: library
services:
  proxy:
    image: nginx:1.27
    ports: ["127.0.0.1:8443:443"]
  api:
    build: ./api
    volumes: ["covers:/srv/covers", "cache:/srv/cache"]
  jobs:
    build: ./api
  store:
    image: postgis:16-3.4
    environment: {POSTGRES_DB: library, POSTGRES_USER: librarian, POSTGRES_PASSWORD: "${STORE_PASSWORD}"}
  search:
    image: opensearch:2
volumes: {covers: {}, cache: {}}
"""
PLAIN = """
services:
  app:
    build: .
  db:
    image: postgres@sha256:0000000000000000000000000000000000000000000000000000000000000000
    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/password}
"""
OVERRIDE = 'services: {app: {ports: ["8000:8000"]}}\n'


def test_a_punk_eco_needs_only_its_place_and_its_url(tmp_path: Path) -> None:
    rehearsal = maker.prepare(tmp_path / "place", "v1.4.0")
    found, text = first_settings(rehearsal.directory, tmp_path / "runbook.toml")
    assert found.url == rehearsal.url
    assert found == Target(name=found.name, directory=rehearsal.directory, url=found.url)
    assert "TO BE ANSWERED: under which URL" in text


def test_another_application_is_described_by_its_own_names(tmp_path: Path) -> None:
    directory = clone(tmp_path / "library", {"compose.yaml": OTHER, ".env": "STORE_PASSWORD=x\n", "alembic.ini": ""})
    revisions(directory / "api" / "schema")
    found, text = first_settings(directory, tmp_path / "runbook.toml")
    assert (found.services.web, found.services.door, found.services.database) == ("api", "proxy", "store")
    assert (found.database.name, found.database.user) == ("library", "librarian")
    assert (found.url, found.compose.files) == ("https://127.0.0.1:8443", ("compose.yaml",))
    assert (found.migrations.command, found.migrations.directory) == (("alembic",), "api/schema/versions")
    assert found.media is not None
    assert (found.media.service, found.media.path) == ("api", "/srv/covers")
    assert "is api the application? These are built here too: jobs" in text
    assert "is /srv/covers where uploaded files are? Mounted are also /srv/cache" in text


def test_what_cannot_be_known_is_asked(tmp_path: Path) -> None:
    files = {
        "docker-compose.yml": PLAIN,
        "docker-compose.override.yml": OVERRIDE,
        "requirements.txt": "Flask-Migrate\n",
    }
    directory = clone(tmp_path / "plain", files)
    found, text = first_settings(directory, tmp_path / "runbook.toml")
    assert found.compose.files == ("docker-compose.yml", "docker-compose.override.yml")
    assert (found.services.web, found.url, found.media) == ("app", "http://127.0.0.1:8000", None)
    for question in ("which variable of service db holds", "It has no remote", "in which directory are the Alembic"):
        assert question in text
    assert "which service is the database" not in text


def test_nothing_is_written_over_or_out_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "runbook.toml").write_text("kept")
    assert_refused(gate.call(f"--init={tmp_path}", f"--settings={tmp_path}/runbook.toml"), "is there already")
    assert (tmp_path / "runbook.toml").read_text() == "kept"
    assert_refused(gate.call(f"--init={tmp_path}", f"--settings={tmp_path}/other.toml"), "has no Compose file")
    (tmp_path / "compose.yml").write_text(PLAIN)
    assert_refused(gate.call(f"--init={tmp_path}", f"--settings={tmp_path}/other.toml"), "is no git clone")
    (tmp_path / "compose.yml").write_text("services: [")
    assert_refused(gate.call(f"--init={tmp_path}", f"--settings={tmp_path}/other.toml"), "Compose cannot read")
    assert not (tmp_path / "other.toml").exists()


def assert_refused(ended: gate.Ended, told: str) -> None:
    """Assert that nothing was written, and that it was said why."""
    assert (ended.exit_code, told in ended.output, "nothing was written" in ended.output) == (10, True, True), ended


def first_settings(directory: Path, file: Path) -> tuple[Target, str]:
    """The target that was written of a directory, read as every settings file is; and the file's text."""
    ended = gate.call(f"--init={directory}", f"--settings={file}")
    assert ended.exit_code == 0, ended.output
    assert f"pytest -m doctor --target {directory.name}" in ended.output
    return settings_file.choose(settings_file.load(file), directory.name), file.read_text("utf-8")


def clone(directory: Path, files: dict[str, str]) -> Path:
    """A git repository with these files in it."""
    directory.mkdir()
    origin.git("init", "--quiet", directory=directory)
    for name, text in files.items():
        (directory / name).write_text(text, "utf-8")
    return directory


def revisions(directory: Path) -> None:
    """A directory as Alembic makes it."""
    (directory / "versions").mkdir(parents=True)
    (directory / "env.py").write_text("")
