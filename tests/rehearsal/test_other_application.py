"""Another application than Punk Eco, from its directory to a deployed release, by the steps of docs/configure.md.

It has other services, names and ports, a worker in a profile, a project's name of its own, bare Alembic with a version
table of its own, one account that enters by form and one with each request, and no uploaded files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from staging import engine, origin
from staging.deployment import PLACES, free_port
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]
PLACE = PLACES / f"tests-library-{os.getpid()}"
PROJECT = f"library-{os.getpid()}"
SOURCE = Path(__file__).with_name("library")
ISBN = '''"""The number of a book."""

from alembic import op

revision = "b2c3d4e5f6a1"
down_revision = "a1b2c3d4e5f6"


def upgrade() -> None:
    op.execute("alter table books add column isbn text")


def downgrade() -> None:
    op.execute("alter table books drop column isbn")
'''
# What a person adds to what `--init` found out.
TOLD = f"""
[targets.library.login]
path = "/enter"
name_field = "card"
password_field = "pin"
proof_path = "/shelf"
logout_path = "/leave"
api_proof_path = "/api/books"

[[targets.library.accounts]]
name = "R-1"
password = {{ file = "{PLACE}/first-pin" }}

[[targets.library.accounts]]
name = "R-2"
password = {{ command = ["cat", "{PLACE}/second-pin"] }}
login = "basic"

[[targets.library.pages]]
path = "/"
contains = "Library"

[[targets.library.pages]]
path = "/shelf"
account = "R-1"
elements = "li"

[[targets.library.counts]]
path = "/api/books"
account = "R-2"
key = "total"
sql = "select count(*) from books"

[[targets.library.scenarios]]
name = "find a book"
account = "R-2"

[[targets.library.scenarios.steps]]
request = "GET /api/books"
expect = {{ total = 40 }}

[targets.library.limits]
{outside.PATIENT}
watch_seconds = 2
"""


@dataclass(frozen=True)
class Library:
    """The application, deployed by hand."""

    directory: Path
    settings: Path
    port: int

    def compose(self, *arguments: str) -> str:
        """What Compose says, called as this deployment is."""
        command = ["docker", "compose", "--project-name", PROJECT, "--profile", "night", *arguments]
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def call(self, *arguments: str) -> gate.Ended:
        """Call a plan on it."""
        return gate.call(*arguments, "--target", "library", f"--settings={self.settings}")

    def columns(self) -> list[str]:
        """The columns of the books, as the database has them."""
        address = self.compose("exec", "-T", "store", "hostname", "-i").split()[0]
        with psycopg.connect(host=address, dbname="library", user="librarian", password="store-password") as connection:
            found = connection.execute("select column_name from information_schema.columns where table_name = 'books'")
            return sorted(name for (name,) in found)


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    """The library at v1.0.0; its remote has v2.0.0, which adds a column."""
    engine.ensure()
    shutil.rmtree(PLACE, ignore_errors=True)
    made = Library(PLACE / "library", PLACE / "runbook.toml", free_port(PLACE))
    released(PLACE / "source")
    origin.git("clone", "--quiet", "--bare", str(PLACE / "source"), str(PLACE / "origin.git"))
    origin.git("clone", "--quiet", str(PLACE / "origin.git"), str(made.directory))
    origin.git("reset", "--quiet", "--hard", "v1.0.0", directory=made.directory)
    (made.directory / ".env").write_text(
        f"LIBRARY_PORT={made.port}\nLIBRARY_KEY=key-of-this-test\nSTORE_PASSWORD=store-password\n", "utf-8"
    )
    for name in ("first-pin", "second-pin"):
        (PLACE / name).write_text(f"{name}\n", "utf-8")
    try:
        made.compose("build")
        made.compose("run", "--rm", "api", "alembic", "upgrade", "head")
        made.compose("up", "--detach", "--wait")
        yield made
    finally:
        made.compose("down", "--volumes", "--rmi", "local", "--remove-orphans")
        shutil.rmtree(PLACE)


def released(directory: Path) -> None:
    """The library's own repository: two releases on main."""
    shutil.copytree(SOURCE, directory)
    (directory / ".gitignore").write_text(".env\n", "utf-8")
    origin.git("init", "--quiet", "--initial-branch=main", directory=directory)
    for tag in ("v1.0.0", "v2.0.0"):
        if tag == "v2.0.0":
            (directory / "api/schema/versions/b2_isbn.py").write_text(ISBN, "utf-8")
        origin.git("add", ".", directory=directory)
        origin.git("commit", "--quiet", "--message", tag, directory=directory, date="2026-11-01T12:00:00+00:00")
        origin.git("tag", tag, directory=directory)


def described(library: Library) -> None:
    """Complete what was found out, as a person does."""
    text = library.settings.read_text("utf-8")
    for table, lines in {
        '[targets."library"]': 'probe = "/alive"',
        '[targets."library".compose]': 'profiles = ["night"]\nbuild_without_cache = false',
        '[targets."library".migrations]': 'version_table = "schema_version"\nexpected_changes = "schema/expected.toml"',
    }.items():
        assert f"\n{table}\n" in text, text
        text = text.replace(f"\n{table}\n", f"\n{table}\n{lines}\n")
    library.settings.write_text(text + TOLD, "utf-8")


def test_an_application_is_described_examined_tried_and_upgraded(library: Library) -> None:
    begun = gate.call(f"--init={library.directory}", f"--settings={library.settings}")
    assert begun.exit_code == 0, begun.output
    assert f'project = "{PROJECT}"' in library.settings.read_text("utf-8")
    lacking = library.call("-m", "doctor")
    assert lacking.exit_code == 10, lacking.output
    assert [line for line in ("✓ services", "✗ door", "✗ database", "– accounts") if line not in lacking.output] == []

    described(library)
    sound = library.call("-m", "doctor")
    assert sound.exit_code == 0, sound.output
    assert "2 log in" in sound.output

    tried = library.call("-m", "trial", "--to", "v2.0.0")
    assert tried.exit_code == 0, tried.output
    assert library.columns() == ["id", "title"]

    upgraded = library.call("-m", "upgrade", "--to", "v2.0.0")
    assert upgraded.exit_code == 0, upgraded.output
    assert library.columns() == ["id", "isbn", "title"]
    assert sorted(library.compose("ps", "--services", "--status", "running").split()) == ["api", "reminders", "store"]
    assert origin.git("rev-parse", "HEAD", directory=library.directory) == origin.git(
        "rev-parse", "v2.0.0", directory=library.directory
    )
