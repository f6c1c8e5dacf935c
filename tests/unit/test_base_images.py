"""When base images are pulled, when they are made, and that those made here do as the official ones do."""

import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from staging import base_images, debian, engine, steps
from staging.base_images import MADE_LOCALLY, NODE, POSTGRES, PYTHON, BaseImage
from staging.debian import Archive
from staging.steps import SetupError

IMAGES = list(base_images.ALL)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """Return a list that records the commands that would run."""
    recorded: list[Sequence[str]] = []
    monkeypatch.setattr(steps, "run", lambda arguments, **_: recorded.append(arguments))
    return recorded


@pytest.mark.parametrize(
    ("labels", "expected"),
    [(None, False), ({}, True), ({MADE_LOCALLY: "now"}, True), ({MADE_LOCALLY: "before"}, False)],
    ids=["absent", "pulled", "made-by-this-recipe", "made-by-an-older-recipe"],
)
def test_images_that_will_do(labels: dict[str, str] | None, expected: bool) -> None:
    assert base_images.is_usable(labels, recipe="now") is expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 3.11: Pulling; exec sleep 30", True),
        ("echo no such host >&2; exit 1", False),
        ("exec sleep 30", False),
    ],
    ids=["reached", "refused", "silent"],
)
def test_whether_a_registry_is_reached_is_known_soon(script: str, expected: bool) -> None:
    started = time.monotonic()
    assert base_images.registry_reached(["sh", "-c", script], limit_seconds=1) is expected
    assert time.monotonic() - started < 5


def test_without_a_registry_nothing_more_is_pulled(
    monkeypatch: pytest.MonkeyPatch, commands: list[Sequence[str]]
) -> None:
    monkeypatch.setattr(base_images, "registry_reached", lambda _: False)
    assert base_images.pull(IMAGES) == IMAGES
    assert commands == []


def test_with_a_registry_everything_is_pulled(monkeypatch: pytest.MonkeyPatch, commands: list[Sequence[str]]) -> None:
    monkeypatch.setattr(base_images, "registry_reached", lambda _: True)
    assert base_images.pull(IMAGES) == []
    assert sorted(command[-1] for command in commands) == sorted(image.name for image in IMAGES)


def test_an_image_that_the_registry_lacks_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(arguments: Sequence[str], **_: object) -> None:
        if arguments[-1] == NODE.name:
            raise SetupError("not found")

    monkeypatch.setattr(base_images, "registry_reached", lambda _: True)
    monkeypatch.setattr(steps, "run", run)
    assert base_images.pull(IMAGES) == [NODE]


def test_python_is_made_before_node(monkeypatch: pytest.MonkeyPatch, commands: list[Sequence[str]]) -> None:
    monkeypatch.setattr(base_images, "labels", lambda _: {MADE_LOCALLY: "now"})
    base_images.make([NODE, PYTHON], "now")
    assert [command[3] for command in commands] == [PYTHON.name, NODE.name]


def test_debian_is_made_of_the_archives_that_apt_uses() -> None:
    archives = [
        Archive("http://mirror.example/debian/", "Debian", "bookworm"),
        Archive("http://mirror.example/debian/", "Debian", "trixie"),
        Archive("http://mirror.example/security/", "Debian-Security", "bookworm"),
        Archive("http://mirror.example/debian/", "Debian Backports", "bookworm-backports"),
    ]
    assert base_images.bootstrap_command("debian.tar", archives)[-4:] == [
        "bookworm",
        "debian.tar",
        "deb http://mirror.example/debian/ bookworm main",
        "deb http://mirror.example/security/ bookworm-security main",
    ]


def test_other_certificate_authorities_make_another_recipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(base_images, "CERTIFICATES", tmp_path / "authorities")
    before = base_images.recipe_digest()
    base_images.CERTIFICATES.write_text("one authority more", "utf-8")
    assert base_images.recipe_digest() != before


def test_without_the_means_to_make_images_a_user_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(debian, "is_root", lambda: False)
    with pytest.raises(SetupError, match=r"install mmdebstrap, .*uidmap so that images can be made"):
        base_images.install_bootstrapper()


class Database:
    """A throwaway container of the PostgreSQL base image."""

    def __init__(self, name: str) -> None:
        """Take the name of the container."""
        self.name = name

    def ask(self, statement: str, password: str = "right") -> subprocess.CompletedProcess[str]:
        """Ask through TCP, as another container would."""
        client = ["psql", "-h", "127.0.0.1", "-U", "punk", "-d", "eco", "-Atc", statement]
        command = ["docker", "exec", "--env", f"PGPASSWORD={password}", self.name, *client]
        return subprocess.run(command, capture_output=True, text=True, timeout=30)

    def wait(self) -> None:
        """Wait until it accepts connections by TCP."""
        deadline = time.monotonic() + 60
        while steps.answer(["docker", "exec", self.name, "pg_isready", "-h", "127.0.0.1"]) is None:
            assert time.monotonic() < deadline, steps.answer(["docker", "logs", self.name])
            time.sleep(0.1)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database "eco" of the superuser "punk", its password in a file, and a script of its first start."""
    engine.ensure()
    place = tmp_path_factory.mktemp("database")
    place.joinpath("password").write_text("right\n", "utf-8")
    place.joinpath("seen.sql").write_text(
        "CREATE TABLE seen AS SELECT current_setting('listen_addresses') AS addresses", "utf-8"
    )
    settings = ["POSTGRES_USER=punk", "POSTGRES_DB=eco", "POSTGRES_PASSWORD_FILE=/run/password"]
    mounts = [
        f"{place}/password:/run/password:ro",
        f"{place}/seen.sql:/docker-entrypoint-initdb.d/seen.sql:ro",
    ]
    options = [f"--env={setting}" for setting in settings] + [f"--volume={mount}" for mount in mounts]
    container = Database(f"punk-eco-test-{uuid.uuid4().hex[:8]}")
    subprocess.run(["docker", "run", "--detach", "--name", container.name, *options, POSTGRES.name], check=True)
    try:
        container.wait()
        yield container
    finally:
        subprocess.run(["docker", "rm", "--force", "--volumes", container.name], check=True)


@pytest.mark.engine
def test_postgres_accepts_the_right_password(database: Database) -> None:
    assert database.ask("select current_user").stdout == "punk\n"


@pytest.mark.engine
def test_postgres_refuses_a_wrong_password(database: Database) -> None:
    refused = database.ask("select current_user", password="wrong")
    assert refused.returncode != 0
    assert "password authentication failed" in refused.stderr


@pytest.mark.engine
def test_postgres_is_not_reached_by_tcp_while_it_is_being_made(database: Database) -> None:
    assert database.ask("select addresses from seen").stdout == "\n"


@pytest.mark.engine
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("select rolsuper from pg_roles where rolname = current_user", "t"),
        ("show server_encoding", "UTF8"),
        ("show lc_collate", "en_US.utf8"),
        ("show data_checksums", "off"),
        ("show data_directory", "/var/lib/postgresql/data"),
        ("show server_version_num", "15"),
    ],
)
def test_postgres_is_set_up_as_the_official_one(database: Database, statement: str, expected: str) -> None:
    assert database.ask(statement).stdout.strip().startswith(expected)


@pytest.mark.engine
def test_postgres_keeps_its_data_over_a_restart(database: Database) -> None:
    database.ask("create table kept as select 42 as answer")
    subprocess.run(["docker", "restart", database.name], check=True, timeout=60)
    database.wait()
    assert database.ask("select answer from kept").stdout == "42\n"


@pytest.mark.engine
@pytest.mark.parametrize(
    ("image", "command", "expected"),
    [
        (PYTHON, ["python", "--version"], "Python 3.11."),
        (PYTHON, ["python", "-m", "pip", "--version"], "pip "),
        (NODE, ["node", "--version"], "v22."),
        (NODE, ["npm", "--version"], "1"),
        (POSTGRES, ["pg_dump", "--version"], "pg_dump (PostgreSQL) 15."),
        (POSTGRES, ["pg_restore", "--version"], "pg_restore (PostgreSQL) 15."),
    ],
)
def test_commands_that_the_application_builds_with(image: BaseImage, command: list[str], expected: str) -> None:
    engine.ensure()
    said = steps.answer(["docker", "run", "--rm", image.name, *command], timeout_seconds=60)
    assert (said or "").startswith(expected)
