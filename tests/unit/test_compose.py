"""Compose: the exact words of each command; nothing is left to the working directory or to a guess."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.compose import Compose, containers, image_id, image_ids, inspect, remove_containers
from fixtures.errors import StageFailed
from tests.unit.recording import RecordingHost, answering_config, project

WHOLE = [
    *("docker", "compose", "--project-name", "shop", "--project-directory", "/srv/shop"),
    *("--file", "/srv/shop/docker-compose.yml", "--env-file", "/srv/shop/.env"),
]
INSPECT = ["docker", "container", "inspect"]
CONFIG: dict[str, Any] = {
    "services": {
        "web": {
            "build": {},
            "volumes": [
                {"type": "bind", "source": "/srv", "target": "/data/media"},
                {"type": "volume", "source": "media", "target": "/data/media"},
            ],
        },
        "worker": {"build": {}, "image": "shop-worker:mine"},
        "db": {"image": "postgres:15"},
    },
    "volumes": {"media": {"name": "shop_media"}},
}


def configured() -> Compose:
    return project(RecordingHost(answers=answering_config(CONFIG)))


def test_every_command_says_which_project_it_means() -> None:
    host = RecordingHost()
    project(host).run("up", "--detach", timeout_seconds=5)
    (noted,) = host.noted
    assert list(noted.argv) == [*WHOLE, "up", "--detach"]
    assert (noted.directory, noted.timeout_seconds) == (Path("/srv/shop"), 5)


def test_further_files_come_after_the_projects_own() -> None:
    files = [Path("/srv/shop/docker-compose.yml"), Path("/run/dark.yml"), Path("/run/more.yml")]
    laid_over = project(RecordingHost()).with_files(*files[1:])
    argv = laid_over.argv("up")
    assert [argv[place + 1] for place, word in enumerate(argv) if word == "--file"] == [str(file) for file in files]
    assert laid_over.project == "shop"


def test_the_command_of_the_settings_is_used() -> None:
    compose = Compose(RecordingHost(), Path("/srv"), "shop", (), (), ("docker-compose",))
    assert compose.argv("ps")[0] == "docker-compose"


def test_the_configuration_is_asked_for_once() -> None:
    compose = configured()
    assert compose.config == compose.config == CONFIG
    assert isinstance(compose.host, RecordingHost)
    assert compose.host.commands == [[*WHOLE, "config", "--format", "json"]]


@pytest.mark.parametrize(
    ("service", "name"), [("web", "shop-web"), ("worker", "shop-worker:mine"), ("db", "postgres:15")]
)
def test_the_name_that_compose_looks_for(service: str, name: str) -> None:
    assert configured().image_name(service) == name


def test_built_services_are_those_with_a_build() -> None:
    assert configured().built_services() == ["web", "worker"]


def test_a_volume_is_found_by_where_it_is_mounted() -> None:
    assert configured().volume_key("web", "/data/media") == "media"
    assert configured().volume_at("web", "/data/media") == "shop_media"


@pytest.mark.parametrize(("service", "path"), [("web", "/other"), ("db", "/data/media")])
def test_a_volume_that_is_not_mounted_is_told(service: str, path: str) -> None:
    with pytest.raises(StageFailed, match=f"Service {service} mounts no named volume at {path}"):
        configured().volume_at(service, path)


@pytest.mark.parametrize(("everything", "options"), [(False, []), (True, ["--all"])])
def test_a_services_containers_are_found_by_labels_one_offs_left_out(everything: bool, options: list[str]) -> None:
    host = RecordingHost(answers={("docker", "ps"): "aaa\nbbb\n"})
    assert project(host).container_ids("web", everything=everything) == ["aaa", "bbb"]
    labels = ["project=shop", "service=web", "oneoff=False"]
    filters = [word for label in labels for word in ("--filter", f"label=com.docker.compose.{label}")]
    assert host.commands == [["docker", "ps", "--quiet", "--no-trunc", *options, *filters]]


@pytest.mark.parametrize("ids", ["", "aaa\nbbb\n"], ids=["none", "two"])
def test_a_service_that_is_not_one_container_is_told(ids: str) -> None:
    host = RecordingHost(answers={("docker", "ps"): ids})
    with pytest.raises(StageFailed, match="web of shop is not running as one container") as failed:
        project(host).container("web")
    assert failed.value.found == f"{len(ids.split())} running"


def running(image: str = "sha256:1", config_hash: str = "h1") -> RecordingHost:
    known = {"Image": image, "Config": {"Labels": {"com.docker.compose.config-hash": config_hash}}}
    networks = {"a": {"IPAddress": ""}, "b": {"IPAddress": "172.18.0.3"}}
    return RecordingHost(
        answers={
            ("docker", "ps", "--quiet"): "aaa\n",
            ("docker", "ps"): "web aaa\n",
            ("container", "inspect"): json.dumps([{**known, "NetworkSettings": {"Networks": networks}}]),
            ("config", "--hash"): "web h1\n",
            ("image", "inspect"): "sha256:1\n",
            **answering_config({"services": {"web": {"build": {}}}}),
        }
    )


@pytest.mark.parametrize(
    ("host", "outdated"),
    [(running(), []), (running(image="sha256:0"), ["web"]), (running(config_hash="h0"), ["web"])],
    ids=["current", "other image", "other configuration"],
)
def test_what_a_plain_up_would_recreate(host: RecordingHost, outdated: list[str]) -> None:
    assert project(host).outdated_services() == outdated


def test_several_services_are_asked_for_at_once() -> None:
    host = RecordingHost(
        answers={
            ("docker", "ps"): "web aaa\ndb bbb\nother ccc\n",
            ("container", "inspect"): json.dumps([{"Id": "bbb"}, {"Id": "aaa"}]),
        }
    )
    assert project(host).containers(["db", "web"]) == {"db": {"Id": "bbb"}, "web": {"Id": "aaa"}}
    assert [command[:3] for command in host.commands] == [["docker", "ps", "--no-trunc"], INSPECT]
    assert host.commands[1] == [*INSPECT, "bbb", "aaa"]


@pytest.mark.parametrize("lines", ["web aaa\n", "web aaa\ndb bbb\ndb ccc\n"], ids=["none", "two"])
def test_of_several_services_the_one_that_is_not_one_container_is_told(lines: str) -> None:
    with pytest.raises(StageFailed, match="db of shop is not running as one container"):
        project(RecordingHost(answers={("docker", "ps"): lines})).containers(["web", "db"])


def test_an_address_is_the_first_that_there_is() -> None:
    assert project(running()).address("web") == "172.18.0.3"


def test_a_container_that_is_being_started_again_has_no_address() -> None:
    host = running()
    known = {"NetworkSettings": {"Networks": {"a": {"IPAddress": ""}}}, "State": {"Status": "restarting"}}
    host.answers["container", "inspect"] = json.dumps([known])
    with pytest.raises(StageFailed, match="Service web of shop has no address in any network") as failed:
        project(host).address("web")
    assert failed.value.found == "restarting"


def test_containers_are_removed_by_id_and_named_volumes_stay() -> None:
    host = RecordingHost()
    remove_containers(host, ["aaa", "bbb"])
    assert host.commands == [["docker", "container", "rm", "--force", "--volumes", "aaa", "bbb"]]


def test_nothing_is_removed_where_there_is_nothing() -> None:
    host = RecordingHost()
    remove_containers(host, [])
    assert host.commands == []


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("shop-web", "shop-web:latest"),
        ("shop-web:rollback-1", "shop-web:rollback-1"),
        ("127.0.0.1:5000/shop/web", "127.0.0.1:5000/shop/web:latest"),
        ("127.0.0.1:5000/shop/web:stable", "127.0.0.1:5000/shop/web:stable"),
    ],
)
def test_a_name_without_a_tag_means_the_latest_and_not_all_that_are_kept(name: str, asked: str) -> None:
    host = RecordingHost()
    image_ids(host, name)
    assert host.commands[-1][-1] == asked


def test_images_and_containers_are_asked_for_with_exact_words() -> None:
    host = running()
    assert (image_id(host, "shop-web"), inspect(host, "aaa")["Image"]) == ("sha256:1", "sha256:1")
    assert containers(host, {"a": "b"}) == ["aaa"]
    assert host.commands == [
        ["docker", "image", "inspect", "--format", "{{.Id}}", "shop-web"],
        ["docker", "container", "inspect", "aaa"],
        ["docker", "ps", "--quiet", "--no-trunc", "--filter", "label=a=b"],
    ]
