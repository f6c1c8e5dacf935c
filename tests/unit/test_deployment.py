"""How Compose is called for a deployment: its project, profiles and files, wherever a release of it is checked out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from fixtures import engine
from fixtures.command import CommandFailed
from fixtures.database import Database
from fixtures.deployment import Deployment
from fixtures.errors import Refused
from fixtures.settings import ComposeFiles, Target
from tests.unit.recording import RecordingHost, answering_config

UNTRACKED = ("ls-files", "--error-unmatch", "--", "docker-compose.override.yml")


def deployment(host: RecordingHost, directory: Path = Path("/srv/shop"), **compose: Any) -> Deployment:
    """A deployment whose target says this of Compose."""
    return Deployment(
        Target(name="shop", directory=directory, url="http://127.0.0.1:1", compose=ComposeFiles(**compose)), host
    )


def options(of: Deployment) -> list[str]:
    """What Compose is told before the subcommand."""
    return list(of.compose().argv("ps"))[2:-1]


def test_project_profiles_and_files_are_those_that_the_deployment_uses() -> None:
    told = options(
        deployment(
            RecordingHost(),
            project="boutique",
            profiles=["worker", "mail"],
            files=["docker-compose.yml", "/etc/shop/production.yml"],
            further_env_files=["common.env"],
        )
    )
    assert told == [
        *("--project-name", "boutique", "--project-directory", "/srv/shop"),
        *("--file", "/srv/shop/docker-compose.yml", "--file", "/etc/shop/production.yml"),
        *("--env-file", "/srv/shop/common.env", "--env-file", "/srv/shop/.env"),
        *("--profile", "worker", "--profile", "mail"),
    ]


def test_without_a_name_the_project_is_the_one_that_compose_finds() -> None:
    host = RecordingHost(answers=answering_config({"name": "found", "services": {}}))
    assert deployment(host).project == "found"
    assert deployment(RecordingHost(), project="boutique").project == "boutique"


def test_a_release_has_its_own_files_and_those_of_the_deployment_that_git_does_not_track(tmp_path: Path) -> None:
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "docker-compose.yml").touch()
    host = RecordingHost(exit_codes={UNTRACKED: 1})
    files = ["docker-compose.yml", "docker-compose.override.yml", "gone.yml"]
    of = deployment(host, tmp_path / "shop", project="shop", files=files)
    release = of.compose_in(tmp_path / "release", tmp_path / "candidate.env")
    assert release.files == (
        tmp_path / "release" / "docker-compose.yml",
        tmp_path / "shop" / "docker-compose.override.yml",
        tmp_path / "release" / "gone.yml",
    )
    assert release.env_files == (tmp_path / "candidate.env",)


def test_images_that_are_pulled_are_the_releases_as_well_as_those_that_are_built() -> None:
    services = {"web": {"image": "registry.example/shop:2"}, "worker": {"build": {}}, "db": {"image": "postgres:15"}}
    host = RecordingHost(answers=answering_config({"name": "shop", "services": services}))
    assert deployment(host, pull=["web"]).compose().built_services() == ["web", "worker"]


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("1.29.2", "`docker-compose` is Compose 1.29.2, and 2.24.4 or newer is needed; nothing was changed."),
        ("2.24.3", "`docker-compose` is Compose 2.24.3, and 2.24.4 or newer is needed; nothing was changed."),
        ("", "`docker-compose` is no Compose, and 2.24.4 or newer is needed; nothing was changed."),
    ],
)
def test_an_old_compose_is_refused_with_what_was_found_and_what_to_do(version: str, told: str) -> None:
    host = RecordingHost(answers={("version", "--short"): version}, exit_codes={("config",): 1})
    of = deployment(host, command=["docker-compose"])
    with pytest.raises(Refused) as refused:
        _ = of.project
    assert refused.value.what == told
    assert 'compose.command = ["docker", "compose"]' in refused.value.next_step


def test_files_that_a_recent_compose_cannot_read_are_told_as_compose_tells_it() -> None:
    host = RecordingHost(answers={("version", "--short"): "v2.39.1"}, exit_codes={("config",): 15})
    with pytest.raises(CommandFailed, match="exit code 15"):
        _ = deployment(host).project


@pytest.mark.parametrize(("state", "verb"), [("exited", "start"), ("running", "start"), ("restarting", "restart")])
def test_a_database_that_the_engine_has_given_up_for_a_while_is_started_at_once(
    monkeypatch: pytest.MonkeyPatch, state: str, verb: str
) -> None:
    host = RecordingHost(
        answers={
            ("docker", "ps"): "aaa\n",
            ("container", "inspect"): json.dumps([{"Id": "aaa", "State": {"Status": state}}]),
            **answering_config({"name": "shop", "services": {"db": {}}}),
        }
    )
    monkeypatch.setattr(engine, "wait", lambda _: None)
    monkeypatch.setattr(Deployment, "database", lambda _: Database("127.0.0.1", 1, "shop", "shop", SecretStr("")))
    monkeypatch.setattr(Database, "wait", lambda *_: None)
    deployment(host).wake()
    assert ["docker", verb, "aaa"] in host.commands
